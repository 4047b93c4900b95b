//! `/v1/conflicts` and `/v1/dead-letters`: what two people said differently, and what was refused; the office settles both.

use crate::auth::{Office, Reviewer};
use crate::error::ApiError;
use crate::extract::{Json, Path, Query};
use crate::page::{last_of_full, limit, read_cursor, write_cursor};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tepai_app::App;
use tepai_app::review::conflicts::{self, ConflictEntry, ConflictVerdict};
use tepai_app::review::dead_letters::{self, KeptLetter, LetterDecision, LetterEdit};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, MutationId, PersonId, RecordId};
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem, Problem};
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::sync::MutationResult;
use tepai_sync_protocol::words::Words;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of the desk.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_conflicts))
        .routes(routes!(settle_conflict))
        .routes(routes!(list_dead_letters))
        .routes(routes!(settle_dead_letter))
}

const PAGE: u32 = 100;
const MOST: u32 = 500;
const STATES: [&str; 3] = ["open", "accepted", "undone"];

/// Which conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConflictQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// `open`, `accepted` or `undone`; all if absent.
    state: Option<String>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 500.
    limit: Option<u32>,
}

/// One of the two values, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
struct Side {
    /// The value; `null` if it was taken away.
    value: Value,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    by: Option<PersonId>,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// A field that two people changed.
#[derive(Debug, Serialize, ToSchema)]
struct ConflictDocument {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: RecordId,
    /// `open`, `accepted` or `undone`.
    state: String,
    /// When the second edit arrived: milliseconds since 1970 UTC.
    met_at: i64,
    /// The record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    record_id: Option<RecordId>,
    /// Its kind.
    record_kind: String,
    /// Its village.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    village_code: Option<DivisionCode>,
    /// The field; absent if it is about the whole record.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What people call the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Words>,
    /// The rule that decided: `authority`, `later_edit`, `immutable` or `deleted`.
    rule: String,
    /// The mutation that met the conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    mutation_id: Option<MutationId>,
    /// What stood after it.
    kept: Side,
    /// What lost.
    lost: Side,
    /// What the field holds now.
    now: Value,
    /// Whether the record is deleted now.
    is_deleted: bool,
    /// Whether a measured number wants a second look.
    needs_review: bool,
}

fn conflict(entry: ConflictEntry, names: &BTreeMap<PersonId, String>) -> ConflictDocument {
    let note = entry.note;
    let side = |by: Option<PersonId>, json: Option<&String>| Side {
        value: json
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default(),
        name: by.and_then(|by| names.get(&by).cloned()),
        by,
    };
    let kind = note.record_kind.unwrap_or_default();
    let field = note.field.as_ref();
    let known = kind.parse::<Kind>().ok().zip(field);
    ConflictDocument {
        id: entry.id,
        state: note.conflict_state.unwrap_or_default(),
        met_at: entry.met_at,
        record_id: note.record_id,
        village_code: entry.village,
        label: known.and_then(|(kind, field)| kind.field(field).map(|field| field.label)),
        rule: note.rule.unwrap_or_default(),
        mutation_id: note.mutation_id,
        kept: side(note.kept_by, note.kept_json.as_ref()),
        lost: side(note.lost_by, note.lost_json.as_ref()),
        now: entry.now.unwrap_or_default(),
        is_deleted: entry.is_deleted,
        needs_review: note.needs_review == Some(true),
        record_kind: kind,
        field: note.field,
    }
}

/// A page of conflicts.
#[derive(Debug, Serialize, ToSchema)]
struct ConflictList {
    /// The latest first.
    conflicts: Vec<ConflictDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What the office makes of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ConflictWord {
    /// What stands is right.
    Keep,
    /// What lost is right: it comes back.
    Undo,
    /// Neither is: `value` is.
    Edit,
}

/// A decision about a conflict.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConflictDecision {
    /// The decision.
    decision: ConflictWord,
    /// The value of an edit.
    value: Option<Value>,
}

/// That it was settled.
#[derive(Debug, Serialize, ToSchema)]
struct Settled {
    /// The conflict or the mutation.
    id: Uuid,
    /// What became of the mutation, if it was judged again.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<MutationResult>,
}

/// Which refused mutations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LetterQuery {
    /// `true` for those that were settled; those that wait if absent.
    #[serde(default)]
    settled: bool,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 500.
    limit: Option<u32>,
}

/// A refused mutation.
#[derive(Debug, Serialize, ToSchema)]
struct LetterDocument {
    /// Its id here.
    id: Uuid,
    /// When it arrived: milliseconds since 1970 UTC.
    received_at: i64,
    /// The device that it came from.
    #[schema(value_type = Uuid)]
    device_id: DeviceId,
    /// Whose device it is.
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_name: Option<String>,
    /// The village, as far as that could be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    village_code: Option<DivisionCode>,
    /// Why it was refused or waits.
    problem: MutationProblem,
    /// The mutation as it came; as text if it is no JSON.
    mutation: Value,
    /// The mutation as the office changed it before it applied; absent if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    edited: Option<Value>,
    /// When it was settled: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<i64>,
    /// `applied`, `refused_again` (it waits as another one), `discarded`, `released`.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<String>,
}

fn letter(kept: KeptLetter, names: &BTreeMap<PersonId, String>) -> LetterDocument {
    let KeptLetter {
        letter,
        received_at,
        resolved,
        edited,
        ..
    } = kept;
    let mutation = serde_json::from_str(&letter.payload);
    LetterDocument {
        id: letter.id,
        received_at,
        device_id: letter.device,
        person_name: names.get(&letter.person).cloned(),
        person_id: letter.person,
        village_code: letter.village,
        problem: letter.problem,
        mutation: mutation.unwrap_or(Value::String(letter.payload)),
        edited: edited.and_then(|text| serde_json::from_str(&text).ok()),
        resolved_at: resolved.as_ref().map(|(at, _)| *at),
        resolution: resolved.map(|(_, resolution)| resolution),
    }
}

/// A page of refused mutations.
#[derive(Debug, Serialize, ToSchema)]
struct LetterList {
    /// The latest first.
    dead_letters: Vec<LetterDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What the office makes of a refused mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LetterWord {
    /// It applies after all.
    Apply,
    /// It stays refused.
    Discard,
}

/// A decision about a refused mutation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LetterVerdict {
    /// The decision.
    decision: LetterWord,
    /// With `apply`: fields that are changed first, `village_code` among them, with their values.
    #[serde(default)]
    #[schema(value_type = Object)]
    set: Map<String, Value>,
    /// With `apply`: fields that the phone wrote and that stay as they are in the record.
    #[serde(default)]
    leave_out: Vec<String>,
}

/// Conflicts within reach: both values, with who wrote them and what stands now.
#[utoipa::path(
    get,
    path = "/v1/conflicts",
    tag = "records",
    params(ConflictQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ConflictList),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_conflicts(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<ConflictQuery>,
) -> Result<Json<ConflictList>, ApiError> {
    let ConflictQuery {
        division,
        state,
        cursor,
        limit: asked,
    } = query;
    let is_unknown = |state: &String| !STATES.contains(&state.as_str());
    if state.as_ref().is_some_and(is_unknown) {
        return Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("state: {}", STATES.join(", ")),
        ));
    }
    let limit = limit(asked, PAGE, MOST)?;
    let before: Option<(i64, RecordId)> = read_cursor(cursor.as_deref())?;
    let asked = conflicts::ConflictQuery {
        division,
        state,
        before,
        limit,
    };
    let found = conflicts::list(&app, &actor, asked).await?;
    let last = last_of_full(&found.entries, limit);
    let next = last.map(|last| write_cursor((last.met_at, last.id)));
    let conflicts = found.entries.into_iter();
    let conflicts = conflicts.map(|entry| conflict(entry, &found.names));
    Ok(Json(ConflictList {
        conflicts: conflicts.collect(),
        next,
    }))
}

/// Settles a conflict: what stands stays, what lost comes back, or another value is written. Both phones get it with their next
/// sync.
#[utoipa::path(
    post,
    path = "/v1/conflicts/{id}",
    tag = "records",
    params(("id" = Uuid, Path, description = "the conflict")),
    security(("session" = []), ("session_token" = [])),
    request_body = ConflictDecision,
    responses(
        (status = 200, body = Settled),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: outside your reach"),
        (status = 422, body = Problem, description = "illegal_transition: it is settled; validation: the value cannot be"),
    )
)]
async fn settle_conflict(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Path(id): Path<Uuid>,
    Json(asked): Json<ConflictDecision>,
) -> Result<Json<Settled>, ApiError> {
    let decision = match (asked.decision, asked.value) {
        (ConflictWord::Keep, None) => ConflictVerdict::Keep,
        (ConflictWord::Undo, None) => ConflictVerdict::Undo,
        (ConflictWord::Edit, Some(value)) => ConflictVerdict::Edit(value),
        _ => {
            return Err(ApiError::with_detail(
                ErrorCode::MalformedRequest,
                "value: with edit, and with nothing else / value 仅用于 edit",
            ));
        }
    };
    let work = async move { conflicts::settle(&app, &actor, RecordId(id), decision).await };
    tepai_app::detached(work).await?;
    Ok(Json(Settled { id, result: None }))
}

/// Mutations that were refused, or wait for the office, within reach.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "records",
    params(LetterQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = LetterList),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
    )
)]
async fn list_dead_letters(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<LetterQuery>,
) -> Result<Json<LetterList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let before = read_cursor(query.cursor.as_deref())?;
    let page = dead_letters::list_letters(&app, &actor, query.settled, before, limit);
    let (letters, names) = page.await?;
    let last = last_of_full(&letters, limit);
    let next = last.map(|kept| write_cursor((kept.received_at, kept.letter.id)));
    let letters = letters.into_iter().map(|kept| letter(kept, &names));
    Ok(Json(LetterList {
        dead_letters: letters.collect(),
        next,
    }))
}

/// Settles a refused mutation: it applies after all, with the authority of the office and as the office changed it, or it stays
/// refused. The phone pulls what became of it. What was changed must be sound, or nothing happens; both versions are kept.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/{id}",
    tag = "records",
    params(("id" = Uuid, Path, description = "the refused mutation, by its id here")),
    security(("session" = []), ("session_token" = [])),
    request_body = LetterVerdict,
    responses(
        (status = 200, body = Settled, description = "with the new result, which may be a refusal again"),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: outside your reach"),
        (status = 422, body = Problem, description = "illegal_transition: it is settled, or a lost phone sent it; malformed_mutation; with changes, the code for which it is refused"),
    )
)]
async fn settle_dead_letter(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Path(id): Path<Uuid>,
    Json(verdict): Json<LetterVerdict>,
) -> Result<Json<Settled>, ApiError> {
    let edit = LetterEdit {
        set: verdict.set,
        leave_out: verdict.leave_out,
    };
    let decision = match verdict.decision {
        LetterWord::Apply => LetterDecision::Apply(edit),
        LetterWord::Discard if edit == LetterEdit::default() => LetterDecision::Discard,
        LetterWord::Discard => {
            return Err(ApiError::with_detail(
                ErrorCode::MalformedRequest,
                "set, leave_out: with apply alone / set、leave_out 仅用于 apply",
            ));
        }
    };
    let work = async move { dead_letters::settle_letter(&app, &actor, id, decision).await };
    let result = tepai_app::detached(work).await?;
    Ok(Json(Settled { id, result }))
}
