//! Every refusal, by a stable code: what it means in Chinese and English, and what a client does next.

use crate::words::{Sentence, Words, words};
use serde::{Deserialize, Serialize};

/// When the same thing may be sent again. A word that a client does not know reads as `later`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Retry {
    /// Never as it is.
    Never,
    /// After pulling what has changed.
    AfterPull,
    /// Later, after a pause.
    #[serde(other)]
    Later,
}

/// What the user can do about it. A word that a client does not know reads as `ask_office`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum UserAction {
    /// Nothing; the client deals with it.
    None,
    /// Edit and send again.
    Edit,
    /// Sign in or enrol again.
    SignIn,
    /// Update the app.
    UpdateApp,
    /// Ask the coordinator or the county bureau.
    #[serde(other)]
    AskOffice,
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:tt, $status:literal, $retry:ident, $action:ident, $zh:literal, $en:literal;)*) => {
        /// The error codes. A code is never renamed and never changes its meaning; new ones come, and a client that
        /// does not know one shows its sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// What an older reader makes of a newer code. It is never sent.
            #[serde(rename = "unknown", other)]
            Unknown,
        }

        impl ErrorCode {
            /// Every code that is sent.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it travels.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* Self::Unknown => "unknown" }
            }

            /// The HTTP status when a whole request is refused with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* Self::Unknown => 422 }
            }

            /// When the same thing may be sent again.
            pub const fn retry(self) -> Retry {
                match self { $(Self::$name => Retry::$retry,)* Self::Unknown => Retry::Later }
            }

            /// What the user can do.
            pub const fn user_action(self) -> UserAction {
                match self { $(Self::$name => UserAction::$action,)* Self::Unknown => UserAction::UpdateApp }
            }

            /// The sentence that people read.
            pub const fn title(self) -> Words {
                match self {
                    $(Self::$name => words($zh, $en),)*
                    Self::Unknown => words("应用版本较旧，请更新", "The app is older than the server; update it"),
                }
            }
        }
    };
}

error_codes! {
    // --- the whole request
    /// The body is not JSON, or not of the shape that was asked for.
    MalformedRequest = "malformed_request", 400, Never, UpdateApp, "请求格式有误", "The request is malformed";
    /// A parameter of the address is wrong.
    InvalidParameter = "invalid_parameter", 400, Never, Edit, "查询参数有误", "A query parameter is wrong";
    /// The cursor is not one of ours.
    InvalidCursor = "invalid_cursor", 400, AfterPull, None, "游标无效，请重新同步", "The cursor is not valid; start without one";
    /// No token, an unknown one, or one that ended.
    NotSignedIn = "not_signed_in", 401, Never, SignIn, "请先登录", "Sign in first";
    /// Login name or password is wrong.
    WrongCredentials = "wrong_credentials", 401, Never, Edit, "账号或密码错误", "The login name or the password is wrong";
    /// Too many wrong passwords.
    AccountLocked = "account_locked", 403, Later, AskOffice, "账号已锁定，请稍后再试或联系管理员", "The account is locked; try again later or ask the administrator";
    /// The account's role does not allow this.
    NotAllowed = "not_allowed", 403, Never, AskOffice, "没有权限", "Your role does not allow this";
    /// The password must be changed before anything else.
    PasswordChangeRequired = "password_change_required", 403, Never, SignIn, "请先修改初始密码", "Change the initial password first";
    /// The password is too short or too simple.
    WeakPassword = "weak_password", 422, Never, Edit, "密码至少 10 位，且不能与账号相同", "The password needs at least 10 characters and must differ from the login name";
    /// The device was revoked.
    DeviceRevoked = "device_revoked", 403, Never, AskOffice, "该设备已停用", "This device has been revoked";
    /// The device was reported lost; it deletes what it holds.
    DeviceWipe = "device_wipe", 403, Never, AskOffice, "该设备已挂失，本机数据将清除", "This device was reported lost; delete what it holds";
    /// Two phones use one device identity.
    DeviceForked = "device_forked", 409, AfterPull, None, "检测到克隆的设备，请更换本地标识后重新同步", "Two copies of this device sync; mint a new generation and push again";
    /// The one-time enrolment code is unknown, used or over.
    EnrolmentCodeInvalid = "enrolment_code_invalid", 403, Never, AskOffice, "绑定码无效或已过期", "The enrolment code is unknown, used or out of date";
    /// There is no such thing, or it is outside your scope.
    NotFound = "not_found", 404, Never, None, "找不到", "There is no such thing here";
    /// The method is not served at this address.
    MethodNotAllowed = "method_not_allowed", 405, Never, UpdateApp, "不支持该方法", "This address does not serve that method";
    /// The body came too slowly.
    RequestTimeout = "request_timeout", 408, Later, None, "网络太慢，上传未完成，稍后会自动重试", "The body came too slowly; it will be tried again";
    /// The thing has changed since it was read.
    Stale = "stale", 409, AfterPull, Edit, "内容已被他人更新，请刷新后再试", "It has changed since you read it; read it again";
    /// There is one like it already.
    AlreadyExists = "already_exists", 409, Never, Edit, "已存在", "There is one like it already";
    /// The body is larger than the limit, after decompression.
    BodyTooLarge = "body_too_large", 413, Never, None, "请求过大，解压后不得超过 2 MiB", "The body is larger than 2 MiB after decompression";
    /// More mutations than one request may carry.
    TooManyMutations = "too_many_mutations", 413, Never, None, "一次最多 500 条变更，请分批", "A request carries at most 500 mutations; send them in parts";
    /// The media type is not the one that is read here.
    UnsupportedMediaType = "unsupported_media_type", 415, Never, UpdateApp, "不支持的内容类型", "This content type is not read here";
    /// One or more fields of a form are wrong.
    InvalidInput = "invalid_input", 422, Never, Edit, "填写内容有误", "Some fields are wrong";
    /// The protocol version is no longer, or not yet, spoken.
    ProtocolUnsupported = "protocol_unsupported", 426, Never, UpdateApp, "请更新应用", "This protocol version is not spoken; update the app";
    /// More connections for live updates than one device may hold.
    TooManyConnections = "too_many_connections", 429, Later, None, "实时连接过多", "This device holds too many live connections";
    /// Too many requests.
    TooManyRequests = "too_many_requests", 429, Later, None, "请求过于频繁", "Too many requests";
    /// Something broke on our side; nothing was stored.
    Internal = "internal", 500, Later, None, "服务器出错，数据仍在手机上，稍后会自动重试", "The server failed; nothing was lost, it will be tried again";
    /// The database is busy.
    Busy = "busy", 503, Later, None, "服务器繁忙，稍后会自动重试", "The server is busy; it will be tried again";

    // --- the bytes of a photo
    /// The body does not begin where the bytes end that the server has.
    UploadOffset = "upload_offset", 409, AfterPull, None, "上传位置不符，请从服务器已收到的位置续传", "The upload does not continue at that offset; go on where the server stands";
    /// The upload took too long and was given up.
    UploadExpired = "upload_expired", 410, Never, None, "上传已过期，请重新开始", "The upload has expired; begin a new one";
    /// The version of tus is not spoken.
    TusVersion = "tus_version", 412, Never, UpdateApp, "不支持该 tus 版本，请使用 1.0.0", "This version of tus is not spoken; use 1.0.0";
    /// The photo is larger than the limit.
    PhotoTooLarge = "photo_too_large", 413, Never, Edit, "照片过大，不得超过 64 MiB", "A photo holds at most 64 MiB";
    /// The body goes beyond the announced size of the photo.
    UploadTooLong = "upload_too_long", 413, Never, UpdateApp, "上传内容超出登记的大小", "The body goes beyond the announced size";
    /// HEIC is not read by every browser.
    PhotoIsHeic = "photo_is_heic", 415, Never, Edit, "不支持 HEIC 照片，请在相机设置中改为“兼容性最佳（JPEG）”后重拍", "HEIC is not taken; set the camera to JPEG (\"most compatible\") and take it again";
    /// Not a JPEG, PNG or WebP by its content.
    PhotoType = "photo_type", 415, Never, Edit, "不是 JPEG、PNG 或 WebP 照片", "This is not a JPEG, PNG or WebP photo";
    /// The content is a photo of another type than was announced.
    PhotoTypeDiffers = "photo_type_differs", 415, Never, UpdateApp, "照片的实际格式与登记的不同", "The photo is of another type than was announced";
    /// Something else is hidden in the file: a page, a script, an archive, a document.
    PhotoHoldsMore = "photo_holds_more", 422, Never, AskOffice, "照片文件中夹带了其他内容，已拒收", "The file holds more than a photo; it was refused";
    /// More pixels than can be shown.
    PhotoTooManyPixels = "photo_too_many_pixels", 422, Never, Edit, "照片像素过多，请把相机设为 1200 万像素后重拍", "The photo has too many pixels; set the camera to 12 megapixels and take it again";
    /// The photo cannot be decoded.
    PhotoUnreadable = "photo_unreadable", 422, Never, Edit, "照片已损坏，无法显示，请重拍", "The photo is damaged and cannot be shown; take it again";
    /// All bytes arrived, and they are not those that were announced.
    PhotoHashDiffers = "photo_hash_differs", 422, Later, None, "收到的照片与登记的摘要不符，将重新上传", "The bytes are not those that were announced; it will be sent again";
    /// Another request writes to this upload.
    UploadInUse = "upload_in_use", 423, Later, None, "该照片正在上传，稍后会自动重试", "Another request sends this photo; it will be tried again";
    /// The device has begun more uploads than it may.
    TooManyUploads = "too_many_uploads", 429, Later, None, "未完成的照片上传过多", "This device has begun too many uploads";
    /// The checksum of the body is another one than it came with; nothing of it was kept.
    ChecksumDiffers = "checksum_differs", 460, Later, None, "上传内容在途中损坏，将重新发送", "The body was damaged on its way; it will be sent again";
    /// Photos cannot be stored or read at the moment; everything else goes on.
    StorageUnavailable = "storage_unavailable", 503, Later, None, "照片存储暂时不可用，稍后会自动重试", "Photos cannot be stored at the moment; it will be tried again";
    /// The photo was announced, and its bytes have not arrived.
    PhotoNotHere = "photo_not_here", 404, Later, None, "照片尚未上传", "The photo has not arrived yet";
    /// The photo was kept for as long as the county keeps photos; what is known of it stays.
    PhotoRemoved = "photo_removed", 410, Never, None, "照片已过保存期限，已清理", "The photo was removed after the time for which the county keeps photos";
    /// The photo arrived, and is being prepared for showing.
    PhotoNotPrepared = "photo_not_prepared", 503, Later, None, "照片正在处理，请稍候", "The photo is being prepared";

    // --- one mutation
    /// The kind of record is unknown here; kept until the server knows it.
    UnknownKind = "unknown_kind", 422, Never, UpdateApp, "服务器不认识这类记录，已保留待处理", "This kind of record is unknown to the server; it is kept";
    /// Phones do not write this kind.
    ServerKind = "server_kind", 422, Never, UpdateApp, "此类记录只能由服务器生成", "Records of this kind are written by the server alone";
    /// The operation is unknown here; kept until the server knows it.
    UnknownOperation = "unknown_operation", 422, Never, UpdateApp, "服务器不认识这种操作，已保留待处理", "This operation is unknown to the server; it is kept";
    /// The command is unknown here.
    UnknownCommand = "unknown_command", 422, Never, UpdateApp, "服务器不认识这个命令，已保留待处理", "This command is unknown to the server; it is kept";
    /// The mutation itself is not of the right shape.
    MalformedMutation = "malformed_mutation", 422, Never, UpdateApp, "变更格式有误，已保留待处理", "The mutation is malformed; it is kept";
    /// The mutation is larger than the limit.
    MutationTooLarge = "mutation_too_large", 422, Never, Edit, "单条变更过大（上限 64 KiB）", "One mutation holds at most 64 KiB";
    /// One or more fields are wrong.
    Validation = "validation", 422, Never, Edit, "有字段填写不正确", "Some fields are wrong";
    /// A field that only the server writes.
    ServerOwnedField = "server_owned_field", 422, Never, UpdateApp, "该字段只能由服务器填写", "Only the server writes this field";
    /// A field that is fixed at creation.
    ImmutableField = "immutable_field", 422, Never, None, "该字段创建后不能修改", "This field is fixed at creation";
    /// The record does not exist; a patch never creates one.
    UnknownRecord = "unknown_record", 422, Never, Edit, "找不到要修改的记录", "There is no record to change";
    /// The record was deleted.
    Deleted = "deleted", 422, Never, Edit, "记录已被删除，您的修改已保留，可恢复", "The record was deleted; your edit is kept and can be restored";
    /// Somebody else changed it since; it is not deleted over their head.
    ChangedByOther = "changed_by_other", 422, AfterPull, Edit, "他人刚修改过，未删除", "Somebody else has changed it since; it was not deleted";
    /// There is a record of this id already, of another kind or another author.
    IdTaken = "id_taken", 422, Never, None, "编号已被占用", "This id is taken by another record";
    /// The same mutation id was used for other content.
    MutationIdReused = "mid_reused", 422, Never, UpdateApp, "变更编号被重复用于不同内容", "This mutation id was used for other content before";
    /// The village is outside what was assigned to you at the time.
    ForbiddenScope = "forbidden_scope", 422, Never, AskOffice, "该村当时未分配给您，已转交乡镇协调员", "The village was not assigned to you at that time; the coordinator will decide";
    /// The village is unknown, or of another county.
    UnknownVillage = "unknown_village", 422, Never, Edit, "没有这个村代码", "There is no village of this code in your county";
    /// A visit that has flags cannot be approved among others.
    VisitFlagged = "visit_flagged", 409, Never, None, "有存疑提示，请逐条查看后审核", "It has flags; look at it by itself";
    /// The visit has more feedback links than anybody needs.
    TooManyLinks = "too_many_links", 429, Never, None, "该走访的评价链接过多", "This visit has too many feedback links";
    /// The beneficiary is anonymous: nothing that says who it is is kept any more.
    Anonymised = "anonymised", 409, Never, None, "该服务对象已匿名，不再保存其姓名、电话等个人信息", "This beneficiary is anonymous; nothing that says who it is is kept";
    /// The score run was frozen.
    RunFrozen = "run_frozen", 409, Never, None, "考核已定稿，不能再修改", "The score run is frozen; nothing in it changes any more";
    /// Sheets of the run have no final total.
    ScoresMissing = "scores_missing", 409, Never, Edit, "有考核表尚缺得分；如仍要定稿，请带 with_missing", "Sheets lack points; to freeze them as they are, say with_missing";
    /// Records show the measure, so that nobody says it by hand.
    MeasureFromRecords = "measure_from_records", 422, Never, Edit, "该数据由记录得出，不能手工填写", "Records show this measure; it is not entered by hand";
    /// The command does not fit the record's state.
    IllegalTransition = "illegal_transition", 422, AfterPull, None, "当前状态不允许此操作", "The record's state does not allow this";
    /// Approved visits are locked; the edit waits for the office.
    Locked = "locked", 422, Never, AskOffice, "记录已审核通过，您的修改已提交县级处理", "The visit is approved; your edit waits for the office";
    /// Only the author may do this.
    NotTheAuthor = "not_the_author", 422, Never, AskOffice, "只有填报人可以这样做", "Only the author may do this";
    /// The parent has not arrived yet.
    AwaitingParent = "awaiting_parent", 422, Never, None, "所属记录尚未到达，暂不计入", "The record it belongs to has not arrived yet; not counted until then";
    /// Another mutation of its group was refused.
    GroupRefused = "group_refused", 422, Never, Edit, "同组的另一条变更被拒绝", "Another mutation of the same group was refused";
    /// The device was reported lost; the office decides about what it sent.
    DeviceLost = "device_lost", 422, Never, AskOffice, "该设备已挂失，已代管，由县级处理", "The device was reported lost; it is kept until the office decides";
    /// A newer schema than the server knows.
    FutureSchema = "future_schema", 422, Never, None, "应用版本比服务器新，已保留待处理", "The app is newer than the server; it is kept";

    // --- one field
    /// A mandatory field is missing.
    Required = "required", 422, Never, Edit, "必填", "This field is mandatory";
    /// Not of the type of the field.
    WrongType = "wrong_type", 422, Never, Edit, "类型不对", "This is of the wrong type";
    /// Not an entry of the code list.
    UnknownCode = "unknown_code", 422, Never, Edit, "不在可选项中", "This is not in the code list";
    /// Longer than the field allows.
    TooLong = "too_long", 422, Never, Edit, "内容过长", "This is too long";
    /// Empty where something is wanted.
    Empty = "empty", 422, Never, Edit, "不能为空", "This must not be empty";
    /// Outside the bounds.
    OutOfRange = "out_of_range", 422, Never, Edit, "超出范围", "This is out of range";
    /// More elements than the set may hold.
    TooMany = "too_many", 422, Never, Edit, "数量过多", "There are too many of them";
    /// A last day before the first.
    EndsBeforeStart = "ends_before_start", 422, Never, Edit, "结束日期早于开始日期", "It ends before it starts";
    /// The id of a record with a natural key does not follow from the key.
    WrongNaturalKey = "wrong_natural_key", 422, Never, UpdateApp, "编号与自然键不符", "The id does not follow from the natural key";
    /// A set is changed by `add` and `remove`, not by `set`.
    UseAddRemove = "use_add_remove", 422, Never, UpdateApp, "集合字段须用 add/remove 修改", "A set is changed by add and remove";
    /// A mandatory field cannot be taken away.
    CannotUnset = "cannot_unset", 422, Never, Edit, "必填字段不能清空", "A mandatory field cannot be removed";
    /// An address that the server does not send to.
    AddressRefused = "address_refused", 422, Never, AskOffice, "不允许推送到这个地址：内网地址须先在设置中开放网段，公网须用 https", "Nothing is sent to this address: an intranet is opened by a setting first, and the internet needs https";
    /// Control characters in a text.
    ControlCharacter = "control_character", 422, Never, Edit, "含有不可见控制字符", "This holds control characters";
}

/// One wrong field: where, by which code, and in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// JSON pointer into the mutation or the body, such as `/set/service_from`.
    pub pointer: String,
    /// What is wrong.
    pub code: ErrorCode,
    /// In words, with the bound that was broken.
    pub message: Sentence,
}

/// Why one mutation was not applied as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MutationProblem {
    /// The stable code.
    pub code: ErrorCode,
    /// The sentence that people read.
    pub title: Sentence,
    /// When it may be sent again.
    pub retry: Retry,
    /// What the user can do.
    pub user_action: UserAction,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

impl MutationProblem {
    /// A problem that is not about one field.
    pub fn of(code: ErrorCode) -> Self {
        Self::with(code, Vec::new())
    }

    /// A problem about these fields.
    pub fn with(code: ErrorCode, errors: Vec<FieldProblem>) -> Self {
        Self {
            code,
            title: code.title().into(),
            retry: code.retry(),
            user_action: code.user_action(),
            errors,
        }
    }
}

/// The body of a refused request: RFC 9457 `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:tepai:problem:<code>`.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// The sentence that people read, in the language that was asked for.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// More about this very case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The stable code.
    pub code: ErrorCode,
    /// The title in Chinese and English, whatever was asked for.
    pub words: Sentence,
    /// When it may be sent again.
    pub retry: Retry,
    /// What the user can do.
    pub user_action: UserAction,
    /// Seconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// The request, as the log knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
