//! Judges one mutation by itself: is each field of its type, within its bounds, and allowed here?
//!
//! It knows the field tables and the date, and nothing of what is stored.

use crate::division::{DivisionCode, Level};
use crate::field::{Field, Type};
use crate::limits::{EARLIEST_SERVICE_DATE, MAX_EXT_BYTES, MAX_VISIT_DAYS};
use crate::mutation::{Mutation, Operation, brief, is_reserved, json_size};
use crate::position::Position;
use crate::problem::{ErrorCode, FieldProblem, MutationProblem};
use crate::records::Kind;
use crate::words::Sentence;
use crate::{Fields, codes};
use jiff::civil::Date;
use jiff::{Span, Unit};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Display;
use uuid::Uuid;

/// The last millisecond of the year 9999.
const LAST_INSTANT: i64 = 253_402_300_799_999;

/// Checks `mutation` against the field table of its kind. `today` is the county's local date.
pub fn validate(mutation: &Mutation, today: Date) -> Result<Kind, MutationProblem> {
    let kind: Kind = mutation
        .kind
        .parse()
        .map_err(|_| MutationProblem::of(ErrorCode::UnknownKind))?;
    if !kind.is_from_phones() && !is_command(kind, mutation.op) {
        return Err(MutationProblem::of(ErrorCode::ServerKind));
    }
    let counters = [("/n", Some(mutation.n)), ("/base", mutation.base)];
    if let Some((pointer, _)) = counters.into_iter().find(|(_, n)| n.is_some_and(|n| n < 0)) {
        let error = problem(
            pointer,
            ErrorCode::OutOfRange,
            "不能为负",
            "must not be negative",
        );
        return Err(MutationProblem::with(
            ErrorCode::MalformedMutation,
            vec![error],
        ));
    }
    if let Some(code) = mutation
        .touched()
        .iter()
        .find_map(|(_, name)| check_name(name))
    {
        return Err(MutationProblem::with(
            ErrorCode::MalformedMutation,
            vec![titled("/set", code)],
        ));
    }
    let server_owned: Vec<_> = mutation
        .touched()
        .into_iter()
        .filter(|(_, name)| kind.field(name).is_some_and(Field::is_server_owned))
        .map(|(member, name)| titled(&format!("/{member}/{name}"), ErrorCode::ServerOwnedField))
        .collect();
    if !server_owned.is_empty() {
        return Err(MutationProblem::with(
            ErrorCode::ServerOwnedField,
            server_owned,
        ));
    }
    let errors = match mutation.op {
        Operation::Create => check_create(kind, mutation, today),
        Operation::Patch | Operation::Undelete => check_patch(kind, mutation, today),
        Operation::Delete => Vec::new(),
        Operation::Command => return check_command(kind, mutation).map(|()| kind),
    };
    if errors.is_empty() {
        Ok(kind)
    } else {
        Err(MutationProblem::with(ErrorCode::Validation, errors))
    }
}

/// What is wrong with the name of a field, known or not.
fn check_name(name: &str) -> Option<ErrorCode> {
    if is_reserved(name) {
        return Some(ErrorCode::ServerOwnedField);
    }
    name.contains(char::is_control)
        .then_some(ErrorCode::ControlCharacter)
}

/// The commands that a phone may send for a kind.
pub fn commands(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Visit => &["submit", "withdraw"],
        Kind::Conflict => &["accept_conflict", "undo_conflict"],
        Kind::Bulletin => &["mark_read"],
        _ => &[],
    }
}

/// What the server alone writes may still take commands.
fn is_command(kind: Kind, op: Operation) -> bool {
    op == Operation::Command && !commands(kind).is_empty()
}

fn check_command(kind: Kind, mutation: &Mutation) -> Result<(), MutationProblem> {
    match mutation.name.as_deref() {
        Some(name) if commands(kind).contains(&name) => Ok(()),
        _ => Err(MutationProblem::of(ErrorCode::UnknownCommand)),
    }
}

fn check_create(kind: Kind, mutation: &Mutation, today: Date) -> Vec<FieldProblem> {
    let mut errors = check_values(kind, mutation, today);
    for field in kind.fields() {
        let pointer = format!("/set/{}", field.name);
        // One that is there but null was noticed above.
        if field.required && !field.is_server_owned() && !mutation.set.contains_key(field.name) {
            errors.push(required(field, &pointer));
        }
        let set = mutation
            .set
            .get(field.name)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        let add = mutation.add.get(field.name).map_or(0, Vec::len);
        let limit = set_limit(field).filter(|limit| set > 0 && add > 0 && set + add > *limit);
        errors.extend(limit.map(|limit| too_many(&pointer, limit)));
    }
    errors.extend(check_span(&mutation.set));
    errors
}

fn check_patch(kind: Kind, mutation: &Mutation, today: Date) -> Vec<FieldProblem> {
    let mut errors = check_values(kind, mutation, today);
    for (name, value) in &mutation.set {
        // A set can be taken away as a whole, but not be replaced.
        if !value.is_null() && kind.field(name).is_some_and(Field::is_set) {
            errors.push(titled(&format!("/set/{name}"), ErrorCode::UseAddRemove));
        }
    }
    for name in mutation.unset.iter().collect::<BTreeSet<_>>() {
        if kind.field(name).is_some_and(|field| field.required) {
            errors.push(titled(&format!("/unset/{name}"), ErrorCode::CannotUnset));
        }
    }
    errors.extend(check_span(&mutation.set));
    errors
}

/// Checks each value that the mutation carries; of the fields that are unknown here, how much they hold in all.
fn check_values(kind: Kind, mutation: &Mutation, today: Date) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    let mut unknown = Vec::new();
    for (name, value) in &mutation.set {
        match kind.field(name) {
            Some(field) => errors.extend(check_value(field, value, &format!("/set/{name}"), today)),
            None => unknown.push((name, value.clone())),
        }
    }
    for (member, sets) in [("add", &mutation.add), ("remove", &mutation.remove)] {
        for (name, elements) in sets {
            let pointer = format!("/{member}/{name}");
            let elements = Value::from(elements.clone());
            match kind.field(name) {
                Some(field) if field.is_set() => {
                    errors.extend(check_value(field, &elements, &pointer, today));
                }
                Some(_) => errors.push(titled(&pointer, ErrorCode::WrongType)),
                None => unknown.push((name, elements)),
            }
        }
    }
    errors.extend(check_unknown(&unknown));
    errors
}

/// Whatever it is that a newer phone sends, it must not be huge, and every database must be able to hold it.
fn check_unknown(unknown: &[(&String, Value)]) -> Option<FieldProblem> {
    let mut left = MAX_EXT_BYTES;
    for (name, value) in unknown {
        // Quotes, colon and comma.
        let size = json_size(value, left).map(|size| size + name.len() + 4);
        let Some(rest) = size.and_then(|size| left.checked_sub(size)) else {
            return Some(too_much_unknown());
        };
        left = rest;
    }
    let has_nul = unknown.iter().any(|(_, value)| contains_nul(value));
    has_nul.then(|| titled("/set", ErrorCode::ControlCharacter))
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(elements) => elements.iter().any(contains_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || contains_nul(value)),
        _ => false,
    }
}

/// A visit ends no earlier than it starts, and no more than [`MAX_VISIT_DAYS`] later.
pub(crate) fn check_span(fields: &Fields) -> Option<FieldProblem> {
    let date = |name| {
        fields
            .get(name)
            .and_then(Value::as_str)
            .and_then(parse_date)
    };
    let days = days_between(date("service_from")?, date("service_to")?);
    if days < 0 {
        return Some(titled("/set/service_to", ErrorCode::EndsBeforeStart));
    }
    (days >= i64::from(MAX_VISIT_DAYS)).then(|| {
        problem(
            "/set/service_to",
            ErrorCode::OutOfRange,
            &format!("一次服务最多 {MAX_VISIT_DAYS} 天"),
            &format!("one visit lasts at most {MAX_VISIT_DAYS} days"),
        )
    })
}

/// Checks one value against its field; `null` counts as absent.
pub fn check_value(
    field: &Field,
    value: &Value,
    pointer: &str,
    today: Date,
) -> Option<FieldProblem> {
    if value.is_null() {
        return field.required.then(|| required(field, pointer));
    }
    match field.kind {
        Type::Id => check_id(value, pointer),
        Type::IdSet(count) => check_set(value, pointer, count, check_id),
        Type::Village => check_village(value, pointer),
        Type::Township => check_township(value, pointer),
        Type::Date => check_date(value, pointer, today),
        Type::Instant => check_integer(value, pointer, 0, LAST_INSTANT),
        Type::Code(list) => check_code(list, value, pointer),
        Type::CodeSet(list, count) => check_set(value, pointer, count, |element, pointer| {
            check_code(list, element, pointer)
        }),
        Type::CatalogueCode => check_catalogue_code(value, pointer),
        Type::CatalogueCodeSet(count) => check_set(value, pointer, count, check_catalogue_code),
        Type::Season => check_season(value, pointer),
        Type::Text(chars) => check_text(value, pointer, chars),
        Type::TextSet { count, chars } => check_set(value, pointer, count, |element, pointer| {
            check_text(element, pointer, chars)
        }),
        Type::Integer { min, max } => check_integer(value, pointer, min, max),
        Type::Flag => {
            (!value.is_boolean()).then(|| wrong_type(pointer, "true 或 false", "true or false"))
        }
        Type::Position => check_position(value, pointer),
        Type::Sha256 => check_sha256(value, pointer),
    }
}

fn check_id(value: &Value, pointer: &str) -> Option<FieldProblem> {
    // One spelling only: what is equal must look equal, to a phone as well.
    let text = value
        .as_str()
        .filter(|text| !text.contains(|c: char| c.is_ascii_uppercase()));
    let id = text
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::parse_str(text).ok());
    id.is_none()
        .then(|| wrong_type(pointer, "小写 UUID", "a UUID in lower case, with hyphens"))
}

fn check_set(
    value: &Value,
    pointer: &str,
    count: usize,
    check: impl Fn(&Value, &str) -> Option<FieldProblem>,
) -> Option<FieldProblem> {
    let Some(elements) = value.as_array() else {
        return Some(wrong_type(pointer, "数组", "an array"));
    };
    if elements.len() > count {
        return Some(too_many(pointer, count));
    }
    elements
        .iter()
        .enumerate()
        .find_map(|(at, element)| check(element, &format!("{pointer}/{at}")))
}

/// How many elements the field may hold, if it is a set.
pub(crate) fn set_limit(field: &Field) -> Option<usize> {
    match field.kind {
        Type::IdSet(count)
        | Type::CatalogueCodeSet(count)
        | Type::CodeSet(_, count)
        | Type::TextSet { count, .. } => Some(count),
        _ => None,
    }
}

pub(crate) fn too_many(pointer: &str, count: usize) -> FieldProblem {
    problem(
        pointer,
        ErrorCode::TooMany,
        &format!("最多 {count} 个"),
        &format!("at most {count}"),
    )
}

pub(crate) fn too_much_unknown() -> FieldProblem {
    problem(
        "/set",
        ErrorCode::TooLong,
        "服务器不认识的字段合计不得超过 16 KiB",
        "the fields that the server does not know hold at most 16 KiB together",
    )
}

fn check_village(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let code = value
        .as_str()
        .and_then(|text| text.parse::<DivisionCode>().ok());
    let is_village = code.is_some_and(|code| code.level() == Level::Village);
    (!is_village).then(|| wrong_type(pointer, "12 位村代码", "a village code of 12 digits"))
}

fn check_township(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let code = value
        .as_str()
        .and_then(|text| text.parse::<DivisionCode>().ok());
    let is_township = code.is_some_and(|code| code.level() == Level::Township);
    (!is_township).then(|| wrong_type(pointer, "9 位乡镇代码", "a township code of 9 digits"))
}

fn check_date(value: &Value, pointer: &str, today: Date) -> Option<FieldProblem> {
    let Some(date) = value.as_str().and_then(parse_date) else {
        return Some(wrong_type(pointer, "日期 YYYY-MM-DD", "a date YYYY-MM-DD"));
    };
    let latest = today.saturating_add(Span::new().days(366));
    let in_range = date >= EARLIEST_SERVICE_DATE && date <= latest;
    (!in_range).then(|| {
        problem(
            pointer,
            ErrorCode::OutOfRange,
            &format!("日期须在 {EARLIEST_SERVICE_DATE} 与 {latest} 之间"),
            &format!("a date from {EARLIEST_SERVICE_DATE} to {latest}"),
        )
    })
}

/// A date as it travels: `YYYY-MM-DD` and nothing else that a lenient reader takes.
fn parse_date(text: &str) -> Option<Date> {
    let fits = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let is_plain = text.len() == 10 && text.bytes().enumerate().all(fits);
    text.parse().ok().filter(|_| is_plain)
}

fn check_code(list: &codes::CodeList, value: &Value, pointer: &str) -> Option<FieldProblem> {
    let Some(code) = value.as_str() else {
        return Some(wrong_type(pointer, "代码", "a code"));
    };
    (!list.has(code)).then(|| {
        problem(
            pointer,
            ErrorCode::UnknownCode,
            &format!("可选：{}", list.join()),
            &format!("one of: {}", list.join()),
        )
    })
}

fn check_catalogue_code(value: &Value, pointer: &str) -> Option<FieldProblem> {
    (!value.as_str().is_some_and(is_catalogue_code)).then(|| {
        wrong_type(
            pointer,
            "技术编码（1-32 位字母数字 . _ -）",
            "a catalogue code: 1 to 32 of A-Z a-z 0-9 . _ -",
        )
    })
}

/// Whether `text` can be a code of the technique catalogue.
pub fn is_catalogue_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

fn check_season(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let fits = value.as_str().is_some_and(|text| {
        let (year, part) = text
            .split_once('-')
            .map_or((text, None), |(year, part)| (year, Some(part)));
        let year_fits = year.len() == 4
            && year
                .parse()
                .is_ok_and(|year: u16| (2000..=2100).contains(&year));
        year_fits
            && part.is_none_or(|part| matches!(part, "spring" | "summer" | "autumn" | "winter"))
    });
    (!fits).then(|| {
        wrong_type(
            pointer,
            "年份或年份-季节，如 2026-spring",
            "a year or a year and season, such as 2026-spring",
        )
    })
}

fn check_text(value: &Value, pointer: &str, chars: usize) -> Option<FieldProblem> {
    let Some(text) = value.as_str() else {
        return Some(wrong_type(pointer, "文字", "a text"));
    };
    if text.chars().all(is_blank) {
        return Some(titled(pointer, ErrorCode::Empty));
    }
    if text.chars().count() > chars {
        return Some(problem(
            pointer,
            ErrorCode::TooLong,
            &format!("最多 {chars} 字"),
            &format!("at most {chars} characters"),
        ));
    }
    text.contains(is_odd)
        .then(|| titled(pointer, ErrorCode::ControlCharacter))
}

/// White space, and what has no width and so cannot be seen at all.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}')
}

/// What no text holds: control characters, and the two that no XML (so no spreadsheet) can carry.
pub fn is_odd(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn check_integer(value: &Value, pointer: &str, min: i64, max: i64) -> Option<FieldProblem> {
    // A fraction, or what JSON can only hold as one: 1.0, 1e3, -0, 1e308.
    if !value.is_i64() && !value.is_u64() {
        return Some(wrong_type(pointer, "整数", "an integer"));
    }
    let fits = value
        .as_i64()
        .is_some_and(|number| (min..=max).contains(&number));
    (!fits).then(|| out_of_range(pointer, min, max))
}

fn check_position(value: &Value, pointer: &str) -> Option<FieldProblem> {
    if !value.is_object() {
        // Serde would also take an array, member by member.
        return Some(wrong_type(pointer, "位置", "a position"));
    }
    let position = match Position::deserialize(value) {
        Ok(position) => position,
        Err(error) => {
            let error = brief(&error);
            let (zh, en) = (format!("位置（{error}）"), format!("a position ({error})"));
            return Some(wrong_type(pointer, &zh, &en));
        }
    };
    let member = |name: &str| format!("{pointer}/{name}");
    let degrees = |name: &str, degrees: f64, bound: f64| {
        (!(-bound..=bound).contains(&degrees)).then(|| out_of_range(&member(name), -bound, bound))
    };
    check_code(
        &codes::DATUM,
        &Value::from(position.datum),
        &member("datum"),
    )
    .or_else(|| {
        let source = Value::from(position.source?);
        check_code(&codes::POSITION_SOURCE, &source, &member("source"))
    })
    .or_else(|| degrees("lat", position.lat, 90.0))
    .or_else(|| degrees("lon", position.lon, 180.0))
    .or_else(|| {
        check_integer(
            &Value::from(position.taken_at?),
            &member("taken_at"),
            0,
            LAST_INSTANT,
        )
    })
}

fn check_sha256(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = value
        .as_str()
        .is_some_and(|text| text.len() == 64 && text.bytes().all(hex));
    (!fits).then(|| {
        wrong_type(
            pointer,
            "64 位小写十六进制",
            "64 lower-case hexadecimal digits",
        )
    })
}

fn wrong_type(pointer: &str, zh: &str, en: &str) -> FieldProblem {
    problem(
        pointer,
        ErrorCode::WrongType,
        &format!("应为{zh}"),
        &format!("should be {en}"),
    )
}

fn out_of_range(pointer: &str, min: impl Display, max: impl Display) -> FieldProblem {
    let (zh, en) = (
        format!("须在 {min} 与 {max} 之间"),
        format!("from {min} to {max}"),
    );
    problem(pointer, ErrorCode::OutOfRange, &zh, &en)
}

fn required(field: &Field, pointer: &str) -> FieldProblem {
    let (zh, en) = (
        format!("“{}”必填", field.label.zh),
        format!("{} is mandatory", field.label.en),
    );
    problem(pointer, ErrorCode::Required, &zh, &en)
}

fn titled(pointer: &str, code: ErrorCode) -> FieldProblem {
    FieldProblem {
        pointer: pointer.to_owned(),
        code,
        message: code.title().into(),
    }
}

fn problem(pointer: &str, code: ErrorCode, zh: &str, en: &str) -> FieldProblem {
    FieldProblem {
        pointer: pointer.to_owned(),
        code,
        message: Sentence::new(zh, en),
    }
}

/// Days from `from` to `to`, both local dates; negative if `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.until((Unit::Day, to))
        .map_or(0, |span| i64::from(span.get_days()))
}
