//! Every class of bad input by an example, and two laws: nothing panics, and what is right passes and can be read.

use crate::Fields;
use crate::field::{Class, Type};
use crate::merge_laws::{any_json, any_name};
use crate::mutation::Operation;
use crate::problem::{ErrorCode, FieldProblem, MutationProblem};
use crate::records::{
    Adoption, AdoptionReport, Beneficiary, Bulletin, ConflictNote, DemoBase, Feedback, FollowUp,
    Kind, Photo, Receipt, Record, Site, TechniqueEntry, TrainingSession, VillageEntry, Visit,
};
use crate::testing::{ANN, Edit, TODAY, cases, created, id};
use crate::validate::{check_value, commands, validate};
use jiff::civil::{Date, date};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// The problem of an edit that must have one. Whatever it is, it says where, what and why in both languages.
#[track_caller]
fn problem(edit: &Edit) -> MutationProblem {
    let problem = validate(&edit.mutation, TODAY).unwrap_err();
    assert!(!problem.title.zh.is_empty() && !problem.title.en.is_empty());
    for FieldProblem {
        pointer, message, ..
    } in &problem.errors
    {
        assert!(pointer.starts_with('/'), "{pointer}");
        assert!(
            !message.zh.is_empty() && message.zh.len() < 500,
            "{message:?}"
        );
        assert!(
            !message.en.is_empty() && message.en.len() < 500,
            "{message:?}"
        );
    }
    problem
}

/// The only wrong field of an edit: where and what.
#[track_caller]
fn wrong(edit: &Edit) -> (String, ErrorCode) {
    let problem = problem(edit);
    let [error] = &problem.errors[..] else {
        panic!("{problem:?}")
    };
    (error.pointer.clone(), error.code)
}

/// What is wrong with a visit that is right but for `field`.
#[track_caller]
fn wrong_value(field: &str, value: Value) -> ErrorCode {
    let (pointer, code) = wrong(&ANN.creates(Kind::Visit).set(field, value));
    assert!(pointer.starts_with(&format!("/set/{field}")), "{pointer}");
    code
}

#[track_caller]
fn is_right(edit: &Edit) {
    assert_eq!(validate(&edit.mutation, TODAY), Ok(edit.kind));
}

#[test]
fn the_samples_are_right() {
    for kind in [
        Kind::Visit,
        Kind::AdoptionReport,
        Kind::Site,
        Kind::Photo,
        Kind::DemoBase,
    ] {
        is_right(&ANN.creates(kind));
    }
}

#[test]
fn a_value_of_another_type_is_wrong_in_every_field() {
    let values = [
        json!(true),
        json!(-0.5),
        json!("\u{7f}"),
        json!([{}]),
        json!({ "a": [1] }),
    ];
    for field in Kind::ALL.iter().flat_map(|kind| kind.fields()) {
        for value in &values {
            let takes_it = matches!(field.kind, Type::Flag) && value.is_boolean();
            let error = check_value(field, value, "/set/x", TODAY);
            assert_eq!(error.is_none(), takes_it, "{}: {value}", field.name);
        }
        assert_eq!(
            check_value(field, &Value::Null, "/set/x", TODAY).map(|error| error.code),
            field.required.then_some(ErrorCode::Required),
        );
    }
}

#[test]
fn absurd_numbers_are_no_integers_or_out_of_range() {
    use ErrorCode::{OutOfRange, WrongType};
    for (json, code) in [
        ("1e308", WrongType),
        ("-0", WrongType),
        ("1.0", WrongType),
        ("3.7", WrongType),
        ("123456789012345678901234567890", WrongType),
        ("\"7\"", WrongType),
        ("18446744073709551615", OutOfRange),
        ("9223372036854775807", OutOfRange),
        ("-9223372036854775808", OutOfRange),
        ("-1", OutOfRange),
        ("100001", OutOfRange),
    ] {
        assert_eq!(
            wrong_value("leaflets", serde_json::from_str(json).unwrap()),
            code,
            "{json}"
        );
    }
    is_right(&ANN.creates(Kind::Visit).set("leaflets", 0));
    is_right(&ANN.creates(Kind::Visit).set("leaflets", 100_000));
}

#[test]
fn dates_are_plain_and_near() {
    use ErrorCode::{OutOfRange, WrongType};
    for (text, code) in [
        ("0000-01-01", OutOfRange),
        ("9999-12-31", OutOfRange),
        ("1999-12-31", OutOfRange),
        ("2027-04-17", OutOfRange),
        ("-0001-01-01", WrongType),
        ("-000001-01-01", WrongType),
        ("2026-02-30", WrongType),
        ("2026-02-29", WrongType),
        ("2026-3-28", WrongType),
        ("2026-03-28T00:00", WrongType),
        ("20260328", WrongType),
        ("20260328[]", WrongType),
        (" 2026-03-28", WrongType),
        ("28/03/2026", WrongType),
        ("２０２６-03-28", WrongType),
        ("", WrongType),
    ] {
        assert_eq!(wrong_value("service_from", json!(text)), code, "{text}");
    }
    for text in ["2000-01-01", "2024-02-29", "2027-04-16"] {
        is_right(&ANN.creates(Kind::Visit).set("service_from", text));
    }
    // Even at the end of time, the latest date is one.
    let field = Kind::Visit.field("service_from").unwrap();
    assert_eq!(
        check_value(field, &json!("9999-12-31"), "/set/x", Date::MAX),
        None
    );
}

#[test]
fn a_visit_ends_after_it_starts_and_within_31_days() {
    let span = |to: &str| ANN.creates(Kind::Visit).set("service_to", to);
    assert_eq!(
        wrong(&span("2026-03-27")),
        ("/set/service_to".into(), ErrorCode::EndsBeforeStart)
    );
    assert_eq!(
        wrong(&span("2026-04-28")),
        ("/set/service_to".into(), ErrorCode::OutOfRange)
    );
    is_right(&span("2026-03-28"));
    is_right(&span("2026-04-27"));
    let patch = ANN
        .patches(1)
        .set("service_from", "2026-03-28")
        .set("service_to", "2026-03-27");
    assert_eq!(wrong(&patch).1, ErrorCode::EndsBeforeStart);
}

#[test]
fn a_text_is_neither_empty_nor_endless_nor_unprintable() {
    use ErrorCode::{ControlCharacter, Empty, TooLong};
    for (text, code) in [
        (String::new(), Empty),
        (" \t\r\n\u{3000}".into(), Empty),
        ("\u{200b}\u{feff}\u{202e}".into(), Empty),
        ("字".repeat(4001), TooLong),
        ("x".repeat(1_000_000), TooLong),
        ("nul \0".into(), ControlCharacter),
        ("bell \u{7}".into(), ControlCharacter),
        ("next line \u{85}".into(), ControlCharacter),
        ("no XML holds \u{ffff}".into(), ControlCharacter),
    ] {
        assert_eq!(wrong_value("content", json!(text)), code, "{text:.20}");
    }
    for text in [
        "字".repeat(4000),
        " 两行\n\t文字 ".into(),
        "👨‍👩‍👧 𠮷".into(),
        "<script>'; DROP".into(),
    ] {
        is_right(&ANN.creates(Kind::Visit).set("content", text));
    }
    assert_eq!(wrong_value("variety_names", json!(["ok", " "])), Empty);
}

#[test]
fn codes_ids_and_places_have_one_spelling() {
    use ErrorCode::{UnknownCode, WrongType};
    let (lower, upper) = (format!("{:x}", id(171)), format!("{:X}", id(171)));
    for (field, value, code) in [
        ("mode", json!("HOUSEHOLD"), UnknownCode),
        ("mode", json!("入户"), UnknownCode),
        ("mode", json!(1), WrongType),
        ("village_code", json!("421083"), WrongType),
        ("village_code", json!("42108310020１"), WrongType),
        ("village_code", json!(421_083_100_201_i64), WrongType),
        ("participant_ids", json!([upper]), WrongType),
        (
            "participant_ids",
            json!([lower.replace('-', "")]),
            WrongType,
        ),
        (
            "participant_ids",
            json!([format!("{{{lower}}}")]),
            WrongType,
        ),
        ("participant_ids", json!([null]), WrongType),
        ("participant_ids", json!(lower), WrongType),
        ("technique_codes", json!(["A B"]), WrongType),
        ("technique_codes", json!([""]), WrongType),
        ("technique_codes", json!(["x".repeat(33)]), WrongType),
    ] {
        assert_eq!(wrong_value(field, value.clone()), code, "{field}: {value}");
    }
    is_right(
        &ANN.creates(Kind::Visit)
            .set("participant_ids", json!([lower])),
    );
    for season in [
        "26",
        "2026-",
        "2026-Spring",
        "+202",
        "1999",
        "2101",
        "2026-spring-",
        "２０２６",
    ] {
        let report = ANN.creates(Kind::AdoptionReport).set("season", season);
        assert_eq!(
            wrong(&report),
            ("/set/season".into(), WrongType),
            "{season}"
        );
    }
    for sha in ["A".repeat(64), "a".repeat(63), "g".repeat(64)] {
        assert_eq!(
            wrong(&ANN.creates(Kind::Photo).set("sha256", sha)).1,
            WrongType
        );
    }
}

#[test]
fn a_position_is_on_earth_in_a_datum_that_is_known() {
    use ErrorCode::{OutOfRange, UnknownCode, WrongType};
    let right =
        json!({ "lat": 29.8, "lon": 113, "datum": "gcj02", "accuracy_m": 12, "source": "gnss" });
    is_right(&ANN.creates(Kind::Visit).set("check_in", right.clone()));
    for (member, value, code) in [
        ("lat", json!(90.1), OutOfRange),
        ("lat", json!(-1e308), OutOfRange),
        ("lon", json!(180.000_1), OutOfRange),
        ("lat", json!("29.8"), WrongType),
        ("lat", json!(null), WrongType),
        ("lat", json!("NaN"), WrongType),
        ("datum", json!("WGS84"), UnknownCode),
        ("datum", json!(null), WrongType),
        ("accuracy_m", json!(-1), WrongType),
        ("accuracy_m", json!(4_294_967_296_i64), WrongType),
        ("source", json!("guess"), UnknownCode),
        ("taken_at", json!(i64::MIN), OutOfRange),
        ("taken_at", json!(i64::MAX), OutOfRange),
        ("is_mocked", json!("no"), WrongType),
    ] {
        let mut position = right.clone();
        position[member] = value.clone();
        assert_eq!(wrong_value("check_in", position), code, "{member}: {value}");
    }
    let in_a_row = json!([29.8, 113.0, "gcj02"]);
    let noisy = json!({ "x".repeat(60_000): "\0" });
    for value in [in_a_row, noisy, json!({}), json!("29.8,113.0")] {
        assert_eq!(wrong_value("check_in", value), WrongType);
    }
}

#[test]
fn sets_have_a_limit_and_are_changed_by_their_elements() {
    use ErrorCode::{TooMany, UseAddRemove, WrongType};
    let codes = |count: usize| (0..count).map(|n| format!("T{n}")).collect::<Vec<_>>();
    assert_eq!(wrong_value("technique_codes", json!(codes(51))), TooMany);
    assert_eq!(
        wrong_value("technique_codes", json!(codes(10_000))),
        TooMany
    );
    let more = codes(51).into_iter().fold(ANN.patches(1), |edit, code| {
        edit.add("technique_codes", code)
    });
    assert_eq!(wrong(&more), ("/add/technique_codes".into(), TooMany));
    let full = ANN
        .creates(Kind::Visit)
        .set("technique_codes", json!(codes(50)));
    is_right(&full);
    let overfull = full.add("technique_codes", "more");
    assert_eq!(wrong(&overfull), ("/set/technique_codes".into(), TooMany));
    let replaced = ANN.patches(1).set("technique_codes", json!(["T1"]));
    assert_eq!(
        wrong(&replaced),
        ("/set/technique_codes".into(), UseAddRemove)
    );
    is_right(&ANN.patches(1).set("technique_codes", Value::Null));
    is_right(
        &ANN.patches(1)
            .unset("technique_codes")
            .add("technique_codes", "T1"),
    );
    assert_eq!(
        wrong(&ANN.patches(1).add("content", "x")),
        ("/add/content".into(), WrongType)
    );
    let element = ANN.patches(1).remove("technique_codes", json!({ "a": 1 }));
    assert_eq!(
        wrong(&element),
        ("/remove/technique_codes/0".into(), WrongType)
    );
}

#[test]
fn what_is_mandatory_can_neither_be_left_out_nor_be_taken_away() {
    for field in Kind::Visit.fields().iter().filter(|field| field.required) {
        let mut without = ANN.creates(Kind::Visit);
        without.mutation.set.remove(field.name);
        let missing = (format!("/set/{}", field.name), ErrorCode::Required);
        assert_eq!(wrong(&without), missing);
        assert!(
            problem(&without).errors[0]
                .message
                .zh
                .contains(field.label.zh)
        );
        assert_eq!(
            wrong(&ANN.creates(Kind::Visit).set(field.name, Value::Null)),
            missing
        );
        assert_eq!(wrong(&ANN.patches(1).set(field.name, Value::Null)), missing);
        let taken_away = (0..5000).fold(ANN.patches(1), |edit, _| edit.unset(field.name));
        let unset = format!("/unset/{}", field.name);
        assert_eq!(wrong(&taken_away), (unset, ErrorCode::CannotUnset));
    }
    is_right(
        &ANN.patches(1)
            .set("paper_ref", Value::Null)
            .unset("problem_found"),
    );
    is_right(&ANN.patches(1));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let edit = ANN
        .creates(Kind::Visit)
        .set("mode", 1)
        .set("leaflets", -1)
        .set("content", "");
    let pointers: Vec<_> = problem(&edit)
        .errors
        .into_iter()
        .map(|error| error.pointer)
        .collect();
    assert_eq!(pointers, ["/set/content", "/set/leaflets", "/set/mode"]);
}

#[test]
fn what_the_server_owns_cannot_be_pushed_by_any_way() {
    let from_phones = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.is_from_phones());
    let fields = from_phones.flat_map(|kind| kind.fields().iter().map(move |field| (kind, field)));
    for (kind, field) in fields.filter(|(_, field)| field.is_server_owned()) {
        let patch = || ANN.patches(1).of(kind);
        for (member, edit) in [
            ("set", patch().set(field.name, "approved")),
            ("set", patch().set(field.name, Value::Null)),
            ("unset", patch().unset(field.name)),
            ("add", patch().add(field.name, "x")),
            ("remove", patch().remove(field.name, "x")),
        ] {
            let code = ErrorCode::ServerOwnedField;
            assert_eq!(wrong(&edit), (format!("/{member}/{}", field.name), code));
            assert_eq!(problem(&edit).code, code);
        }
    }
    for kind in Kind::ALL
        .iter()
        .copied()
        .filter(|kind| !kind.is_from_phones())
    {
        assert_eq!(
            problem(&ANN.patches(1).of(kind)).code,
            ErrorCode::ServerKind
        );
    }
    let reserved = problem(&ANN.patches(1).set("$deleted", true));
    assert_eq!(reserved.code, ErrorCode::MalformedMutation);
}

#[test]
fn unknown_fields_pass_unless_they_are_huge_or_no_database_holds_them() {
    is_right(
        &ANN.patches(1)
            .set("x_new", json!({"a": [null, "\u{1}"]}))
            .add("x_set", 1)
            .unset("x"),
    );
    let in_sum = ANN
        .patches(1)
        .set("x_a", "x".repeat(9000))
        .add("x_b", "x".repeat(9000));
    assert_eq!(wrong(&in_sum), ("/set".into(), ErrorCode::TooLong));
    let in_names = (0..3).fold(ANN.patches(1), |edit, n| edit.set(&"x".repeat(6000 + n), 1));
    assert_eq!(wrong(&in_names).1, ErrorCode::TooLong);
    for nul in [
        json!("\0"),
        json!(["\0"]),
        json!({ "\0": 1 }),
        json!({ "a": ["\0"] }),
    ] {
        assert_eq!(
            wrong(&ANN.patches(1).set("x", nul)),
            ("/set".into(), ErrorCode::ControlCharacter)
        );
    }
    for edit in [ANN.patches(1).set("\0", 1), ANN.patches(1).unset("a\u{7}")] {
        assert_eq!(problem(&edit).code, ErrorCode::MalformedMutation);
    }
}

#[test]
fn unknown_kinds_and_commands_and_negative_counters_are_named() {
    let mut edit = ANN.patches(1);
    for kind in ["", "Visit", "visits", "v\0isit"] {
        kind.clone_into(&mut edit.mutation.kind);
        assert_eq!(problem(&edit).code, ErrorCode::UnknownKind);
    }
    for name in ["approve", "", "accept_conflict"] {
        assert_eq!(problem(&ANN.commands(name)).code, ErrorCode::UnknownCommand);
    }
    let unnamed = ANN.edit(Operation::Command, Kind::Site, Some(1));
    assert_eq!(problem(&unnamed).code, ErrorCode::UnknownCommand);
    for &kind in Kind::ALL {
        for name in commands(kind) {
            is_right(&ANN.commands(name).of(kind));
        }
    }
    assert_eq!(wrong(&ANN.patches(1).n(-1)).0, "/n");
    assert_eq!(wrong(&ANN.patches(-1)).0, "/base");
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn whatever_is_set_validation_does_not_panic(
        fields in vec((any_name(), any_json()), 0..6),
        values in vec(any_json(), 4),
        today in select(vec![TODAY, Date::MIN, Date::MAX]),
    ) {
        for &kind in Kind::ALL {
            for op in [Operation::Create, Operation::Patch, Operation::Undelete] {
                let mut edit = ANN.edit(op, kind, Some(0));
                edit.mutation.set = fields.iter().cloned().collect();
                let known = kind.fields().iter().zip(values.iter().cycle());
                edit.mutation.set.extend(known.map(|(field, value)| (field.name.to_owned(), value.clone())));
                edit.mutation.add = fields.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
                let _ = validate(&edit.mutation, today);
            }
        }
    }

    #[test]
    fn a_record_by_the_field_table_is_right_and_reads_into_its_struct(
        (kind, fields) in select(Kind::ALL.to_vec()).prop_flat_map(|kind| (Just(kind), record(kind))),
    ) {
        if kind.is_from_phones() {
            let mut edit = ANN.edit(Operation::Create, kind, None);
            edit.mutation.set = fields.clone();
            edit.mutation.set.retain(|name, _| !kind.field(name).unwrap().is_server_owned());
            prop_assert_eq!(validate(&edit.mutation, TODAY), Ok(kind));
            let state = created(&edit);
            prop_assert_eq!(crate::merge::check_merged(&state), None);
            prop_assert_eq!(read_and_write(kind, &state.fields), sorted(state.fields));
        }
        for field in kind.fields() {
            let error = fields.get(field.name).and_then(|value| check_value(field, value, "/set/x", TODAY));
            prop_assert_eq!(error, None);
        }
        prop_assert_eq!(read_and_write(kind, &fields), sorted(fields));
    }
}

/// All fields of a record, each with any value that its type allows.
fn record(kind: Kind) -> impl Strategy<Value = Fields> {
    let fields = kind.fields().iter().map(|field| {
        let is_there = prop::bool::weighted(0.8).prop_map(|is_there| is_there || field.required);
        let member = right_value(&field.kind).prop_map(|value| (field.name.to_owned(), value));
        (is_there, member).prop_map(|(is_there, member)| Some(member).filter(|_| is_there))
    });
    fields.collect::<Vec<_>>().prop_map(|fields| {
        let mut fields: Fields = fields.into_iter().flatten().collect();
        if fields.contains_key("service_to") {
            fields.insert("service_to".into(), fields["service_from"].clone());
        }
        fields
    })
}

fn right_value(kind: &Type) -> BoxedStrategy<Value> {
    let uuid = || any::<u128>().prop_map(|n| json!(uuid::Uuid::from_u128(n)));
    let code = || "[A-Za-z0-9._-]{1,32}".prop_map(Value::from);
    let text = |chars: usize| {
        format!(
            "[\\p{{Han}}a-z]([^\\p{{Cc}}\\u{{fffe}}\\u{{ffff}}]|\\n){{0,{}}}",
            chars.min(40) - 1
        )
    };
    let text = |chars| {
        proptest::string::string_regex(&text(chars))
            .unwrap()
            .prop_map(Value::from)
    };
    match *kind {
        Type::Id => uuid().boxed(),
        Type::IdSet(count) => set(uuid().boxed(), count),
        Type::Village => "[0-9]{12}".prop_map(Value::from).boxed(),
        Type::Township => "[0-9]{9}".prop_map(Value::from).boxed(),
        Type::Date => (0..9000_i64)
            .prop_map(|n| json!(date(2000, 1, 1) + jiff::Span::new().days(n)))
            .boxed(),
        Type::Instant => (0..253_402_300_799_999_i64).prop_map(Value::from).boxed(),
        Type::Code(list) => select(list.codes)
            .prop_map(|entry| json!(entry.code))
            .boxed(),
        Type::CodeSet(list, count) => set(
            select(list.codes)
                .prop_map(|entry| json!(entry.code))
                .boxed(),
            count,
        ),
        Type::CatalogueCode => code().boxed(),
        Type::CatalogueCodeSet(count) => set(code().boxed(), count),
        Type::Season => "20[0-9]{2}(-(spring|summer|autumn|winter))?"
            .prop_map(Value::from)
            .boxed(),
        Type::Text(chars) => text(chars).boxed(),
        Type::TextSet { count, chars } => set(text(chars).boxed(), count),
        Type::Integer { min, max } => (min..=max).prop_map(Value::from).boxed(),
        Type::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Type::Position => (
            -90.0..=90.0,
            -180.0..=180.0,
            select(crate::codes::DATUM.codes),
        )
            .prop_map(|(lat, lon, datum)| json!({ "lat": lat, "lon": lon, "datum": datum.code }))
            .boxed(),
        Type::Sha256 => "[0-9a-f]{64}".prop_map(Value::from).boxed(),
    }
}

fn set(element: BoxedStrategy<Value>, count: usize) -> BoxedStrategy<Value> {
    let texts = element.prop_map(|value| value.as_str().unwrap().to_owned());
    btree_set(texts, 0..=count.min(5))
        .prop_map(|elements| json!(elements))
        .boxed()
}

fn read_and_write(kind: Kind, fields: &Fields) -> Fields {
    fn through<R: Record>(fields: &Fields) -> Fields {
        R::read(fields).write()
    }
    sorted(match kind {
        Kind::Visit => through::<Visit>(fields),
        Kind::AdoptionReport => through::<AdoptionReport>(fields),
        Kind::Adoption => through::<Adoption>(fields),
        Kind::Beneficiary => through::<Beneficiary>(fields),
        Kind::Site => through::<Site>(fields),
        Kind::Photo => through::<Photo>(fields),
        Kind::DemoBase => through::<DemoBase>(fields),
        Kind::FollowUp => through::<FollowUp>(fields),
        Kind::Feedback => through::<Feedback>(fields),
        Kind::TrainingSession => through::<TrainingSession>(fields),
        Kind::Technique => through::<TechniqueEntry>(fields),
        Kind::Village => through::<VillageEntry>(fields),
        Kind::Conflict => through::<ConflictNote>(fields),
        Kind::Bulletin => through::<Bulletin>(fields),
        Kind::Receipt => through::<Receipt>(fields),
    })
}

/// With the elements of every set in one order.
fn sorted(mut fields: Fields) -> Fields {
    for elements in fields.values_mut().filter_map(Value::as_array_mut) {
        elements.sort_by_key(|element| element.as_str().map(str::to_owned));
    }
    fields
}

#[test]
fn every_set_has_a_limit_and_every_limited_field_is_a_set() {
    for field in Kind::ALL.iter().flat_map(|kind| kind.fields()) {
        let is_set_type = crate::validate::set_limit(field).is_some();
        let is_set = field.class == Class::Set || field.class == Class::Authority && is_set_type;
        assert_eq!(is_set, is_set_type, "{}", field.name);
    }
}
