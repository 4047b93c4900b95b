//! Judges one mutation by itself: is each field of its type, within its bounds, and allowed here?
//!
//! It knows the field tables and the date, and nothing of what is stored.

use crate::division::{DivisionCode, Level};
use crate::field::{Field, Type};
use crate::limits::{EARLIEST_SERVICE_DATE, MAX_EXT_BYTES, MAX_VISIT_DAYS};
use crate::mutation::{Mutation, Operation, json_size};
use crate::position::Position;
use crate::problem::{ErrorCode, FieldProblem, MutationProblem};
use crate::records::Kind;
use crate::words::Sentence;
use crate::{Fields, codes};
use jiff::civil::Date;
use jiff::{Span, Unit};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// Checks `mutation` against the field table of its kind. `today` is the county's local date.
pub fn validate(mutation: &Mutation, today: Date) -> Result<Kind, MutationProblem> {
    let kind = Kind::parse(&mutation.kind).ok_or_else(|| MutationProblem::of(ErrorCode::UnknownKind))?;
    if !kind.is_from_phones() && !is_conflict_command(kind, mutation.op) {
        return Err(MutationProblem::of(ErrorCode::ServerKind));
    }
    if mutation.n < 0 || mutation.base.is_some_and(|base| base < 0) {
        let error = problem("/base", ErrorCode::OutOfRange, "不能为负", "must not be negative");
        return Err(MutationProblem::with(ErrorCode::MalformedMutation, vec![error]));
    }
    let server_owned: Vec<_> = mutation
        .touched()
        .filter(|name| kind.field(name).is_some_and(Field::is_server_owned))
        .map(|name| titled(&format!("/set/{name}"), ErrorCode::ServerOwnedField))
        .collect();
    if !server_owned.is_empty() {
        return Err(MutationProblem::with(ErrorCode::ServerOwnedField, server_owned));
    }
    let errors = match mutation.op {
        Operation::Create => check_create(kind, mutation, today),
        Operation::Patch | Operation::Undelete => check_patch(kind, mutation, today),
        Operation::Delete => Vec::new(),
        Operation::Command => return check_command(kind, mutation).map(|()| kind),
    };
    if errors.is_empty() { Ok(kind) } else { Err(MutationProblem::with(ErrorCode::Validation, errors)) }
}

/// The commands that a phone may send for a kind.
pub fn commands(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Visit => &["submit", "withdraw"],
        Kind::Conflict => &["accept_conflict", "undo_conflict"],
        _ => &[],
    }
}

fn is_conflict_command(kind: Kind, op: Operation) -> bool {
    kind == Kind::Conflict && op == Operation::Command
}

fn check_command(kind: Kind, mutation: &Mutation) -> Result<(), MutationProblem> {
    match mutation.name.as_deref() {
        Some(name) if commands(kind).contains(&name) => Ok(()),
        _ => Err(MutationProblem::of(ErrorCode::UnknownCommand)),
    }
}

fn check_create(kind: Kind, mutation: &Mutation, today: Date) -> Vec<FieldProblem> {
    let mut errors = check_values(kind, &mutation.set, today);
    errors.extend(check_sets(kind, mutation, today));
    let missing = kind.fields().iter().filter(|field| {
        field.required && !field.is_server_owned() && mutation.set.get(field.name).is_none_or(Value::is_null)
    });
    errors.extend(missing.map(|field| {
        let message = Sentence::new(
            format!("“{}”必填", field.label.zh),
            format!("{} is mandatory", field.label.en),
        );
        FieldProblem { pointer: format!("/set/{}", field.name), code: ErrorCode::Required, message }
    }));
    errors.extend(check_span(&mutation.set));
    errors
}

fn check_patch(kind: Kind, mutation: &Mutation, today: Date) -> Vec<FieldProblem> {
    let mut errors = check_values(kind, &mutation.set, today);
    errors.extend(check_sets(kind, mutation, today));
    for name in mutation.set.keys() {
        if kind.field(name).is_some_and(Field::is_set) {
            errors.push(titled(&format!("/set/{name}"), ErrorCode::UseAddRemove));
        }
    }
    for name in &mutation.unset {
        if kind.field(name).is_some_and(|field| field.required) {
            errors.push(titled(&format!("/unset/{name}"), ErrorCode::CannotUnset));
        }
    }
    errors.extend(check_span(&mutation.set));
    errors
}

fn check_sets(kind: Kind, mutation: &Mutation, today: Date) -> Vec<FieldProblem> {
    let parts = [("add", &mutation.add), ("remove", &mutation.remove)];
    let mut errors = Vec::new();
    for (part, sets) in parts {
        for (name, elements) in sets {
            let pointer = format!("/{part}/{name}");
            match kind.field(name) {
                Some(field) if field.is_set() => {
                    errors.extend(check_value(field, &Value::from(elements.clone()), &pointer, today));
                }
                Some(_) => errors.push(titled(&pointer, ErrorCode::WrongType)),
                None => {}
            }
        }
    }
    errors
}

fn check_values(kind: Kind, set: &Fields, today: Date) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    let mut unknown = Fields::new();
    for (name, value) in set {
        match kind.field(name) {
            Some(field) => errors.extend(check_value(field, value, &format!("/set/{name}"), today)),
            None => {
                unknown.insert(name.clone(), value.clone());
            }
        }
    }
    if json_size(&Value::Object(unknown), MAX_EXT_BYTES).is_none() {
        errors.push(problem(
            "/set",
            ErrorCode::TooLong,
            "服务器不认识的字段合计不得超过 16 KiB",
            "the fields that the server does not know hold at most 16 KiB together",
        ));
    }
    errors
}

/// A visit ends no earlier than it starts, and no more than [`MAX_VISIT_DAYS`] later.
fn check_span(set: &Fields) -> Option<FieldProblem> {
    let date = |name| set.get(name).and_then(Value::as_str).and_then(|text| text.parse::<Date>().ok());
    let (from, to) = (date("service_from")?, date("service_to")?);
    if to < from {
        return Some(titled("/set/service_to", ErrorCode::EndsBeforeStart));
    }
    let days = (to - from).get_days();
    (days >= MAX_VISIT_DAYS).then(|| {
        problem(
            "/set/service_to",
            ErrorCode::OutOfRange,
            &format!("一次服务最多 {MAX_VISIT_DAYS} 天"),
            &format!("one visit lasts at most {MAX_VISIT_DAYS} days"),
        )
    })
}

/// Checks one value against its field; `null` counts as absent.
pub fn check_value(field: &Field, value: &Value, pointer: &str, today: Date) -> Option<FieldProblem> {
    if value.is_null() {
        return field.required.then(|| titled(pointer, ErrorCode::Required));
    }
    match field.kind {
        Type::Id => check_id(value, pointer),
        Type::IdSet(count) => check_set(value, pointer, count, check_id),
        Type::Village => check_village(value, pointer),
        Type::Date => check_date(value, pointer, today),
        Type::Instant => check_integer(value, pointer, 0, 253_402_300_799_999),
        Type::Code(list) => check_code(list, value, pointer),
        Type::CatalogueCode => check_catalogue_code(value, pointer),
        Type::CatalogueCodeSet(count) => check_set(value, pointer, count, check_catalogue_code),
        Type::Season => check_season(value, pointer),
        Type::Text(chars) => check_text(value, pointer, chars),
        Type::TextSet { count, chars } => {
            check_set(value, pointer, count, |element, pointer| check_text(element, pointer, chars))
        }
        Type::Integer { min, max } => check_integer(value, pointer, min, max),
        Type::Flag => (!value.is_boolean()).then(|| wrong_type(pointer, "true 或 false", "true or false")),
        Type::Position => check_position(value, pointer),
        Type::Sha256 => check_sha256(value, pointer),
    }
}

fn check_id(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let id = value.as_str().filter(|text| text.len() == 36).and_then(|text| Uuid::parse_str(text).ok());
    id.is_none().then(|| wrong_type(pointer, "UUID", "a UUID"))
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
        return Some(problem(
            pointer,
            ErrorCode::TooMany,
            &format!("最多 {count} 个"),
            &format!("at most {count}"),
        ));
    }
    elements.iter().enumerate().find_map(|(at, element)| check(element, &format!("{pointer}/{at}")))
}

fn check_village(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let code = value.as_str().and_then(|text| text.parse::<DivisionCode>().ok());
    let is_village = code.is_some_and(|code| code.level() == Level::Village);
    (!is_village).then(|| wrong_type(pointer, "12 位村代码", "a village code of 12 digits"))
}

fn check_date(value: &Value, pointer: &str, today: Date) -> Option<FieldProblem> {
    let text = value.as_str().filter(|text| text.len() == 10);
    let Some(date) = text.and_then(|text| text.parse::<Date>().ok()) else {
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
        wrong_type(pointer, "技术编码（1-32 位字母数字 . _ -）", "a catalogue code: 1 to 32 of A-Z a-z 0-9 . _ -")
    })
}

/// Whether `text` can be a code of the technique catalogue.
pub fn is_catalogue_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

fn check_season(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let fits = value.as_str().is_some_and(|text| {
        let (year, part) = text.split_once('-').map_or((text, None), |(year, part)| (year, Some(part)));
        let year_fits = year.len() == 4 && year.parse().is_ok_and(|year: u16| (2000..=2100).contains(&year));
        year_fits && part.is_none_or(|part| matches!(part, "spring" | "summer" | "autumn" | "winter"))
    });
    (!fits).then(|| {
        wrong_type(pointer, "年份或年份-季节，如 2026-spring", "a year or a year and season, such as 2026-spring")
    })
}

fn check_text(value: &Value, pointer: &str, chars: usize) -> Option<FieldProblem> {
    let Some(text) = value.as_str() else {
        return Some(wrong_type(pointer, "文字", "a text"));
    };
    if text.trim().is_empty() {
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
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.contains(odd).then(|| titled(pointer, ErrorCode::ControlCharacter))
}

fn check_integer(value: &Value, pointer: &str, min: i64, max: i64) -> Option<FieldProblem> {
    if !value.is_number() {
        return Some(wrong_type(pointer, "整数", "an integer"));
    }
    let Some(number) = value.as_i64() else {
        return Some(wrong_type(pointer, &format!("{min} 到 {max} 的整数"), &format!("an integer from {min} to {max}")));
    };
    (!(min..=max).contains(&number)).then(|| {
        problem(
            pointer,
            ErrorCode::OutOfRange,
            &format!("须在 {min} 与 {max} 之间"),
            &format!("from {min} to {max}"),
        )
    })
}

fn check_position(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let position = match Position::deserialize(value) {
        Ok(position) => position,
        Err(error) => {
            return Some(wrong_type(pointer, &format!("位置（{error}）"), &format!("a position ({error})")));
        }
    };
    if !codes::DATUM.has(&position.datum) {
        return check_code(&codes::DATUM, &Value::from(position.datum), &format!("{pointer}/datum"));
    }
    if let Some(source) = position.source.filter(|source| !codes::POSITION_SOURCE.has(source)) {
        return check_code(&codes::POSITION_SOURCE, &Value::from(source), &format!("{pointer}/source"));
    }
    let bounds = [("lat", position.lat, 90.0), ("lon", position.lon, 180.0)];
    bounds.into_iter().find(|(_, degrees, bound)| !(degrees.abs() <= *bound)).map(|(name, _, bound)| {
        problem(
            &format!("{pointer}/{name}"),
            ErrorCode::OutOfRange,
            &format!("须在 -{bound} 与 {bound} 之间"),
            &format!("from -{bound} to {bound}"),
        )
    })
}

fn check_sha256(value: &Value, pointer: &str) -> Option<FieldProblem> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = value.as_str().is_some_and(|text| text.len() == 64 && text.bytes().all(hex));
    (!fits).then(|| wrong_type(pointer, "64 位小写十六进制", "64 lower-case hexadecimal digits"))
}

fn wrong_type(pointer: &str, zh: &str, en: &str) -> FieldProblem {
    problem(pointer, ErrorCode::WrongType, &format!("应为{zh}"), &format!("should be {en}"))
}

fn titled(pointer: &str, code: ErrorCode) -> FieldProblem {
    FieldProblem { pointer: pointer.to_owned(), code, message: code.title().into() }
}

fn problem(pointer: &str, code: ErrorCode, zh: &str, en: &str) -> FieldProblem {
    FieldProblem { pointer: pointer.to_owned(), code, message: Sentence::new(zh, en) }
}

/// Days from `from` to `to`, both local dates; negative if `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.until((Unit::Day, to)).map_or(0, |span| i64::from(span.get_days()))
}
