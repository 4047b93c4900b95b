//! Imports: what a table brings, that a second run changes nothing, that a rehearsal keeps nothing, and what phones
//! hear of it.

use axum::http::{Method, header};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tepai_app::identity::accounts::{self, Manager, NewAccount};
use tepai_app::identity::sign_in::sign_in;
use tepai_app::imports::{
    ImportReport, aliases, divisions, roster, techniques, villages as profiles,
};
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_domain::settings::Setting;
use tepai_store::StoreError;
use tepai_store::divisions::resolve_village;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_tests::world::{COUNTY, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_data_set_is_imported_county_by_county_and_goes_on_where_it_was_interrupted,
    one_county_is_imported_from_uploaded_files,
    a_rehearsal_reports_all_and_keeps_nothing,
    a_roster_makes_people_who_can_work_and_repeats_without_effect,
    techniques_and_profiles_reach_the_phones_once,
    a_merged_village_is_followed_to_its_successor,
    the_real_county_is_imported_whole,
    the_office_imports_over_http_and_bad_uploads_are_refused_by_code,
    settings_are_read_and_changed_over_http_with_their_history,
);

/// Counties of two townships of three villages each, and one county without any.
fn data_set(directory: &Path, counties: &[&str]) {
    let mut areas = "code,name,cityCode,provinceCode\n990999,\"空县\",9909,99\n".to_owned();
    let mut streets = "code,name,areaCode,provinceCode,cityCode\n".to_owned();
    let mut rows = "code,name,streetCode,provinceCode,cityCode,areaCode\n".to_owned();
    for county in counties {
        let (province, city) = (&county[..2], &county[..4]);
        areas += &format!("{county},\"县{county}\",{city},{province}\n");
        for township in ["100", "200"].map(|part| format!("{county}{part}")) {
            streets += &format!("{township},\"镇{township}\",{county},{province},{city}\n");
            for village in ["001", "201", "202"].map(|part| format!("{township}{part}")) {
                rows +=
                    &format!("{village},\"村{village}\",{township},{province},{city},{county}\n");
            }
        }
    }
    for (name, text) in [
        ("areas.csv", areas),
        ("streets.csv", streets),
        ("villages.csv", rows),
    ] {
        std::fs::write(directory.join(name), text).unwrap();
    }
}

fn county() -> DivisionCode {
    COUNTY.parse().unwrap()
}

fn counts(report: &ImportReport) -> [u64; 4] {
    [
        report.created,
        report.updated,
        report.unchanged,
        report.rejected_rows,
    ]
}

fn csv(text: &str) -> bytes::Bytes {
    bytes::Bytes::from(text.to_owned())
}

async fn import_all(world: &World, directory: &Path, dry_run: bool) -> ImportReport {
    divisions::import_directory(
        &world.app,
        &Manager::Operator,
        directory,
        None,
        dry_run,
        &|_| {},
    )
    .await
    .unwrap()
}

async fn changes(world: &World) -> i64 {
    world
        .number("SELECT CAST(COALESCE(SUM(seq), 0) AS BIGINT) AS number FROM scope")
        .await
}

async fn a_data_set_is_imported_county_by_county_and_goes_on_where_it_was_interrupted(
    world: World,
) {
    let directory = tempfile::tempdir().unwrap();
    data_set(directory.path(), &["990101", "990102", "990103"]);
    let only = Some("990102".parse().unwrap());
    let one = divisions::import_directory(
        &world.app,
        &Manager::Operator,
        directory.path(),
        only,
        false,
        &|_| {},
    )
    .await;
    assert_eq!(counts(&one.unwrap()), [9, 0, 0, 0]);

    let seen = std::sync::Mutex::new(Vec::new());
    let progress = |progress: divisions::ImportProgress| {
        seen.lock()
            .unwrap()
            .push((progress.counties_done, progress.rows_done));
    };
    let rest = divisions::import_directory(
        &world.app,
        &Manager::Operator,
        directory.path(),
        None,
        false,
        &progress,
    )
    .await;
    assert_eq!(counts(&rest.unwrap()), [19, 0, 9, 0]);
    assert_eq!(
        *seen.lock().unwrap(),
        [(0, 0), (1, 9), (2, 18), (3, 27), (4, 28)]
    );

    let before = changes(&world).await;
    assert_eq!(
        counts(&import_all(&world, directory.path(), false).await),
        [0, 0, 28, 0]
    );
    assert_eq!(changes(&world).await, before, "the feeds stand still");

    let path = directory.path().join("villages.csv");
    let text = std::fs::read_to_string(&path)
        .unwrap()
        .replace("村990103200202", "新村");
    let text = text + "990103300201,\"某村\",990103300,99,9901,990103\n99010320020,\"某村\",,,,\n";
    std::fs::write(&path, text).unwrap();
    let report = import_all(&world, directory.path(), false).await;
    assert_eq!(counts(&report), [0, 1, 27, 2]);
    let found: Vec<_> = report
        .rejected
        .iter()
        .map(|one| (one.line, one.code))
        .collect();
    assert_eq!(
        found,
        [(20, ErrorCode::NotFound), (21, ErrorCode::WrongType)]
    );
    assert_eq!(
        changes(&world).await,
        before + 1,
        "one village has a new name"
    );
}

async fn one_county_is_imported_from_uploaded_files(world: World) {
    let directory = tempfile::tempdir().unwrap();
    data_set(directory.path(), &["990101", "990102"]);
    let file = |name: &str| bytes::Bytes::from(std::fs::read(directory.path().join(name)).unwrap());
    let only: DivisionCode = "990101".parse().unwrap();
    let alone = divisions::import_files(
        &world.app,
        &Manager::Operator,
        only.clone(),
        vec![file("villages.csv")],
        false,
    )
    .await
    .unwrap();
    assert_eq!(
        counts(&alone),
        [0, 0, 0, 6],
        "their townships are not there yet"
    );
    let files = ["villages.csv", "areas.csv", "streets.csv"]
        .map(file)
        .to_vec();
    let report =
        divisions::import_files(&world.app, &Manager::Operator, only.clone(), files, false)
            .await
            .unwrap();
    assert_eq!(counts(&report), [9, 0, 0, 0]);
    let other: DivisionCode = "990777".parse().unwrap();
    let none = divisions::import_files(
        &world.app,
        &Manager::Operator,
        other,
        vec![file("villages.csv")],
        false,
    )
    .await;
    assert_eq!(none.unwrap_err().code(), ErrorCode::InvalidInput);
}

async fn a_rehearsal_reports_all_and_keeps_nothing(world: World) {
    let directory = tempfile::tempdir().unwrap();
    data_set(directory.path(), &["990101"]);
    let before = changes(&world).await;
    let divisions_before = world
        .number("SELECT COUNT(*) AS number FROM division")
        .await;
    let report = import_all(&world, directory.path(), true).await;
    assert_eq!((counts(&report), report.dry_run), ([10, 0, 0, 0], true));
    let table = csv("code,name_zh,industry\nT01,三池两坝,水产\n");
    let report = techniques::import(&world.app, &Manager::Operator, county(), table, true)
        .await
        .unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0]);
    let report = roster::import(
        &world.app,
        &Manager::Operator,
        county(),
        csv(&roster_rows()),
        true,
    )
    .await
    .unwrap();
    assert_eq!(counts(&report), [3, 0, 0, 1]);
    for table in ["technique", "account", "commissioner", "assignment", "team"] {
        let sql = format!("SELECT COUNT(*) AS number FROM {table}");
        assert_eq!(world.number(&sql).await, 0, "{table}");
    }
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM division")
            .await,
        divisions_before
    );
    assert_eq!(changes(&world).await, before);
}

/// Two commissioners with three assignments, and one row in a village that does not exist.
fn roster_rows() -> String {
    let all = villages();
    let (one, two) = (&all[0], &all[1]);
    format!(
        "工号,姓名,类型,服务产业,团队编号,团队名称,团长,村代码,派驻开始,派驻结束\n\
         T001,张三,自然人,水产,D1,水产服务团,是,{one},2026-01-01,\n\
         T001,张三,,,,,,{two},2026-01-01,2026-06-30\n\
         T002,李四,自然人,蔬菜,D1,,否,{one},2026-01-01,\n\
         T003,王五,自然人,,,,,{COUNTY}999999,2026-01-01,\n"
    )
}

async fn a_roster_makes_people_who_can_work_and_repeats_without_effect(world: World) {
    let report = roster::import(
        &world.app,
        &Manager::Operator,
        county(),
        csv(&roster_rows()),
        false,
    )
    .await
    .unwrap();
    assert_eq!(counts(&report), [3, 0, 0, 1]);
    let problem = &report.rejected[0];
    assert_eq!(
        (problem.line, problem.column.as_deref()),
        (5, Some("村代码"))
    );
    assert_eq!(problem.code, ErrorCode::UnknownVillage);
    let people = "SELECT COUNT(*) AS number FROM account a JOIN commissioner c ON c.account_id = a.id \
                  WHERE a.role = 'commissioner' AND a.password_hash IS NULL";
    assert_eq!(world.number(people).await, 2);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM team_member")
            .await,
        2
    );
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM assignment")
            .await,
        3
    );

    let again = roster::import(
        &world.app,
        &Manager::Operator,
        county(),
        csv(&roster_rows()),
        false,
    )
    .await
    .unwrap();
    assert_eq!(counts(&again), [0, 0, 3, 1]);
    let changed = roster_rows().replace("2026-06-30", "2026-09-30");
    let changed = roster::import(
        &world.app,
        &Manager::Operator,
        county(),
        csv(&changed),
        false,
    )
    .await
    .unwrap();
    assert_eq!(counts(&changed), [0, 1, 2, 1]);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM assignment")
            .await,
        3
    );

    let nowhere: DivisionCode = "990423".parse().unwrap();
    let refused = roster::import(
        &world.app,
        &Manager::Operator,
        nowhere,
        csv(&roster_rows()),
        false,
    )
    .await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::NotFound);

    // The same staff number in another county is another person, who needs another login name.
    world.found_county("990422").await;
    let other: DivisionCode = "990422".parse().unwrap();
    let rows = "staff_no,name,kind,login\nT001,赵六,person,\nT001,赵六,person,zhaoliu\n";
    let report = roster::import(&world.app, &Manager::Operator, other, csv(rows), false)
        .await
        .unwrap();
    assert_eq!(
        (counts(&report), report.rejected[0].line),
        ([1, 0, 0, 1], 2)
    );
}

async fn techniques_and_profiles_reach_the_phones_once(world: World) {
    let mut phone = world.phone_everywhere().await;
    phone.pull_all(&world.app).await;
    let table =
        "编码,名称,产业,年度\nT01,三池两坝,水产,2025;2026\nT02,水肥一体化,蔬菜,\nT03,,水产,\n";
    let report = techniques::import(&world.app, &Manager::Operator, county(), csv(table), false)
        .await
        .unwrap();
    assert_eq!(counts(&report), [2, 0, 0, 1]);
    assert_eq!(phone.pull_all(&world.app).await.len(), 2);

    let village = &villages()[0];
    let table =
        format!("村代码,户数,主导产业,纬度,经度,坐标系\n{village},320,水产,29.9,113.45,gcj02\n");
    let report = profiles::import(&world.app, &Manager::Operator, county(), csv(&table), false)
        .await
        .unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0]);
    let told = phone.pull_all(&world.app).await;
    assert_eq!(told.len(), 1);
    let derived = "SELECT COUNT(*) AS number FROM village_profile WHERE ref_datum = 'gcj02' \
                   AND ref_lat = 29.9 AND ref_wgs84_lat BETWEEN 29.89 AND 29.91 AND ref_wgs84_lat <> 29.9";
    assert_eq!(world.number(derived).await, 1);

    let again = profiles::import(&world.app, &Manager::Operator, county(), csv(&table), false)
        .await
        .unwrap();
    assert_eq!(counts(&again), [0, 0, 1, 0]);
    assert!(phone.pull_all(&world.app).await.is_empty());
}

async fn a_merged_village_is_followed_to_its_successor(world: World) {
    let all = villages();
    let (old, middle, last) = (&all[0], &all[1], &all[2]);
    let table = format!(
        "原代码,新代码,生效日期\n{old},{middle},2026-03-01\n{middle},{last},2026-05-01\n{last},{old},2026-06-01\n"
    );
    let report = aliases::import(&world.app, &Manager::Operator, county(), csv(&table), false)
        .await
        .unwrap();
    assert_eq!(
        (counts(&report), report.rejected[0].line),
        ([2, 0, 0, 1], 4)
    );
    let stranger: DivisionCode = "990999100201".parse().unwrap();
    for (code, day, expected) in [
        (old, "2026-02-28", Some(old)),
        (old, "2026-03-01", Some(middle)),
        (old, "2026-05-01", Some(last)),
        (last, "2026-12-31", Some(last)),
        (&stranger, "2026-01-01", None),
    ] {
        let (code, day) = (code.clone(), day.parse().unwrap());
        let found = world
            .app
            .store
            .read(async move |txn| resolve_village(txn, &county(), &code, day).await)
            .await;
        let found: Result<_, StoreError> = found;
        assert_eq!(found.unwrap().as_ref(), expected);
    }
}

/// The directory of real divisions of one county, where this machine has it.
fn real_divisions() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are configured by their environment alone"
    )]
    let named = std::env::var("TEPAI_TEST_DIVISIONS").ok()?;
    Some(PathBuf::from(named))
}

#[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
async fn the_real_county_is_imported_whole(world: World) {
    let Some(directory) = real_divisions() else {
        eprintln!("SKIPPED: TEPAI_TEST_DIVISIONS does not name a directory of real divisions");
        return;
    };
    let only = Some("421083".parse().unwrap());
    let import = async || {
        divisions::import_directory(
            &world.app,
            &Manager::Operator,
            &directory,
            only.clone(),
            false,
            &|_| {},
        )
        .await
    };
    assert_eq!(counts(&import().await.unwrap()), [321, 0, 0, 0]);
    assert_eq!(counts(&import().await.unwrap()), [0, 0, 321, 0]);
    let villagers = "SELECT COUNT(*) AS number FROM division WHERE county_code = '421083' \
                     AND kind IN ('villagers_committee', 'residents_committee')";
    assert!(world.number(villagers).await > 250);
}

/// The token of a session of somebody with this role.
async fn token(world: &World, role: Role) -> String {
    let login = format!("office-{}", role.as_str());
    let password = || Secret::new("a long pass phrase");
    let new = NewAccount {
        county: county(),
        login: login.clone(),
        display_name: "某人".to_owned(),
        role,
        township: None,
        password: Some(password()),
    };
    accounts::create(&world.app, &Manager::Operator, new)
        .await
        .unwrap();
    let signed = sign_in(&world.app, &login, password()).await.unwrap();
    signed.token.expose().to_owned()
}

async fn send(world: &World, token: &str, request: (&str, &str, &str, Vec<u8>)) -> (u16, Value) {
    let (method, path, media_type, body) = request;
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let caller = Caller::nobody(world).bearing(token);
    let headers = [(header::CONTENT_TYPE, media_type)];
    let answer = caller.send_bytes(method, path, &headers, body).await;
    (answer.status.as_u16(), answer.body)
}

/// A form with these files.
fn form(files: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for file in files {
        let head =
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    body
}

const FORM: &str = "multipart/form-data; boundary=XX";

async fn the_office_imports_over_http_and_bad_uploads_are_refused_by_code(world: World) {
    let officer = token(&world, Role::CountyOfficer).await;
    let table = "编码,名称,产业\nT01,三池两坝,水产\nT02,,粮食\n".as_bytes();
    let at = |what: &str| format!("/v1/imports/{what}");
    let (status, report) = send(
        &world,
        &officer,
        ("POST", &at("techniques?dry_run=true"), FORM, form(&[table])),
    )
    .await;
    assert_eq!(
        (status, &report["created"], &report["dry_run"]),
        (200, &json!(1), &json!(true))
    );
    assert_eq!(report["rejected"][0]["line"], 3);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM technique")
            .await,
        0
    );
    let (status, report) = send(
        &world,
        &officer,
        ("POST", &at("techniques"), FORM, form(&[table])),
    )
    .await;
    assert_eq!(
        (status, &report["created"], &report["rejected_rows"]),
        (200, &json!(1), &json!(1))
    );
    let (status, report) = send(
        &world,
        &officer,
        (
            "POST",
            &at("roster"),
            FORM,
            form(&[roster_rows().as_bytes()]),
        ),
    )
    .await;
    assert_eq!((status, &report["created"]), (200, &json!(3)));

    let large = vec![b'x'; 33 * 1024 * 1024];
    let bomb = [b"PK\x03\x04".as_slice(), &[0; 64]].concat();
    for (what, media_type, body, expected) in [
        (
            "techniques",
            "application/json",
            b"{}".to_vec(),
            (415, "unsupported_media_type"),
        ),
        (
            "techniques",
            "multipart/form-data",
            form(&[table]),
            (415, "unsupported_media_type"),
        ),
        (
            "techniques",
            FORM,
            b"--XX\r\nnot a form".to_vec(),
            (400, "malformed_request"),
        ),
        ("techniques", FORM, form(&[]), (400, "malformed_request")),
        (
            "techniques",
            FORM,
            form(&[table, table]),
            (422, "invalid_input"),
        ),
        (
            "techniques",
            FORM,
            form(&[b"\xff\x00\xfe"]),
            (422, "invalid_input"),
        ),
        ("techniques", FORM, form(&[&bomb]), (422, "invalid_input")),
        ("techniques", FORM, form(&[b""]), (422, "invalid_input")),
        (
            "divisions",
            FORM,
            form(&[b"code,name\n1,2\n"]),
            (422, "invalid_input"),
        ),
        ("techniques", FORM, form(&[&large]), (413, "body_too_large")),
        (
            "techniques?dry=1",
            FORM,
            form(&[table]),
            (400, "invalid_parameter"),
        ),
        ("anything", FORM, form(&[table]), (404, "not_found")),
    ] {
        let (status, problem) = send(&world, &officer, ("POST", &at(what), media_type, body)).await;
        assert_eq!(
            (status, problem["code"].as_str().unwrap()),
            expected,
            "{what} {media_type}"
        );
    }
    let auditor = token(&world, Role::Auditor).await;
    let (status, problem) = send(
        &world,
        &auditor,
        ("POST", &at("techniques"), FORM, form(&[table])),
    )
    .await;
    assert_eq!((status, &problem["code"]), (403, &json!("not_allowed")));
    let (status, _) = send(
        &world,
        "nobody",
        ("POST", &at("techniques"), FORM, form(&[table])),
    )
    .await;
    assert_eq!(status, 401);
}

async fn settings_are_read_and_changed_over_http_with_their_history(world: World) {
    let administrator = token(&world, Role::Administrator).await;
    let json = "application/json";
    let put = async |name: &str, body: Value| {
        let path = format!("/v1/settings/{name}");
        send(
            &world,
            &administrator,
            ("PUT", &path, json, body.to_string().into_bytes()),
        )
        .await
    };
    let (status, setting) = put(
        "overdue_days",
        json!({"value": 45, "valid_from": "2026-01-01"}),
    )
    .await;
    assert_eq!(
        (status, &setting["value"], &setting["default"]),
        (200, &json!(45), &json!(30))
    );
    let (_, setting) = put(
        "overdue_days",
        json!({"value": 60, "valid_from": "2027-01-01"}),
    )
    .await;
    assert_eq!(
        (
            &setting["value"],
            setting["history"].as_array().unwrap().len()
        ),
        (&json!(45), 2)
    );
    let (_, setting) = put("overdue_days", json!({"value": 20})).await;
    assert_eq!(setting["value"], 20);

    let (status, problem) = put("overdue_day", json!({"value": 1})).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
    assert!(problem["detail"].as_str().unwrap().contains("overdue_days"));
    for (name, body, pointer) in [
        ("overdue_days", json!({"value": "soon"}), "/value"),
        ("coverage_kinds", json!({"value": ["town"]}), "/value"),
        ("time_zone", json!({"value": "Mars/Olympus"}), "/value"),
        (
            "review_steps",
            json!({"value": "county", "valid_from": "9999-12-31"}),
            "/valid_from",
        ),
    ] {
        let (status, problem) = put(name, body).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{name}"
        );
    }
    let auditor = token(&world, Role::Auditor).await;
    let (status, list) = send(&world, &auditor, ("GET", "/v1/settings", json, vec![])).await;
    assert_eq!(
        (status, list["settings"].as_array().unwrap().len()),
        (200, Setting::ALL.len())
    );
    let body = json!({"value": 1}).to_string().into_bytes();
    let (status, _) = send(
        &world,
        &auditor,
        ("PUT", "/v1/settings/overdue_days", json, body),
    )
    .await;
    assert_eq!(status, 403);
}
