//! What is known of the bytes of photos: one row for each content in a county, whether it has arrived or not.

use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_by_keys, fetch_one, insert};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::{FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use strum::{EnumString, IntoStaticStr};
use tepai_domain::evidence::Likeness;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::problem::ErrorCode;
use uuid::Uuid;

/// The bytes of a photo, as far as they are known.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoFile {
    /// The county.
    pub county: DivisionCode,
    /// SHA-256, as hexadecimal digits.
    pub sha256: String,
    /// Where the bytes stand.
    pub state: FileState,
    /// How many.
    pub size_bytes: Option<i64>,
    /// Media type, by content.
    pub media_type: Option<String>,
    /// Why they were rejected.
    pub problem: Option<ErrorCode>,
    /// Why they were removed.
    pub reason: Option<String>,
    /// The device that sent them first.
    pub device: Option<DeviceId>,
    /// Whose device that was.
    pub person: Option<PersonId>,
    /// When they arrived: milliseconds since 1970 UTC.
    pub received_at: Option<i64>,
    /// When they were made ready for showing.
    pub prepared_at: Option<i64>,
    /// The original's name in the bucket; `None` if it is in the directory.
    pub object: Option<String>,
    /// What was seen in them.
    pub seen: PhotoFindings,
}

/// What the preparation saw in a photo. What the file says of itself is evidence, not truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhotoFindings {
    /// Width as shown, in pixels.
    pub width_px: Option<i64>,
    /// Height as shown, in pixels.
    pub height_px: Option<i64>,
    /// What nearly the same picture has, too.
    pub likeness: Option<Likeness>,
    /// Local time of the camera, as `2026-05-06T07:08:09`.
    pub taken_local: Option<String>,
    /// The camera's offset from UTC in minutes, if it says so.
    pub taken_offset_min: Option<i64>,
    /// WGS-84 latitude in degrees.
    pub latitude: Option<f64>,
    /// WGS-84 longitude in degrees.
    pub longitude: Option<f64>,
    /// Maker and model.
    pub camera: Option<String>,
}

/// Where bytes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum FileState {
    /// A record announces them.
    Announced,
    /// They are here.
    Complete,
    /// They were refused.
    Rejected,
    /// They were here, and were removed for a reason.
    Removed,
}

impl FileState {
    fn as_str(self) -> &'static str {
        self.into()
    }

    pub(super) fn parse(word: &str) -> Result<Self, StoreError> {
        word.parse()
            .map_err(|_| StoreError::Corrupt(format!("photo state {word}")))
    }
}

/// A stored error code.
pub(super) fn problem(word: &str) -> Result<ErrorCode, StoreError> {
    Ok(serde_json::from_value(word.into())?)
}

/// Why bytes are removed that no record announces.
const ORPHAN: &str = "orphan";
/// Why bytes are removed when the county keeps photos no longer.
const RETENTION: &str = "retention";
/// Why bytes are removed when whoever they show became anonymous.
const ANONYMISED: &str = "anonymised";

impl PhotoFile {
    /// The state of the records that announce these bytes, by `photo_state`.
    pub fn state_of_record(&self) -> &'static str {
        match self.state {
            // Whoever announces an orphan's content again sends it again.
            FileState::Removed if self.reason.as_deref() == Some(ORPHAN) => "announced",
            FileState::Removed => "removed",
            FileState::Announced => "announced",
            FileState::Complete => "complete",
            FileState::Rejected => "rejected",
        }
    }

    /// Whether they were removed because the county keeps photos no longer.
    pub fn is_past_retention(&self) -> bool {
        self.state == FileState::Removed && self.reason.as_deref() == Some(RETENTION)
    }
}

#[derive(FromQueryResult)]
struct Row {
    county_code: String,
    sha256: String,
    state: String,
    size_bytes: Option<i64>,
    media_type: Option<String>,
    problem: Option<String>,
    reason: Option<String>,
    device_id: Option<Uuid>,
    person_id: Option<Uuid>,
    received_at: Option<i64>,
    prepared_at: Option<i64>,
    object: Option<String>,
    width_px: Option<i64>,
    height_px: Option<i64>,
    likeness: Option<i64>,
    likeness_fine: Option<String>,
    taken_local: Option<String>,
    taken_offset_min: Option<i64>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    camera: Option<String>,
}

impl TryFrom<Row> for PhotoFile {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            county: code(&row.county_code)?,
            sha256: row.sha256,
            state: FileState::parse(&row.state)?,
            size_bytes: row.size_bytes,
            media_type: row.media_type,
            problem: row.problem.map(|word| problem(&word)).transpose()?,
            reason: row.reason,
            device: row.device_id.map(DeviceId),
            person: row.person_id.map(PersonId),
            received_at: row.received_at,
            prepared_at: row.prepared_at,
            object: row.object,
            seen: PhotoFindings {
                width_px: row.width_px,
                height_px: row.height_px,
                likeness: likeness(row.likeness, row.likeness_fine.as_deref()),
                taken_local: row.taken_local,
                taken_offset_min: row.taken_offset_min,
                latitude: row.latitude,
                longitude: row.longitude,
                camera: row.camera,
            },
        })
    }
}

const SELECT: &str = "SELECT county_code, sha256, state, size_bytes, media_type, problem, reason, device_id, \
     person_id, received_at, prepared_at, object, width_px, height_px, likeness, likeness_fine, taken_local, taken_offset_min, \
     latitude, longitude, camera FROM photo_file";

/// What is known of one content.
pub async fn find(
    txn: &impl Txn,
    county: &DivisionCode,
    sha256: &str,
) -> Result<Option<PhotoFile>, StoreError> {
    let sql = format!("{SELECT} WHERE county_code = $1 AND sha256 = $2");
    let row: Option<Row> =
        fetch_one(txn, &sql, vec![county.as_str().into(), sha256.into()]).await?;
    row.map(PhotoFile::try_from).transpose()
}

/// What is known of these contents, by their SHA-256.
pub async fn find_many(
    txn: &impl Txn,
    county: &DivisionCode,
    contents: &[String],
) -> Result<BTreeMap<String, PhotoFile>, StoreError> {
    let keys: Vec<Value> = contents
        .iter()
        .map(|sha256| sha256.as_str().into())
        .collect();
    let sql = format!("{SELECT} WHERE county_code = $1 AND sha256 IN ({{keys}})");
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &[county.as_str().into()], &keys).await?;
    rows.into_iter()
        .map(|row| PhotoFile::try_from(row).map(|file| (file.sha256.clone(), file)))
        .collect()
}

/// Notes that records announce these contents, which locks their rows.
///
/// Bytes that arrive at the same moment wait until the records are there, or the records see that the bytes are.
/// `contents` are sorted, so that no two wait for each other.
pub async fn announce(
    txn: &WriteTxn,
    county: &DivisionCode,
    contents: &[String],
) -> Result<BTreeMap<String, PhotoFile>, StoreError> {
    let rows = contents
        .iter()
        .map(|sha256| {
            [
                county.as_str().into(),
                sha256.as_str().into(),
                FileState::Announced.as_str().into(),
                0_i64.into(),
            ]
        })
        .collect();
    insert(
        txn,
        "INSERT INTO photo_file (county_code, sha256, state, attempts) VALUES",
        "ON CONFLICT (county_code, sha256) DO UPDATE SET attempts = photo_file.attempts",
        rows,
    )
    .await?;
    find_many(txn, county, contents).await
}

#[derive(FromQueryResult)]
struct ArrivalRow {
    begun: i64,
}

/// The bytes have arrived and are kept, or were refused; whether uploads of them have begun and not come to an end.
/// `None` if whoever they show became anonymous meanwhile.
///
/// What came twice at once may have been prepared and moved to the bucket meanwhile, and stays so.
pub async fn save_arrival(txn: &WriteTxn, file: &PhotoFile) -> Result<Option<bool>, StoreError> {
    let sql = "INSERT INTO photo_file (county_code, sha256, state, size_bytes, media_type, problem, device_id, person_id, \
               received_at, attempts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) \
               ON CONFLICT (county_code, sha256) DO UPDATE SET state = excluded.state, size_bytes = excluded.size_bytes, \
               media_type = excluded.media_type, problem = excluded.problem, reason = NULL, \
               device_id = excluded.device_id, person_id = excluded.person_id, received_at = excluded.received_at, \
               prepared_at = CASE WHEN photo_file.state = 'complete' AND excluded.state = 'complete' \
               THEN photo_file.prepared_at END, \
               object = CASE WHEN photo_file.state = 'complete' AND excluded.state = 'complete' \
               THEN photo_file.object END, attempts = 0 \
               WHERE NOT (photo_file.state = 'removed' AND photo_file.reason = 'anonymised') \
               RETURNING (SELECT COUNT(*) FROM upload WHERE county_code = $1 AND sha256 = $2 AND NOT ended) AS begun";
    let values = vec![
        file.county.as_str().into(),
        file.sha256.as_str().into(),
        file.state.as_str().into(),
        file.size_bytes.into(),
        file.media_type.clone().into(),
        file.problem.map(|code| code.as_str().to_owned()).into(),
        file.device.map(|device| device.0).into(),
        file.person.map(|person| person.0).into(),
        file.received_at.into(),
    ];
    let row: Option<ArrivalRow> = fetch_one(txn, sql, values).await?;
    Ok(row.map(|row| row.begun > 0))
}

/// Photos that arrived and wait for their preparation, oldest first; those that failed before come last.
pub async fn list_unprepared(txn: &impl Txn, limit: u32) -> Result<Vec<PhotoFile>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE state = 'complete' AND prepared_at IS NULL AND attempts < 5 \
         ORDER BY attempts, received_at LIMIT {limit}"
    );
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![]).await?;
    rows.into_iter().map(PhotoFile::try_from).collect()
}

/// Notes that the last attempt to prepare a photo ended because its bytes could not be read or written, which says nothing
/// of the photo: it is tried again, after those that were never tried.
pub async fn forgive_attempts(
    txn: &WriteTxn,
    county: &DivisionCode,
    sha256: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE photo_file SET attempts = 1 WHERE county_code = $1 AND sha256 = $2";
    execute(txn, sql, vec![county.as_str().into(), sha256.into()]).await?;
    Ok(())
}

/// Counts an attempt to prepare a photo before it is made, so that one that kills the process is not tried for ever.
pub async fn count_attempt(
    txn: &WriteTxn,
    county: &DivisionCode,
    sha256: &str,
) -> Result<(), StoreError> {
    let sql =
        "UPDATE photo_file SET attempts = attempts + 1 WHERE county_code = $1 AND sha256 = $2";
    execute(txn, sql, vec![county.as_str().into(), sha256.into()]).await?;
    Ok(())
}

/// The photo was prepared: what was seen in it. Nothing is noted of one that was removed meanwhile.
pub async fn save_seen(
    txn: &WriteTxn,
    county: &DivisionCode,
    sha256: &str,
    seen: &PhotoFindings,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE photo_file SET prepared_at = $3, width_px = $4, height_px = $5, likeness = $6, taken_local = $7, \
               taken_offset_min = $8, latitude = $9, longitude = $10, camera = $11, likeness_fine = $12, \
               band_0 = $13, band_1 = $14, band_2 = $15, band_3 = $16 \
               WHERE county_code = $1 AND sha256 = $2 AND state = 'complete'";
    let coarse = seen.likeness.map(|likeness| likeness.coarse.cast_signed());
    let bands = seen.likeness.map(Likeness::bands);
    let mut values: Vec<Value> = vec![
        county.as_str().into(),
        sha256.into(),
        now.into(),
        seen.width_px.into(),
        seen.height_px.into(),
        coarse.into(),
        seen.taken_local.clone().into(),
        seen.taken_offset_min.into(),
        seen.latitude.into(),
        seen.longitude.into(),
        seen.camera.clone().into(),
        seen.likeness.map(Likeness::fine_hex).into(),
    ];
    values.extend((0..4).map(|at| Value::from(bands.and_then(|bands| bands.get(at).copied()))));
    execute(txn, sql, values).await?;
    Ok(())
}

/// Kept photos after `(county, sha256)` whose originals are still in the directory, and are not needed there.
pub async fn list_here(
    txn: &impl Txn,
    after: Option<(&DivisionCode, &str)>,
    limit: u32,
) -> Result<Vec<PhotoFile>, StoreError> {
    let (county, sha256) = place(after);
    let sql = format!(
        "{SELECT} WHERE state = 'complete' AND object IS NULL AND (prepared_at IS NOT NULL OR attempts >= 5) \
         AND (county_code > $1 OR (county_code = $1 AND sha256 > $2)) ORDER BY county_code, sha256 LIMIT {limit}"
    );
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![county.into(), sha256.into()]).await?;
    rows.into_iter().map(PhotoFile::try_from).collect()
}

/// Notes that a photo's original is in the bucket; `false` if it is another's by now: moved, removed, or come again.
pub async fn save_object(
    txn: &WriteTxn,
    file: &PhotoFile,
    object: &str,
) -> Result<bool, StoreError> {
    let sql = "UPDATE photo_file SET object = $1 WHERE county_code = $2 AND sha256 = $3 AND state = 'complete' \
               AND object IS NULL AND received_at = $4";
    let values = vec![
        object.into(),
        file.county.as_str().into(),
        file.sha256.as_str().into(),
        file.received_at.into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

#[derive(FromQueryResult)]
struct ObjectRow {
    object: String,
}

/// Which of these objects hold the originals of kept photos.
pub async fn known_objects(
    txn: &impl Txn,
    objects: &[String],
) -> Result<BTreeSet<String>, StoreError> {
    let keys: Vec<Value> = objects
        .iter()
        .map(|object| object.as_str().into())
        .collect();
    let sql = "SELECT object FROM photo_file WHERE state = 'complete' AND object IN ({keys})";
    let rows: Vec<ObjectRow> = fetch_by_keys(txn, sql, &[], &keys).await?;
    Ok(rows.into_iter().map(|row| row.object).collect())
}

fn place<'a>(after: Option<(&'a DivisionCode, &'a str)>) -> (&'a str, &'a str) {
    after.map_or(("", ""), |(county, sha256)| (county.as_str(), sha256))
}

fn likeness(coarse: Option<i64>, fine: Option<&str>) -> Option<Likeness> {
    Likeness::of(coarse?.cast_unsigned(), fine?)
}

/// The kept photos of the county that may look like this one: they have one of its bands.
pub async fn list_alike(
    txn: &impl Txn,
    county: &DivisionCode,
    likeness: Likeness,
) -> Result<Vec<PhotoFile>, StoreError> {
    // One search an index; none of them could serve all four conditions.
    let one = |at: usize| {
        let band = at + 2;
        format!("{SELECT} WHERE county_code = $1 AND band_{at} = ${band} AND state = 'complete'")
    };
    let sql = [one(0), one(1), one(2), one(3)].join(" UNION ");
    let mut values: Vec<Value> = vec![county.as_str().into()];
    values.extend(likeness.bands().map(Value::from));
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(PhotoFile::try_from).collect()
}

/// All that is known of photos after `(county, sha256)`, in that order.
pub async fn list_after(
    txn: &impl Txn,
    after: Option<(&DivisionCode, &str)>,
    limit: u32,
) -> Result<Vec<PhotoFile>, StoreError> {
    let (county, sha256) = place(after);
    let sql = format!(
        "{SELECT} WHERE county_code > $1 OR (county_code = $1 AND sha256 > $2) ORDER BY county_code, sha256 \
         LIMIT {limit}"
    );
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![county.into(), sha256.into()]).await?;
    rows.into_iter().map(PhotoFile::try_from).collect()
}

/// A photo that is kept, or bytes that came as one and turned out to be none: those are kept under the same rules.
macro_rules! is_here {
    () => {
        "(state = 'complete' OR (state = 'rejected' AND media_type IS NOT NULL))"
    };
}

/// What makes a photo an orphan: it arrived before `$1`, and no live record has announced it since.
const IS_ORPHAN: &str = concat!(
    is_here!(),
    " AND received_at < $1 AND NOT EXISTS \
     (SELECT 1 FROM record r WHERE r.county_code = photo_file.county_code AND r.sha256 = photo_file.sha256 \
     AND (NOT r.deleted OR r.updated_at >= $1))"
);

/// Photos that arrived before `before` and that no live record announces.
pub async fn list_orphans(
    txn: &impl Txn,
    before: i64,
    limit: u32,
) -> Result<Vec<PhotoFile>, StoreError> {
    let sql = format!("{SELECT} WHERE {IS_ORPHAN} ORDER BY county_code, sha256 LIMIT {limit}");
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![before.into()]).await?;
    rows.into_iter().map(PhotoFile::try_from).collect()
}

/// Notes that the bytes of an orphan are removed; what is known of them stays. `false` if it is none any more.
pub async fn remove_orphan(
    txn: &WriteTxn,
    county: &DivisionCode,
    sha256: &str,
    before: i64,
) -> Result<bool, StoreError> {
    remove_if(txn, county, sha256, (ORPHAN, IS_ORPHAN, before.into())).await
}

/// Removes a photo because whoever it shows became anonymous, also one that has still to come: it is not taken any more.
/// `false` if that was done before, or it came after `now`.
pub async fn remove_anonymised(
    txn: &WriteTxn,
    county: &DivisionCode,
    sha256: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let condition = "(received_at IS NULL OR received_at <= $1) AND NOT (state = 'removed' AND reason = 'anonymised')";
    let removed = remove_if(txn, county, sha256, (ANONYMISED, condition, now.into())).await?;
    if removed {
        let sql = "UPDATE photo_file SET problem = $3, width_px = NULL, height_px = NULL, likeness = NULL, \
                   likeness_fine = NULL, band_0 = NULL, band_1 = NULL, band_2 = NULL, band_3 = NULL, taken_local = NULL, \
                   taken_offset_min = NULL, latitude = NULL, longitude = NULL, camera = NULL \
                   WHERE county_code = $1 AND sha256 = $2";
        let refused = ErrorCode::PhotoRemoved.as_str();
        let values = vec![county.as_str().into(), sha256.into(), refused.into()];
        execute(txn, sql, values).await?;
    }
    Ok(removed)
}

async fn remove_if(
    txn: &WriteTxn,
    county: &DivisionCode,
    sha256: &str,
    (reason, condition, before): (&str, &str, Value),
) -> Result<bool, StoreError> {
    // Whoever announces this content at this moment has locked the row: only what is seen after that counts.
    let lock = "UPDATE photo_file SET attempts = attempts WHERE county_code = $1 AND sha256 = $2";
    execute(txn, lock, vec![county.as_str().into(), sha256.into()]).await?;
    let sql = format!(
        "UPDATE photo_file SET state = 'removed', reason = $4, problem = NULL \
         WHERE {condition} AND county_code = $2 AND sha256 = $3"
    );
    let values = vec![before, county.as_str().into(), sha256.into(), reason.into()];
    Ok(execute(txn, &sql, values).await? > 0)
}

/// What makes a photo one that the county keeps no longer: every live record that announces it is of a visit before the
/// local date `$1`.
const IS_PAST_RETENTION: &str = concat!(
    is_here!(),
    " AND EXISTS \
     (SELECT 1 FROM record r WHERE r.county_code = photo_file.county_code AND r.sha256 = photo_file.sha256 AND NOT r.deleted) \
     AND NOT EXISTS (SELECT 1 FROM record r LEFT JOIN record v ON v.id = r.parent_id \
     WHERE r.county_code = photo_file.county_code AND r.sha256 = photo_file.sha256 AND NOT r.deleted \
     AND (v.on_date IS NULL OR v.on_date >= $1))"
);

/// The kept photos of a county whose visits all were before `before`.
pub async fn list_past_retention(
    txn: &impl Txn,
    county: &DivisionCode,
    before: Date,
    limit: u32,
) -> Result<Vec<PhotoFile>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE {IS_PAST_RETENTION} AND county_code = $2 ORDER BY sha256 LIMIT {limit}"
    );
    let values = vec![before.to_string().into(), county.as_str().into()];
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(PhotoFile::try_from).collect()
}

/// Notes that the bytes of a photo are removed because the county keeps photos no longer; `false` if it does.
pub async fn remove_past_retention(
    txn: &WriteTxn,
    county: &DivisionCode,
    sha256: &str,
    before: Date,
) -> Result<bool, StoreError> {
    let condition = (RETENTION, IS_PAST_RETENTION, before.to_string().into());
    remove_if(txn, county, sha256, condition).await
}

/// Removed photos of which live records still say that they are kept: whoever removed them came to no end.
pub async fn list_untold(txn: &impl Txn, limit: u32) -> Result<Vec<PhotoFile>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE state = 'removed' AND reason <> $1 AND EXISTS (SELECT 1 FROM record r \
         WHERE r.county_code = photo_file.county_code AND r.sha256 = photo_file.sha256 AND NOT r.deleted \
         AND r.fields LIKE $2) ORDER BY county_code, sha256 LIMIT {limit}"
    );
    let says = r#"%"photo_state":"complete"%"#;
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![ORPHAN.into(), says.into()]).await?;
    rows.into_iter().map(PhotoFile::try_from).collect()
}

#[derive(FromQueryResult)]
struct CountyRow {
    county_code: String,
}

/// The counties that have photos.
pub async fn list_counties(txn: &impl Txn) -> Result<Vec<DivisionCode>, StoreError> {
    let sql = "SELECT DISTINCT county_code FROM photo_file ORDER BY county_code";
    let rows: Vec<CountyRow> = fetch_all(txn, sql, vec![]).await?;
    rows.iter().map(|row| code(&row.county_code)).collect()
}
