//! The parts of the specification that follow from the tables of this crate.
//!
//! These are the fields of every kind of record with type, bounds and merge class, the code lists, the error codes, and a
//! JSON Schema of every kind that phones write. Pure text: whoever calls writes the files, and knows where they lie.

mod errors;

use crate::codes::{self, CodeList};
use crate::field::{Class, Field, Type};
use crate::records::Kind;
use crate::words::{Words, words};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Which of the two languages a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    const fn of(self, words: Words) -> &'static str {
        match self {
            Self::Zh => words.zh,
            Self::En => words.en,
        }
    }
}

/// Every generated file: its path below the folder of the specification, and its text.
pub fn files() -> Vec<(String, String)> {
    let mut files = vec![
        ("records.md".to_owned(), tables(Language::En)),
        ("records.zh-CN.md".to_owned(), tables(Language::Zh)),
        ("errors.md".to_owned(), errors::tables(Language::En)),
        ("errors.zh-CN.md".to_owned(), errors::tables(Language::Zh)),
    ];
    let from_phones = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.is_from_phones());
    files.extend(from_phones.map(|kind| {
        let text = format!("{:#}\n", schema(kind));
        (format!("schemas/{}.json", kind.as_str()), text)
    }));
    files
}

/// The JSON Schema (2020-12) of `set` in a mutation that creates a record of `kind`.
///
/// Members that it does not name are allowed: the server keeps them and returns them.
pub fn schema(kind: Kind) -> Value {
    let written = || {
        kind.fields()
            .iter()
            .filter(|field| !field.is_server_owned())
    };
    let properties: Map<String, Value> = written()
        .map(|field| (field.name.to_owned(), property(field)))
        .collect();
    let required: Vec<_> = written()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:tepai:schema:{}", kind.as_str()),
        "title": kind.label().en,
        "description": kind.label().zh,
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": true,
    })
}

fn property(field: &Field) -> Value {
    let mut property = shape(field.kind);
    if let Value::Object(members) = &mut property {
        members.insert("title".to_owned(), field.label.en.into());
        members.insert("description".to_owned(), field.label.zh.into());
        members.insert("x-merge-class".to_owned(), json!(field.class));
    }
    property
}

fn shape(kind: Type) -> Value {
    let catalogue_code = || json!({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,32}$"});
    let list = |items: Value, count: usize| json!({"type": "array", "items": items, "maxItems": count, "uniqueItems": true});
    match kind {
        Type::Id => json!({"type": "string", "format": "uuid"}),
        Type::IdSet(count) => list(json!({"type": "string", "format": "uuid"}), count),
        Type::Village => json!({"type": "string", "pattern": "^[0-9]{12}$"}),
        Type::Township => json!({"type": "string", "pattern": "^[0-9]{9}$"}),
        Type::Date => json!({"type": "string", "format": "date"}),
        Type::Instant => json!({"type": "integer", "x-unit": "milliseconds since 1970-01-01 UTC"}),
        Type::Code(list) => {
            json!({"type": "string", "enum": list.codes.iter().map(|code| code.code).collect::<Vec<_>>()})
        }
        Type::CodeSet(of, count) => list(shape(Type::Code(of)), count),
        Type::CatalogueCode => catalogue_code(),
        Type::CatalogueCodeSet(count) => list(catalogue_code(), count),
        Type::Season => {
            json!({"type": "string", "pattern": "^(20[0-9]{2}|2100)(-(spring|summer|autumn|winter))?$"})
        }
        Type::Text(chars) => json!({"type": "string", "minLength": 1, "maxLength": chars}),
        Type::TextSet { count, chars } => list(
            json!({"type": "string", "minLength": 1, "maxLength": chars}),
            count,
        ),
        Type::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Type::Flag => json!({"type": "boolean"}),
        Type::Position => json!({
            "type": "object",
            "required": ["lat", "lon", "datum"],
            "properties": {
                "lat": {"type": "number", "minimum": -90, "maximum": 90},
                "lon": {"type": "number", "minimum": -180, "maximum": 180},
                "datum": shape(Type::Code(&codes::DATUM)),
                "accuracy_m": {"type": "integer", "minimum": 0},
                "taken_at": shape(Type::Instant),
                "source": shape(Type::Code(&codes::POSITION_SOURCE)),
                "is_mocked": {"type": "boolean"},
            },
        }),
        Type::Sha256 => json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
    }
}

/// The tables of all kinds and code lists as Markdown.
fn tables(language: Language) -> String {
    let say = |zh, en| language.of(words(zh, en));
    let mut text = String::new();
    let head = say(
        "# 记录与代码表\n\n由字段表生成（`make gen`），请勿手改。字段名、代码是稳定的；未列出的字段，服务器原样保留并返回。\n",
        "# Records and code lists\n\nGenerated from the tables of fields (`make gen`); do not edit. Names and codes are stable. The server keeps and returns fields that are not listed here.\n",
    );
    text.push_str(head);
    text.push_str(say("\n## 合并规则\n\n", "\n## Merge classes\n\n"));
    text.push_str(say(
        "| 类别 | 规则 |\n|---|---|\n",
        "| class | rule |\n|---|---|\n",
    ));
    for class in CLASSES {
        let _ = writeln!(text, "| `{}` | {} |", name(class), language.of(rule(class)));
    }
    for &kind in Kind::ALL {
        table(&mut text, kind, language);
    }
    text.push_str(say("\n# 代码表\n", "\n# Code lists\n"));
    for list in codes::ALL {
        code_table(&mut text, list, language);
    }
    text
}

const CLASSES: [Class; 6] = [
    Class::Immutable,
    Class::Authority,
    Class::LatestEdit,
    Class::Set,
    Class::Measure,
    Class::StateMachine,
];

const fn name(class: Class) -> &'static str {
    match class {
        Class::Immutable => "immutable",
        Class::Authority => "authority",
        Class::LatestEdit => "latest_edit",
        Class::Set => "set",
        Class::Measure => "measure",
        Class::StateMachine => "state_machine",
    }
}

const fn rule(class: Class) -> Words {
    match class {
        Class::Immutable => words(
            "创建时确定；之后的另一个值不采用，作为冲突保留，同一变更的其他字段照常生效。",
            "Fixed at creation. A later other value is not taken and is kept as a conflict; the rest of the mutation applies.",
        ),
        Class::Authority => words(
            "只由服务器写入；手机不能提交。",
            "Written by the server alone; a phone cannot push it.",
        ),
        Class::LatestEdit => words(
            "没有并发修改时直接采用；并发时角色高者优先，其次校正后的编辑时间较晚者，再次设备号与序号；落选的值保留为冲突，可撤回。",
            "Without a concurrent change it is taken. Of concurrent values the higher role wins, then the later corrected edit time, then device id, generation and counter; the losing value is kept as a conflict that can be undone.",
        ),
        Class::Set => words(
            "按元素增删合并：两人的增删都算数。",
            "Merged element by element: additions and removals of both count.",
        ),
        Class::Measure => words(
            "与 latest_edit 相同，并标记复核；从不相加。",
            "Decided as latest_edit and flagged for review; never summed.",
        ),
        Class::StateMachine => words(
            "只通过命令改变（提交、撤回、审核）。",
            "Changed by commands alone (submit, withdraw, review).",
        ),
    }
}

fn table(text: &mut String, kind: Kind, language: Language) {
    let say = |zh, en| language.of(words(zh, en));
    let _ = writeln!(
        text,
        "\n## `{}` {}\n",
        kind.as_str(),
        language.of(kind.label())
    );
    if !kind.is_from_phones() {
        text.push_str(say("只由服务器写入。\n", "Written by the server alone.\n"));
    }
    if let Some((field, parent)) = kind.parent() {
        let _ = match language {
            Language::Zh => writeln!(
                text,
                "属于 `{}`（字段 `{field}`）；上级未到时暂挂（held）。",
                parent.as_str()
            ),
            Language::En => writeln!(
                text,
                "Belongs to a `{}` (`{field}`); held until that arrives.",
                parent.as_str()
            ),
        };
    }
    if let Some(field) = kind.date_field() {
        let _ = match language {
            Language::Zh => writeln!(text, "按 `{field}` 计入时段。"),
            Language::En => writeln!(text, "Falls into a period by `{field}`."),
        };
    }
    text.push_str(say(
        "\n| 字段 | 含义 | 类型 | 必填 | 合并 |\n|---|---|---|---|---|\n",
        "\n| field | meaning | type | mandatory | merge |\n|---|---|---|---|---|\n",
    ));
    for field in kind.fields() {
        let required = if field.required {
            say("是", "yes")
        } else {
            ""
        };
        let (label, shape) = (language.of(field.label), spelled(field.kind, language));
        let _ = writeln!(
            text,
            "| `{}` | {label} | {shape} | {required} | `{}` |",
            field.name,
            name(field.class)
        );
    }
}

fn spelled(kind: Type, language: Language) -> String {
    let say = |zh: &str, en: &str| {
        if language == Language::Zh {
            zh.to_owned()
        } else {
            en.to_owned()
        }
    };
    match kind {
        Type::Id => "UUID".to_owned(),
        Type::IdSet(count) => say(
            &format!("UUID 集合，最多 {count} 个"),
            &format!("set of at most {count} UUIDs"),
        ),
        Type::Village => say("12 位村级代码", "12-digit village code"),
        Type::Township => say("9 位乡镇代码", "9-digit township code"),
        Type::Date => say("当地日期 `YYYY-MM-DD`", "local date `YYYY-MM-DD`"),
        Type::Instant => say("1970 UTC 起的毫秒数", "milliseconds since 1970 UTC"),
        Type::Code(list) => say(
            &format!("代码表 [`{0}`](#{0})", list.name),
            &format!("code of [`{0}`](#{0})", list.name),
        ),
        Type::CodeSet(list, count) => say(
            &format!("代码表 [`{0}`](#{0}) 的集合，最多 {count} 个", list.name),
            &format!("set of at most {count} codes of [`{0}`](#{0})", list.name),
        ),
        Type::CatalogueCode => say(
            "技术编码（1-32 位 `A-Z a-z 0-9 . _ -`）",
            "catalogue code: 1 to 32 of `A-Z a-z 0-9 . _ -`",
        ),
        Type::CatalogueCodeSet(count) => say(
            &format!("技术编码集合，最多 {count} 个"),
            &format!("set of at most {count} catalogue codes"),
        ),
        Type::Season => say(
            "季：`2026` 或 `2026-spring`、`-summer`、`-autumn`、`-winter`",
            "season: `2026`, or `2026-spring`, `-summer`, `-autumn`, `-winter`",
        ),
        Type::Text(chars) => say(
            &format!("文字，最多 {chars} 字"),
            &format!("text of at most {chars} characters"),
        ),
        Type::TextSet { count, chars } => say(
            &format!("文字集合，最多 {count} 项，每项 {chars} 字"),
            &format!("set of at most {count} texts of at most {chars} characters"),
        ),
        Type::Integer { min, max } => say(
            &format!("整数 {min} 至 {max}"),
            &format!("integer {min} to {max}"),
        ),
        Type::Flag => say("是或否", "true or false"),
        Type::Position => say(
            "位置：`lat`、`lon`（度）、`datum`，可带 `accuracy_m`、`taken_at`、`source`、`is_mocked`",
            "position: `lat`, `lon` in degrees, `datum`; perhaps `accuracy_m`, `taken_at`, `source`, `is_mocked`",
        ),
        Type::Sha256 => say(
            "SHA-256，64 位小写十六进制",
            "SHA-256, 64 lower-case hexadecimal digits",
        ),
    }
}

fn code_table(text: &mut String, list: &CodeList, language: Language) {
    let head = language.of(words(
        "| 代码 | 中文 | 英文 |",
        "| code | Chinese | English |",
    ));
    let _ = writeln!(text, "\n## `{}`\n\n{head}\n|---|---|---|", list.name);
    for code in list.codes {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            code.code, code.label.zh, code.label.en
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_every_kind_is_in_both_languages_and_what_phones_write_is_in_the_schemas() {
        let (en, zh) = (tables(Language::En), tables(Language::Zh));
        for &kind in Kind::ALL {
            let schema = schema(kind);
            for field in kind.fields() {
                for text in [&en, &zh] {
                    assert!(
                        text.contains(&format!("| `{}` |", field.name)),
                        "{kind:?} {}",
                        field.name
                    );
                }
                let written = schema["properties"].get(field.name).is_some();
                assert_eq!(written, !field.is_server_owned(), "{kind:?} {}", field.name);
            }
        }
    }

    #[test]
    fn a_schema_asks_for_what_validation_asks_for() {
        let schema = schema(Kind::Visit);
        let required = schema["required"].as_array().unwrap();
        assert_eq!(required.len(), 5, "{required:?}");
        assert_eq!(schema["properties"]["content"]["maxLength"], 4000);
        assert_eq!(schema["properties"]["participant_ids"]["maxItems"], 30);
        assert_eq!(schema["properties"]["mode"]["x-merge-class"], "latest_edit");
    }
}
