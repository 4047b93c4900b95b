//! Who may do what, to what, where: every route of the document, every role, and a thing of one's own township, of the next
//! one, and of another county. A route without a row fails.

use axum::body::Body;
use axum::http::{HeaderName, Method, header};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tepai_app::admin::bulletins::{self, NewBulletin};
use tepai_app::reports::{self, archive, closing};
use tepai_app::visits::feedback_links;
use tepai_app::webhooks::endpoints::{self, EndpointForm};
use tepai_app::{AppError, assessment};
use tepai_domain::actor::{OfficeActor, Role};
use tepai_domain::audit::AuditActor;
use tepai_domain::score::SubjectKind;
use tepai_export::{Format, Language, Report};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::summary::period::Period;
use tepai_tests::caller::{PASSWORD, make_account, office};
use tepai_tests::photo::jpeg;
use tepai_tests::receiver::Names;
use tepai_tests::sender::{Sender, photo_in, sender_of};
use tepai_tests::world::{COUNTY, code, date, villages_of};
use tepai_tests::{Caller, World, on_both_databases, report};

on_both_databases!(every_route_lets_in_whom_its_row_says_and_nobody_else);

const OTHER_COUNTY: &str = "990422";

/// Where the thing is that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// In the coordinator's township, and the commissioner's.
    Own,
    /// In another township of the county.
    Sibling,
    /// In another county.
    Other,
}

const PLACES: [Place; 3] = [Place::Own, Place::Sibling, Place::Other];

/// Whoever asks, in the order of the columns.
const ASKERS: [&str; 6] = [
    "nobody",
    "commissioner",
    "coordinator",
    "auditor",
    "county officer",
    "administrator",
];

/// A route, what may be asked of it, and a letter for each asker: `.` is refused at the door (401, 403); `o` reaches what is
/// one's own alone, `t` one's township, `c` one's county, and finds nothing else (404); `n` finds nothing at all; `*` is let in, and names no place.
type Row = (&'static str, &'static str, &'static str);

/// `{visit}`, `{photo}`, `{account}`, `{device}`, `{upload}`, `{village}` and `{township}` are of the place.
const ROWS: &[Row] = &[
    //                                                                        nobody commissioner … administrator
    ("GET /healthz", "/healthz", "******"),
    ("GET /readyz", "/readyz", "******"),
    ("GET /v1/codes", "/v1/codes", "******"),
    ("GET /v1/error-codes", "/v1/error-codes", "******"),
    ("GET /v1/measures", "/v1/measures", "******"),
    ("OPTIONS /v1/uploads", "/v1/uploads", "******"),
    ("POST /v1/session", "/v1/session", "******"),
    ("POST /v1/devices/enrol", "/v1/devices/enrol", "******"),
    ("GET /v1/session", "/v1/session", "..****"),
    (
        "POST /v1/session/password",
        "/v1/session/password",
        "..****",
    ),
    ("GET /v1/accounts", "/v1/accounts", "....**"),
    ("POST /v1/accounts", "/v1/accounts", "....**"),
    ("GET /v1/accounts/{id}", "/v1/accounts/{account}", "....cc"),
    ("PUT /v1/accounts/{id}", "/v1/accounts/{account}", "....cc"),
    (
        "POST /v1/accounts/{id}/enrolment-codes",
        "/v1/accounts/{account}/enrolment-codes",
        "....cc",
    ),
    (
        "POST /v1/accounts/{id}/password",
        "/v1/accounts/{colleague}/password",
        "....cc",
    ),
    (
        "GET /v1/adoptions/{division}",
        "/v1/adoptions/{township}?season=2026",
        "..tccc",
    ),
    ("GET /v1/albums", "/v1/albums?visit={visit}", "..tccc"),
    (
        "GET /v1/albums",
        "/v1/albums?division={village}&period=2026",
        "..tccc",
    ),
    ("GET /v1/assignments", "/v1/assignments", "..****"),
    (
        "GET /v1/assignments",
        "/v1/assignments?division={village}",
        "..tccc",
    ),
    ("POST /v1/assignments", "/v1/assignments", "....**"),
    (
        "PUT /v1/assignments/{id}",
        "/v1/assignments/{assignment}",
        "....cc",
    ),
    ("GET /v1/audit", "/v1/audit", "...***"),
    (
        "GET /v1/boundaries/{division}",
        "/v1/boundaries/{township}",
        "..tccc",
    ),
    (
        "GET /v1/calendar/{division}",
        "/v1/calendar/{township}?month=2026-06",
        "..tccc",
    ),
    (
        "POST /v1/beneficiaries/{id}/anonymise",
        "/v1/beneficiaries/{beneficiary}/anonymise",
        "....c.",
    ),
    (
        "POST /v1/beneficiaries/{id}/contact",
        "/v1/beneficiaries/{beneficiary}/contact",
        "..t.c.",
    ),
    ("GET /f/{token}", "/f/{link}", "******"),
    ("POST /f/{token}", "/f/{link}", "******"),
    (
        "POST /v1/visits/{id}/feedback-links",
        "/v1/visits/{visit}/feedback-links",
        "..t.c.",
    ),
    (
        "PUT /v1/visits/{id}/feedback-links",
        "/v1/visits/{visit}/feedback-links",
        ".o....",
    ),
    (
        "GET /v1/demo-bases",
        "/v1/demo-bases?division={village}&period=2026",
        "..tccc",
    ),
    (
        "GET /v1/demo-households",
        "/v1/demo-households?division={village}&period=2026",
        "..tccc",
    ),
    (
        "GET /v1/local-experts",
        "/v1/local-experts?division={village}&period=2026",
        "..tccc",
    ),
    (
        "GET /v1/training-sessions",
        "/v1/training-sessions?division={village}&period=2026",
        "..tccc",
    ),
    ("GET /v1/bulletins", "/v1/bulletins", "..****"),
    ("POST /v1/bulletins", "/v1/bulletins", "..*.*."),
    (
        "GET /v1/bulletins/{id}",
        "/v1/bulletins/{bulletin}",
        "..tccc",
    ),
    (
        "POST /v1/bulletins/{id}/withdrawal",
        "/v1/bulletins/{bulletin}/withdrawal",
        "..t.c.",
    ),
    ("GET /v1/closings", "/v1/closings", "...***"),
    ("POST /v1/closings", "/v1/closings", "....*."),
    (
        "GET /v1/closings/{period}",
        "/v1/closings/2026-05",
        "...***",
    ),
    (
        "GET /v1/conflicts",
        "/v1/conflicts?division={village}",
        "..tccc",
    ),
    (
        "POST /v1/conflicts/{id}",
        "/v1/conflicts/{conflict}",
        "..t.c.",
    ),
    ("GET /v1/dead-letters", "/v1/dead-letters", "..****"),
    (
        "POST /v1/dead-letters/{id}",
        "/v1/dead-letters/{letter}",
        "..t.c.",
    ),
    (
        "GET /v1/coverage/{division}",
        "/v1/coverage/{township}?period=2026-06",
        "..tccc",
    ),
    (
        "GET /v1/coverage/{division}/reminder",
        "/v1/coverage/{township}/reminder?period=2026-06",
        "..tccc",
    ),
    ("GET /v1/devices", "/v1/devices", "..****"),
    ("GET /v1/divisions", "/v1/divisions", "..****"),
    ("GET /v1/devices/me", "/v1/devices/me", ".*...."),
    (
        "POST /v1/devices/me/wiped",
        "/v1/devices/me/wiped",
        ".*....",
    ),
    (
        "POST /v1/devices/{id}/lost",
        "/v1/devices/{device}/lost",
        "....cc",
    ),
    (
        "POST /v1/devices/{id}/found",
        "/v1/devices/{device}/found",
        "....cc",
    ),
    (
        "POST /v1/devices/{id}/release-escrow",
        "/v1/devices/{device}/release-escrow",
        "....cc",
    ),
    (
        "POST /v1/devices/{id}/revoke",
        "/v1/devices/{device}/revoke",
        "....cc",
    ),
    ("GET /v1/events", "/v1/events", "..****"),
    (
        "GET /v1/exports/{division}",
        "/v1/exports/{township}?period=2026-06&format=json",
        "..tccc",
    ),
    (
        "POST /v1/exports/{division}",
        "/v1/exports/{township}?period=2026-06",
        "..t.cc",
    ),
    ("GET /v1/flags", "/v1/flags?division={village}", "..tccc"),
    (
        "GET /v1/follow-ups",
        "/v1/follow-ups?division={village}",
        ".ctccc",
    ),
    ("POST /v1/handovers", "/v1/handovers", "....**"),
    (
        "POST /v1/handovers/preview",
        "/v1/handovers/preview",
        "....**",
    ),
    ("POST /v1/imports/{what}", "/v1/imports/roster", "....**"),
    (
        "GET /v1/overview/{division}",
        "/v1/overview/{township}",
        "..tccc",
    ),
    ("GET /v1/people", "/v1/people", "..****"),
    ("GET /v1/people", "/v1/people?division={village}", "..tccc"),
    (
        "PUT /v1/photos/{id}/thumbnail",
        "/v1/photos/{photo}/thumbnail",
        ".o....",
    ),
    (
        "GET /v1/photos/{id}/{size}",
        "/v1/photos/{photo}/original",
        ".otccc",
    ),
    (
        "GET /v1/photos/{id}/{size}",
        "/v1/photos/{photo}/320",
        ".otccc",
    ),
    (
        "GET /v1/records/{kind}",
        "/v1/records/beneficiary?division={village}",
        "..tccc",
    ),
    ("GET /v1/reports", "/v1/reports", "..****"),
    (
        "GET /v1/reports/{number}",
        "/v1/reports/{report}",
        // A coordinator has the own ones alone; they are a matter of `exports`.
        "..nccc",
    ),
    ("GET /v1/review-queue", "/v1/review-queue", "..****"),
    (
        "GET /v1/review-queue",
        "/v1/review-queue?division={village}",
        "..tccc",
    ),
    ("POST /v1/reviews", "/v1/reviews", "..*.*."),
    ("GET /v1/score-plans", "/v1/score-plans", "..****"),
    ("POST /v1/score-plans", "/v1/score-plans", "....*."),
    (
        "GET /v1/score-plans/{code}/{version}",
        "/v1/score-plans/wujin-2012/1",
        "..****",
    ),
    ("GET /v1/score-runs", "/v1/score-runs", ".*****"),
    ("POST /v1/score-runs", "/v1/score-runs", "....*."),
    ("GET /v1/score-runs/{id}", "/v1/score-runs/{run}", ".ccccc"),
    (
        "GET /v1/score-runs/{id}/sheets/{subject}",
        "/v1/score-runs/{run}/sheets/{account}",
        ".otccc",
    ),
    (
        "PUT /v1/score-runs/{id}/sheets/{subject}",
        "/v1/score-runs/{run}/sheets/{account}",
        // With a word in the assessor's column; a commissioner's own is a matter of `assessment`.
        "....c.",
    ),
    (
        "POST /v1/score-runs/{id}/freeze",
        "/v1/score-runs/{run}/freeze",
        "....c.",
    ),
    ("GET /v1/settings", "/v1/settings", "..****"),
    (
        "PUT /v1/settings/{name}",
        "/v1/settings/overdue_days",
        "....**",
    ),
    (
        "GET /v1/summaries/{division}",
        "/v1/summaries/{township}?period=2026-06",
        "..tccc",
    ),
    ("POST /v1/sync", "/v1/sync", ".*...."),
    ("GET /v1/sync/events", "/v1/sync/events", ".*...."),
    ("GET /v1/sync/hello", "/v1/sync/hello", ".*...."),
    ("POST /v1/uploads", "/v1/uploads", ".*...."),
    ("GET /v1/uploads/{id}", "/v1/uploads/{upload}", ".o...."),
    ("HEAD /v1/uploads/{id}", "/v1/uploads/{upload}", ".o...."),
    ("PATCH /v1/uploads/{id}", "/v1/uploads/{upload}", ".o...."),
    ("POST /v1/uploads/{id}", "/v1/uploads/{upload}", ".o...."),
    (
        "PUT /v1/uploads/{id}",
        "/v1/uploads/{upload}?offset=0",
        ".o....",
    ),
    ("DELETE /v1/uploads/{id}", "/v1/uploads/{upload}", ".o...."),
    ("GET /v1/visits", "/v1/visits", ".*****"),
    ("GET /v1/visits", "/v1/visits?division={village}", ".ctccc"),
    ("GET /v1/visits/{id}", "/v1/visits/{visit}", ".otccc"),
    (
        "POST /v1/visits/{id}/reviews",
        "/v1/visits/{visit}/reviews",
        "..t.c.",
    ),
    ("GET /v1/targets", "/v1/targets?period=2026", "..****"),
    ("PUT /v1/targets", "/v1/targets", "....*."),
    ("GET /v1/webhooks", "/v1/webhooks", "....**"),
    ("POST /v1/webhooks", "/v1/webhooks", "....**"),
    ("GET /v1/webhooks/{id}", "/v1/webhooks/{webhook}", "....cc"),
    ("PUT /v1/webhooks/{id}", "/v1/webhooks/{webhook}", "....cc"),
    (
        "POST /v1/webhooks/{id}/secret",
        "/v1/webhooks/{webhook}/secret",
        "....cc",
    ),
    (
        "POST /v1/webhooks/{id}/ping",
        "/v1/webhooks/{webhook}/ping",
        "....cc",
    ),
    (
        "GET /v1/webhooks/{id}/deliveries",
        "/v1/webhooks/{webhook}/deliveries",
        "....cc",
    ),
    (
        "POST /v1/webhooks/{id}/deliveries/{delivery}/replay",
        "/v1/webhooks/{webhook}/deliveries/{delivery}/replay",
        "....cc",
    ),
    (
        "DELETE /v1/webhooks/{id}",
        "/v1/webhooks/{doomed}",
        "....cc",
    ),
    ("DELETE /v1/session", "/v1/session", "..****"),
];

/// What a request without a body of its own brings.
fn body_of(route: &str) -> Option<(&'static str, String)> {
    let json = |value: serde_json::Value| Some(("application/json", value.to_string()));
    match route {
        "POST /v1/visits/{id}/reviews" => json(json!({"rev": 99, "decision": "approve"})),
        "PUT /v1/score-runs/{id}/sheets/{subject}" => json(json!({"entries": [
            {"column": "assessed", "code": "effect", "value": "1"},
        ]})),
        "POST /v1/beneficiaries/{id}/anonymise" => {
            json(json!({"rev": 99, "reason": "own_request"}))
        }
        "POST /v1/beneficiaries/{id}/contact" => json(json!({"purpose": "verify_visit"})),
        "PUT /v1/visits/{id}/feedback-links" => json(json!({"token_sha256": "a".repeat(64)})),
        "POST /v1/bulletins/{id}/withdrawal" => json(json!({"reason": "改期"})),
        "POST /v1/conflicts/{id}" => json(json!({"decision": "edit", "value": 7})),
        "POST /v1/dead-letters/{id}" => json(json!({"decision": "apply"})),
        "POST /v1/score-runs/{id}/freeze" => json(json!({"rev": 99})),
        "PUT /v1/webhooks/{id}" => json(json!({"name": "x", "url": "https://receiver.test/"})),
        "PUT /v1/accounts/{id}" => json(json!({"display_name": "某人", "role": "commissioner"})),
        "POST /v1/session" => json(json!({"login": "nobody", "password": PASSWORD})),
        "PATCH /v1/uploads/{id}" | "POST /v1/uploads/{id}" => {
            Some(("application/offset+octet-stream", String::new()))
        }
        "PUT /v1/uploads/{id}" => Some(("application/octet-stream", String::new())),
        "POST /v1/exports/{division}" => {
            let file =
                "--x\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nnone\r\n--x--\r\n";
            Some(("multipart/form-data; boundary=x", file.to_owned()))
        }
        "POST /v1/imports/{what}" => Some(("multipart/form-data; boundary=x", "--x--".to_owned())),
        "PUT /v1/photos/{id}/thumbnail" => Some(("image/jpeg", "none".to_owned())),
        route if route.starts_with("POST") || route.starts_with("PUT") => json(json!({})),
        _ => None,
    }
}

/// The things of a place, by the word in a row.
type Things = BTreeMap<&'static str, String>;

async fn things(world: &World, village: usize, county: &str) -> (Things, Sender) {
    let village = villages_of(county)[village].clone();
    let person = world.commissioner(std::slice::from_ref(&village)).await;
    let mut sender = sender_of(world, person).await;
    let bytes = jpeg(
        u64::from(village.as_str().bytes().map(u32::from).sum::<u32>()),
        120,
        90,
    );
    let (visit, create_visit) = sender
        .phone
        .visit(village.as_str(), "2026-06-20", json!({}));
    let (photo, create_photo) = sender
        .phone
        .create("photo", photo_in(&village, &visit, &bytes));
    let results = sender
        .phone
        .push(&world.app, vec![create_visit, create_photo])
        .await;
    assert!(
        results.iter().all(|result| result.problem.is_none()),
        "{results:?}"
    );
    let (beneficiary, conflict, letter) = disputes(world, &mut sender, &village).await;
    let (upload, _) = sender.begin(&bytes).await;
    // One of the same person, so that what is done to it leaves the asker alone.
    let device = sender_of(world, person).await;
    // Somebody with a password, whom an officer manages; of another county any will do.
    let role = if county == COUNTY {
        Role::Coordinator
    } else {
        Role::Auditor
    };
    let colleague = make_account(world, &format!("colleague.{village}"), role, county).await;
    let webhook = webhook(world, county).await;
    let things = BTreeMap::from([
        ("run", score_run(world, county).await),
        ("link", link(world, county, &visit.to_string()).await),
        ("beneficiary", beneficiary),
        ("report", sent_out(world, county).await),
        ("bulletin", bulletin(world, &village).await),
        ("webhook", webhook.clone()),
        ("delivery", delivery(world, county, &webhook).await),
        ("conflict", conflict),
        ("letter", letter),
        ("visit", visit.to_string()),
        ("photo", photo.to_string()),
        ("account", person.to_string()),
        ("assignment", assignment_of(world, person).await),
        ("colleague", colleague),
        ("device", device.phone.actor.device.to_string()),
        (
            "upload",
            upload.trim_start_matches("/v1/uploads/").to_owned(),
        ),
        ("village", village.to_string()),
        ("township", village.as_str()[..9].to_owned()),
    ]);
    (things, sender)
}

#[derive(sea_orm::FromQueryResult)]
struct Letter {
    id: uuid::Uuid,
}

/// A conflict of a village, and a mutation that was refused there.
async fn disputes(
    world: &World,
    sender: &mut Sender,
    village: &DivisionCode,
) -> (String, String, String) {
    let rival = world.commissioner(std::slice::from_ref(village)).await;
    let mut rival = world.phone(rival).await;
    let set = json!({"village_code": village, "kind": "household", "display_name": "李家"});
    let (id, create) = sender.phone.create("beneficiary", set);
    let rev = sender.phone.push_one(&world.app, create).await.rev.unwrap();
    let own = sender
        .phone
        .patch("beneficiary", id, rev, json!({"display_name": "甲"}));
    sender.phone.push_one(&world.app, own).await;
    let other = rival.patch("beneficiary", id, rev, json!({"display_name": "乙"}));
    let conflicts = rival.push_one(&world.app, other).await.conflicts;
    let (_, wrong) = rival.visit(village.as_str(), "2026-06-20", json!({"mode": "nothing"}));
    let problem = rival.push_one(&world.app, wrong).await.problem;
    assert!(problem.is_some());
    let sql = "SELECT id FROM dead_letter WHERE village_code = $1";
    let letters: Vec<Letter> = world.fetch(sql, vec![village.as_str().into()]).await;
    (
        id.to_string(),
        conflicts[0].conflict_id.to_string(),
        letters[0].id.to_string(),
    )
}

async fn assignment_of(world: &World, person: PersonId) -> String {
    let sql = "SELECT id FROM assignment WHERE commissioner_id = $1";
    let found: Vec<Letter> = world.fetch(sql, vec![person.0.into()]).await;
    found[0].id.to_string()
}

/// The token of a link on which somebody says how a visit was.
async fn link(world: &World, county: &str, visit: &str) -> String {
    let officer = OfficeActor {
        county: code(county),
        ..world.officer(Role::CountyOfficer)
    };
    let visit = visit.parse().unwrap();
    let issued = feedback_links::issue(&world.app, &officer, visit, "http://here").await;
    let url = issued.unwrap().url;
    url.expose().trim_start_matches("http://here/f/").to_owned()
}

/// The number of a report of a county that went out.
async fn sent_out(world: &World, county: &str) -> String {
    let period = "2026-05".parse().unwrap();
    let made = reports::build::make(&world.app, code(county), period, Language::Zh).await;
    let write = |report: &Report| {
        let file = tepai_export::write(report, Format::Csv, "summary", Language::Zh);
        file.map_err(AppError::Internal)
    };
    let sent = archive::send_out(
        &world.app,
        AuditActor::Operator,
        made.unwrap(),
        "csv",
        write,
    );
    sent.await.unwrap().report.number.to_string()
}

/// A run in which a county assesses its commissioners.
async fn score_run(world: &World, county: &str) -> String {
    let officer = OfficeActor {
        county: code(county),
        ..world.officer(Role::CountyOfficer)
    };
    let plan = ("longyan-2023".to_owned(), "1".to_owned());
    let period = Period::new(date("2026-01-01"), date("2026-12-31")).unwrap();
    let kind = SubjectKind::Commissioner;
    let run = assessment::runs::begin(
        &world.app,
        &officer,
        AuditActor::Operator,
        plan,
        kind,
        period,
    )
    .await;
    run.unwrap().stored.id.to_string()
}

fn officer_of(world: &World, county: &str) -> OfficeActor {
    OfficeActor {
        county: code(county),
        ..world.officer(Role::CountyOfficer)
    }
}

/// An endpoint of a county.
async fn webhook(world: &World, county: &str) -> String {
    let form = EndpointForm {
        name: "数据平台".to_owned(),
        url: "https://receiver.test/".to_owned(),
        events: Vec::new(),
        is_on: true,
    };
    let made = endpoints::make(&world.app, &officer_of(world, county), form).await;
    made.unwrap().endpoint.id.to_string()
}

/// A message to an endpoint.
async fn delivery(world: &World, county: &str, webhook: &str) -> String {
    let id = webhook.parse().unwrap();
    let sent = endpoints::ping(&world.app, &officer_of(world, county), id).await;
    sent.unwrap().id.to_string()
}

/// A bulletin for the township of a village.
async fn bulletin(world: &World, village: &DivisionCode) -> String {
    let officer = officer_of(world, village.county().as_str());
    let new = NewBulletin {
        kind: "market".to_owned(),
        title: "行情".to_owned(),
        text: "今日塘口价".to_owned(),
        township: village.township(),
        industries: Vec::new(),
        valid_from: None,
        valid_until: None,
    };
    let issued = bulletins::issue(&world.app, &officer, new).await;
    issued.unwrap().id.to_string()
}

fn filled(path: &str, things: &Things) -> String {
    let mut path = path.to_owned();
    for (name, value) in things {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    path
}

/// Whether a letter reaches a place.
fn reaches(letter: char, place: Place) -> bool {
    match letter {
        '*' => true,
        'c' => place != Place::Other,
        'o' | 't' => place == Place::Own,
        _ => false,
    }
}

async fn ask(asker: &Caller, row: &Row, path: &str) -> tepai_tests::caller::Answer {
    let method: Method = row.0.split(' ').next().unwrap().parse().unwrap();
    let (kind, body) = body_of(row.0).unwrap_or_default();
    let mut headers: Vec<(HeaderName, &str)> = Vec::new();
    if !kind.is_empty() {
        headers.push((header::CONTENT_TYPE, kind));
    }
    if row.0 == "POST /v1/uploads/{id}" {
        headers.push((HeaderName::from_static("x-http-method-override"), "PATCH"));
    }
    if path.contains("/uploads") {
        headers.push((HeaderName::from_static("upload-offset"), "0"));
    }
    asker
        .send_bytes(method, path, &headers, Body::from(body))
        .await
}

async fn every_route_lets_in_whom_its_row_says_and_nobody_else(mut world: World) {
    world.app.webhook_client = Names::meaning([&["10.0.0.1"]]).webhook_client();
    world.found_county(OTHER_COUNTY).await;
    let (own, commissioner) = things(&world, 0, COUNTY).await;
    let (sibling, _) = things(&world, 5, COUNTY).await;
    let (other, _) = things(&world, 0, OTHER_COUNTY).await;
    let of_place = BTreeMap::from([
        (Place::Own, own),
        (Place::Sibling, sibling),
        (Place::Other, other),
    ]);
    let mut askers = vec![Caller::nobody(&world), commissioner.http.clone()];
    for role in [
        Role::Coordinator,
        Role::Auditor,
        Role::CountyOfficer,
        Role::Administrator,
    ] {
        askers.push(office(&world, role).await);
    }

    let officer = world.officer(Role::CountyOfficer);
    let may = "2026-05".parse().unwrap();
    closing::close(&world.app, &officer, may).await.unwrap();
    let (_, document) = tepai_http::router(world.app.clone());
    let document = serde_json::to_value(document).unwrap();
    let mut routes = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys();
        routes.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(rows, routes, "every route has a row, and every row a route");

    let (mut cells, mut wrong) = (0, Vec::new());
    for row in ROWS {
        let has_place = row.1.contains('{');
        for (at, letter) in row.2.chars().enumerate() {
            for place in PLACES
                .into_iter()
                .filter(|place| has_place || *place == Place::Own)
            {
                let mut path = filled(row.1, &of_place[&place]);
                if path.contains("{doomed}") {
                    // One of its own for each asker: it will be gone.
                    let county = if place == Place::Other {
                        OTHER_COUNTY
                    } else {
                        COUNTY
                    };
                    path = path.replace("{doomed}", &webhook(&world, county).await);
                }
                let answer = ask(&askers[at], row, &path).await;
                let status = answer.status.as_u16();
                let code = answer.body["code"].as_str().unwrap_or_default();
                let is_right = match (letter, reaches(letter, place)) {
                    ('.', _) => matches!(status, 401 | 403),
                    (_, true) => {
                        // What is there may not be ready, and what was asked may make no sense.
                        let let_in = matches!(
                            code,
                            "photo_not_here"
                                | "photo_not_prepared"
                                | "wrong_credentials"
                                | "enrolment_code_invalid"
                        );
                        let_in || !matches!(status, 401 | 403 | 404 | 405 | 500..)
                    }
                    (_, false) => status == 404,
                };
                let told = String::from_utf8_lossy(&answer.bytes);
                let beyond = |of: &Place| {
                    let is_bound = matches!(ASKERS[at], "commissioner" | "coordinator");
                    *of == Place::Other || (*of == Place::Sibling && is_bound)
                };
                // Whoever has a link is told who served; in these tests that name holds an id.
                let is_by_link = row.0.starts_with("GET /f/");
                let leaks = answer.status.is_success()
                    && !is_by_link
                    && PLACES.into_iter().filter(beyond).any(|of| {
                        let ids = [
                            "visit", "photo", "account", "device", "upload", "bulletin", "webhook",
                        ];
                        ids.iter()
                            .any(|id| told.contains(of_place[&of][id].as_str()))
                    });
                cells += 1;
                if !is_right || leaks {
                    wrong.push(format!(
                        "{} as {} on {place:?}: {status} {code} leaks: {leaks}",
                        row.0, ASKERS[at]
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let counts = BTreeMap::from([
        ("cells".to_owned(), cells),
        ("wrong".to_owned(), wrong.len()),
    ]);
    report::tell("who may do what:", &counts);
}
