//! A photo: the record that announces it. Its bytes travel apart and may come earlier or later.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::RecordId;

record! {
    /// A photo of a visit, known by the SHA-256 of its bytes.
    Photo, Kind::Photo;

    /// The village of the visit.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "服务村", "village";
    /// The visit it belongs to.
    visit_id: RecordId = Type::Id, Immutable, required, "走访", "visit";
    /// SHA-256 of the bytes.
    sha256: String = Type::Sha256, Immutable, required, "摘要", "SHA-256";
    /// Size of the bytes.
    size_bytes: i64 = Type::Integer { min: 1, max: 67_108_864 }, Immutable, required, "大小（字节）", "size in bytes";
    /// Media type of the bytes.
    media_type: String = Type::Code(&codes::PHOTO_TYPE), Immutable, required, "格式", "media type";
    /// What it shows.
    purpose: String = Type::Code(&codes::PHOTO_PURPOSE), LatestEdit, required, "用途", "purpose";
    /// Width in pixels.
    width_px: i64 = Type::Integer { min: 1, max: 100_000 }, Immutable, optional, "宽（像素）", "width in pixels";
    /// Height in pixels.
    height_px: i64 = Type::Integer { min: 1, max: 100_000 }, Immutable, optional, "高（像素）", "height in pixels";
    /// When it was taken, by the phone's clock: milliseconds since 1970 UTC.
    taken_at: i64 = Type::Instant, Immutable, optional, "拍摄时间", "taken at";
    /// Camera or gallery.
    source: String = Type::Code(&codes::PHOTO_SOURCE), Immutable, optional, "来源", "source";
    /// Where the bytes stand.
    photo_state: String = Type::Code(&codes::PHOTO_STATE), StateMachine, optional, "状态", "state";
    /// Why the bytes were refused: an error code.
    photo_problem: String = Type::Text(64), Authority, optional, "拒收原因", "why it was refused";
}
