//! Signing in, accounts and devices over HTTP: who may do what, what ends when, and what an outsider can learn.

use axum::http::{StatusCode, header};
use serde_json::json;
use std::time::Instant;
use tepai_domain::actor::Role;
use tepai_tests::caller::{PASSWORD, enrol, make_account};
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Caller, World, on_both_databases};

const MINUTE: i64 = 60_000;

on_both_databases!(
    a_session_is_opened_used_and_closed,
    a_session_ends_when_idle_and_at_its_age,
    the_use_of_a_session_is_written_down_once_a_minute,
    the_cookie_serves_browsers_and_not_other_sites,
    wrong_passwords_lock_an_account_for_a_while,
    unknown_wrong_and_disabled_are_refused_alike,
    an_initial_password_opens_nothing_before_it_is_changed,
    a_changed_password_ends_the_other_sessions,
    a_login_name_belongs_to_one_account_whatever_its_letters,
    who_manages_whom,
    other_counties_do_not_exist,
    wrong_fields_are_named,
    a_disabled_account_loses_sessions_codes_and_devices_at_once,
    a_commissioner_has_no_password,
    nobody_disables_or_promotes_themselves,
    accounts_are_listed_page_by_page,
    a_code_makes_one_device_even_when_two_phones_race,
    a_code_ends,
    an_enrolment_code_comes_with_a_qr_code_of_the_server,
    a_revoked_device_is_told_so,
    a_coordinator_sees_the_devices_of_the_township,
    what_is_kept_of_secrets_is_not_the_secret,
    bad_input_is_refused_by_code,
);

/// An administrator, signed in.
async fn administrator(world: &World) -> Caller {
    make_account(world, "admin", Role::Administrator, COUNTY).await;
    Caller::nobody(world).signed_in("admin").await
}

async fn a_session_is_opened_used_and_closed(world: World) {
    let id = make_account(&world, "li.fang", Role::Coordinator, COUNTY).await;
    let nobody = Caller::nobody(&world);
    nobody
        .get("/v1/session")
        .await
        .refused(401, "not_signed_in");
    let answer = nobody.sign_in(" Li.Fang ", PASSWORD).await.ok();
    assert_eq!(answer["role"], "coordinator");
    assert_eq!(answer["township_code"], townships()[0].as_str());
    let office = nobody.bearing(answer["token"].as_str().unwrap());
    let me = office.get("/v1/session").await.ok();
    assert_eq!(me["account_id"], id.as_str());
    assert_eq!(
        (&me["login"], &me["county_code"]),
        (&json!("li.fang"), &json!(COUNTY))
    );
    assert_eq!(me["must_change_password"], false);
    assert!(me.get("token").is_none());
    let closed = office.delete("/v1/session").await;
    assert_eq!(closed.status, StatusCode::NO_CONTENT);
    office
        .get("/v1/session")
        .await
        .refused(401, "not_signed_in");
    office
        .delete("/v1/session")
        .await
        .refused(401, "not_signed_in");
}

async fn a_session_ends_when_idle_and_at_its_age(world: World) {
    let office = administrator(&world).await;
    for _ in 0..24 {
        world.pass(29 * MINUTE);
        office.get("/v1/session").await.ok();
    }
    world.pass(23 * MINUTE);
    office.get("/v1/session").await.ok();
    world.pass(MINUTE);
    office
        .get("/v1/session")
        .await
        .refused(401, "not_signed_in");

    let office = Caller::nobody(&world).signed_in("admin").await;
    assert_eq!(
        world.number("SELECT COUNT(*) AS number FROM session").await,
        1,
        "the old one is forgotten"
    );
    world.pass(30 * MINUTE);
    office
        .get("/v1/session")
        .await
        .refused(401, "not_signed_in");
}

async fn the_use_of_a_session_is_written_down_once_a_minute(world: World) {
    let office = administrator(&world).await;
    let seen = "SELECT last_seen_at AS number FROM session";
    let before = world.number(seen).await;
    world.pass(MINUTE - 1);
    office.get("/v1/session").await.ok();
    assert_eq!(world.number(seen).await, before);
    world.pass(1);
    office.get("/v1/session").await.ok();
    assert_eq!(world.number(seen).await, before + MINUTE);
}

async fn the_cookie_serves_browsers_and_not_other_sites(world: World) {
    make_account(&world, "admin", Role::Administrator, COUNTY).await;
    let nobody = Caller::nobody(&world);
    let answer = nobody.sign_in("admin", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    let fetch_site = header::HeaderName::from_static("sec-fetch-site");
    let own = nobody.with(&[(header::COOKIE, pair), (fetch_site.clone(), "same-origin")]);
    own.get("/v1/session").await.ok();
    let new = json!({"login": "wang", "display_name": "王", "role": "auditor"});
    own.post("/v1/accounts", new.clone()).await.ok();
    let other = nobody.with(&[(header::COOKIE, pair), (fetch_site, "cross-site")]);
    assert_eq!(
        other.post("/v1/accounts", new.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        other.delete("/v1/session").await.status,
        StatusCode::FORBIDDEN
    );
    let basic = nobody.with(&[
        (header::COOKIE, pair),
        (header::AUTHORIZATION, "Basic dTpw"),
    ]);
    basic
        .post("/v1/accounts", new)
        .await
        .refused(401, "not_signed_in");
    let closed = own.delete("/v1/session").await;
    assert!(
        closed.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
}

async fn wrong_passwords_lock_an_account_for_a_while(world: World) {
    make_account(&world, "admin", Role::Administrator, COUNTY).await;
    let nobody = Caller::nobody(&world);
    for _ in 0..4 {
        nobody
            .sign_in("admin", "wrong")
            .await
            .refused(401, "wrong_credentials");
    }
    nobody.sign_in("admin", PASSWORD).await.ok();
    for _ in 0..5 {
        nobody
            .sign_in("admin", "wrong")
            .await
            .refused(401, "wrong_credentials");
    }
    nobody
        .sign_in("admin", PASSWORD)
        .await
        .refused(403, "account_locked");
    world.pass(15 * MINUTE - 61_000);
    let locked = nobody.sign_in("admin", PASSWORD).await;
    assert_eq!(locked.headers[header::RETRY_AFTER], "61");
    let locked = locked.refused(403, "account_locked");
    assert_eq!(locked["retry_after_s"], 61);
    let detail = "2 分钟后可以再试 / try again in 2 min";
    assert_eq!(locked["detail"], detail);
    world.pass(61_000 - 1);
    nobody
        .sign_in("admin", PASSWORD)
        .await
        .refused(403, "account_locked");
    world.pass(1);
    nobody.sign_in("admin", PASSWORD).await.ok();

    let guesses = (0..12).map(|_| nobody.sign_in("admin", "wrong"));
    for guess in futures::future::join_all(guesses).await {
        assert!(matches!(guess.status.as_u16(), 401 | 403));
    }
    nobody
        .sign_in("admin", PASSWORD)
        .await
        .refused(403, "account_locked");
}

async fn unknown_wrong_and_disabled_are_refused_alike(world: World) {
    let office = administrator(&world).await;
    let id = make_account(&world, "gone", Role::Auditor, COUNTY).await;
    make_account(&world, "phone", Role::Commissioner, COUNTY).await;
    let change = json!({"display_name": "x", "role": "auditor", "disabled": true});
    office.put(&format!("/v1/accounts/{id}"), change).await.ok();
    let nobody = Caller::nobody(&world);
    let mut bodies = vec![];
    for (login, password) in [
        ("nobody", PASSWORD),
        ("admin", "wrong"),
        ("gone", PASSWORD),
        ("phone", PASSWORD),
        ("", ""),
    ] {
        let start = Instant::now();
        let mut body = nobody
            .sign_in(login, password)
            .await
            .refused(401, "wrong_credentials");
        assert!(
            start.elapsed().as_millis() >= 200,
            "{login}: the answer waits for the slowest"
        );
        body.as_object_mut().unwrap().remove("request_id");
        bodies.push(body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

async fn an_initial_password_opens_nothing_before_it_is_changed(world: World) {
    let office = administrator(&world).await;
    let new = json!({"login": "zhao", "display_name": "赵", "role": "county_officer"});
    let created = office.post("/v1/accounts", new).await.ok();
    let initial = created["initial_password"].as_str().unwrap().to_owned();
    let nobody = Caller::nobody(&world);
    let answer = nobody.sign_in("zhao", &initial).await.ok();
    assert_eq!(answer["must_change_password"], true);
    let zhao = nobody.bearing(answer["token"].as_str().unwrap());
    zhao.get("/v1/session").await.ok();
    for path in ["/v1/accounts", "/v1/devices", "/v1/visits"] {
        zhao.get(path)
            .await
            .refused(403, "password_change_required");
    }
    let change =
        |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let path = "/v1/session/password";
    zhao.post(path, change(&initial, "short"))
        .await
        .refused(422, "weak_password");
    zhao.post(path, change(&initial, &initial))
        .await
        .refused(422, "weak_password");
    zhao.post(path, change("wrong", "a new password"))
        .await
        .refused(401, "wrong_credentials");
    zhao.post(path, change(&initial, "a new password"))
        .await
        .ok();
    zhao.get("/v1/accounts").await.ok();
    nobody
        .sign_in("zhao", &initial)
        .await
        .refused(401, "wrong_credentials");
    nobody.sign_in("zhao", "a new password").await.ok();

    let id = created["id"].as_str().unwrap();
    let reset = office
        .post(&format!("/v1/accounts/{id}/password"), json!({}))
        .await
        .ok();
    zhao.get("/v1/session").await.refused(401, "not_signed_in");
    let again = nobody
        .sign_in("zhao", reset["initial_password"].as_str().unwrap())
        .await
        .ok();
    assert_eq!(again["must_change_password"], true);
}

async fn a_changed_password_ends_the_other_sessions(world: World) {
    let one = administrator(&world).await;
    let other = Caller::nobody(&world).signed_in("admin").await;
    let change = json!({"current_password": PASSWORD, "new_password": "another horse"});
    one.post("/v1/session/password", change).await.ok();
    one.get("/v1/session").await.ok();
    other.get("/v1/session").await.refused(401, "not_signed_in");
}

async fn a_login_name_belongs_to_one_account_whatever_its_letters(world: World) {
    let office = administrator(&world).await;
    let new = json!({"login": "ADMIN", "display_name": "x", "role": "auditor"});
    let problem = office
        .post("/v1/accounts", new)
        .await
        .refused(409, "already_exists");
    assert_eq!(problem["errors"][0]["pointer"], "/login");
}

async fn who_manages_whom(world: World) {
    let admin = administrator(&world).await;
    let mut ids = vec![];
    for &role in Role::ALL {
        ids.push((
            role,
            make_account(&world, &format!("one-{}", role.as_str()), role, COUNTY).await,
        ));
    }
    let nobody = Caller::nobody(&world);
    let officer = nobody.signed_in("one-county_officer").await;
    for (role, id) in &ids {
        let township = (*role == Role::Coordinator).then(|| townships()[1].clone());
        let body = json!({"display_name": "改", "role": role.as_str(), "township_code": township});
        let path = format!("/v1/accounts/{id}");
        let may = matches!(role, Role::Commissioner | Role::Coordinator);
        let answer = officer.put(&path, body.clone()).await;
        if may {
            assert_eq!(answer.ok()["display_name"], "改");
        } else {
            answer.refused(403, "not_allowed");
        }
        admin.put(&path, body.clone()).await.ok();
        if !may {
            officer
                .post(&format!("{path}/enrolment-codes"), json!({}))
                .await
                .refused(403, "not_allowed");
            officer
                .post(&format!("{path}/password"), json!({}))
                .await
                .refused(403, "not_allowed");
        }
        let new = json!({"login": format!("two-{}", role.as_str()), "display_name": "新", "role": role.as_str(), "township_code": township});
        let made = officer.post("/v1/accounts", new).await;
        assert_eq!(made.status.is_success(), may, "{role:?}");
    }
    let promoted = json!({"display_name": "升", "role": "administrator"});
    officer
        .put(&format!("/v1/accounts/{}", ids[0].1), promoted)
        .await
        .refused(403, "not_allowed");
    for login in ["one-coordinator", "one-auditor"] {
        let other = nobody.signed_in(login).await;
        other.get("/v1/accounts").await.refused(403, "not_allowed");
        other
            .post(
                "/v1/accounts",
                json!({"login": "x", "display_name": "x", "role": "auditor"}),
            )
            .await
            .refused(403, "not_allowed");
        other.get("/v1/devices").await.ok();
    }
}

async fn other_counties_do_not_exist(world: World) {
    world.found_county("990422").await;
    let admin = administrator(&world).await;
    let id = make_account(&world, "far", Role::Commissioner, "990422").await;
    make_account(&world, "far-admin", Role::Administrator, "990422").await;
    let far = Caller::nobody(&world).signed_in("far-admin").await;
    let (device, phone) = enrol(&world, &far, &id).await;
    let path = format!("/v1/accounts/{id}");
    admin.get(&path).await.refused(404, "not_found");
    admin
        .put(&path, json!({"display_name": "x", "role": "auditor"}))
        .await
        .refused(404, "not_found");
    admin
        .post(&format!("{path}/password"), json!({}))
        .await
        .refused(404, "not_found");
    admin
        .post(&format!("{path}/enrolment-codes"), json!({}))
        .await
        .refused(404, "not_found");
    admin
        .post(&format!("/v1/devices/{device}/revoke"), json!({}))
        .await
        .refused(404, "not_found");
    assert_eq!(admin.get("/v1/devices").await.ok()["devices"], json!([]));
    phone.get("/v1/devices/me").await.ok();
    let township = json!({"login": "x", "display_name": "x", "role": "coordinator", "township_code": "990422100"});
    admin
        .post("/v1/accounts", township)
        .await
        .refused(422, "invalid_input");
}

async fn wrong_fields_are_named(world: World) {
    let office = administrator(&world).await;
    let new = json!({"login": "a b", "display_name": " ", "role": "coordinator"});
    let problem = office
        .post("/v1/accounts", new)
        .await
        .refused(422, "invalid_input");
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/login", "/display_name", "/township_code"]);
    let missing = json!({"login": "x", "display_name": "x", "role": "coordinator", "township_code": format!("{COUNTY}999")});
    let problem = office
        .post("/v1/accounts", missing)
        .await
        .refused(422, "invalid_input");
    assert_eq!(problem["errors"][0]["code"], "unknown_code");
}

async fn a_disabled_account_loses_sessions_codes_and_devices_at_once(world: World) {
    let office = administrator(&world).await;
    let id = make_account(&world, "wu", Role::CountyOfficer, COUNTY).await;
    let wu = Caller::nobody(&world).signed_in("wu").await;
    let (_, phone) = enrol(&world, &office, &id).await;
    let path = format!("/v1/accounts/{id}");
    let unused = office
        .post(&format!("{path}/enrolment-codes"), json!({}))
        .await
        .ok();
    let change = |disabled: bool| json!({"display_name": "吴", "role": "county_officer", "disabled": disabled});
    let disabled = office.put(&path, change(true)).await.ok();
    assert!(disabled["disabled_at"].is_i64());
    wu.get("/v1/session").await.refused(401, "not_signed_in");
    phone
        .get("/v1/devices/me")
        .await
        .refused(403, "device_revoked");
    let nobody = Caller::nobody(&world);
    let code = json!({"code": unused["code"]});
    nobody
        .post("/v1/devices/enrol", code.clone())
        .await
        .refused(403, "enrolment_code_invalid");
    office
        .post(&format!("{path}/enrolment-codes"), json!({}))
        .await
        .refused(403, "not_allowed");
    office.put(&path, change(false)).await.ok();
    wu.get("/v1/session").await.refused(401, "not_signed_in");
    phone
        .get("/v1/devices/me")
        .await
        .refused(403, "device_revoked");
    nobody
        .post("/v1/devices/enrol", code)
        .await
        .refused(403, "enrolment_code_invalid");
    nobody.signed_in("wu").await;
}

async fn a_commissioner_has_no_password(world: World) {
    let office = administrator(&world).await;
    let new = json!({"login": "kj001", "display_name": "陈", "role": "commissioner"});
    let created = office.post("/v1/accounts", new).await.ok();
    assert!(created.get("initial_password").is_none());
    let path = format!("/v1/accounts/{}", created["id"].as_str().unwrap());
    office
        .post(&format!("{path}/password"), json!({}))
        .await
        .refused(403, "not_allowed");

    let id = make_account(&world, "qian", Role::Auditor, COUNTY).await;
    let qian = Caller::nobody(&world).signed_in("qian").await;
    let change = json!({"display_name": "钱", "role": "commissioner"});
    office.put(&format!("/v1/accounts/{id}"), change).await.ok();
    qian.get("/v1/session").await.refused(401, "not_signed_in");
    Caller::nobody(&world)
        .sign_in("qian", PASSWORD)
        .await
        .refused(401, "wrong_credentials");
}

async fn nobody_disables_or_promotes_themselves(world: World) {
    let office = administrator(&world).await;
    let me = office.get("/v1/session").await.ok();
    let path = format!("/v1/accounts/{}", me["account_id"].as_str().unwrap());
    let change = |role: &str, disabled: bool| json!({"display_name": "我", "role": role, "disabled": disabled});
    office
        .put(&path, change("administrator", true))
        .await
        .refused(403, "not_allowed");
    office
        .put(&path, change("auditor", false))
        .await
        .refused(403, "not_allowed");
    office.put(&path, change("administrator", false)).await.ok();
    office.get("/v1/session").await.ok();
}

async fn accounts_are_listed_page_by_page(world: World) {
    let office = administrator(&world).await;
    for number in 0..5 {
        make_account(&world, &format!("kj{number}"), Role::Commissioner, COUNTY).await;
    }
    let (mut logins, mut cursor) = (vec![], String::new());
    loop {
        let page = office
            .get(&format!("/v1/accounts?limit=3{cursor}"))
            .await
            .ok();
        let accounts = page["accounts"].as_array().unwrap();
        logins.extend(
            accounts
                .iter()
                .map(|account| account["login"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(logins, ["admin", "kj0", "kj1", "kj2", "kj3", "kj4"]);
    let page = office.get("/v1/accounts?role=administrator").await.ok();
    assert_eq!(page["accounts"].as_array().unwrap().len(), 1);
    for wrong in ["limit=0", "limit=501", "limit=x", "role=king", "page=2"] {
        office
            .get(&format!("/v1/accounts?{wrong}"))
            .await
            .refused(400, "invalid_parameter");
    }
}

async fn a_code_makes_one_device_even_when_two_phones_race(world: World) {
    let office = administrator(&world).await;
    let id = make_account(&world, "kj1", Role::Commissioner, COUNTY).await;
    let nobody = Caller::nobody(&world);
    for round in 1..=5 {
        let issued = office
            .post(&format!("/v1/accounts/{id}/enrolment-codes"), json!({}))
            .await
            .ok();
        let tries =
            (0..4).map(|_| nobody.post("/v1/devices/enrol", json!({"code": issued["code"]})));
        let answers = futures::future::join_all(tries).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|answer| answer.status == StatusCode::CREATED);
        assert_eq!((made.len(), refused.len()), (1, 3));
        for answer in refused {
            answer.refused(403, "enrolment_code_invalid");
        }
        assert_eq!(
            world.number("SELECT COUNT(*) AS number FROM device").await,
            round
        );
    }
}

async fn a_code_ends(world: World) {
    let office = administrator(&world).await;
    let id = make_account(&world, "kj1", Role::Commissioner, COUNTY).await;
    let issued = office
        .post(&format!("/v1/accounts/{id}/enrolment-codes"), json!({}))
        .await
        .ok();
    let nobody = Caller::nobody(&world);
    world.pass(72 * 60 * MINUTE);
    nobody
        .post("/v1/devices/enrol", json!({"code": issued["code"]}))
        .await
        .refused(403, "enrolment_code_invalid");
    for wrong in ["", "ABCD-2345", "绑定码", "\u{0}"] {
        nobody
            .post("/v1/devices/enrol", json!({"code": wrong}))
            .await
            .refused(403, "enrolment_code_invalid");
    }
}

async fn an_enrolment_code_comes_with_a_qr_code_of_the_server(world: World) {
    let office = administrator(&world).await;
    let id = make_account(&world, "kj1", Role::Commissioner, COUNTY).await;
    let path = format!("/v1/accounts/{id}/enrolment-codes");
    let issued = office.post(&path, json!({})).await.ok();
    let code = issued["code"].as_str().unwrap();
    let payload = format!(
        "tepai://enrol?server=http%3A%2F%2Fkj.test&code={}",
        code.replace('-', "")
    );
    assert_eq!(issued["qr_payload"], payload);
    assert!(issued["qr_svg"].as_str().unwrap().contains("<svg"));
    let typed = code.to_lowercase().replace('-', " ");
    let device = Caller::nobody(&world)
        .post("/v1/devices/enrol", json!({"code": typed}))
        .await
        .ok();
    assert_eq!(device["person_id"], id.as_str());
    let auditor = make_account(&world, "shen", Role::Auditor, COUNTY).await;
    office
        .post(
            &format!("/v1/accounts/{auditor}/enrolment-codes"),
            json!({}),
        )
        .await
        .refused(403, "not_allowed");
}

async fn a_revoked_device_is_told_so(world: World) {
    let office = administrator(&world).await;
    let id = make_account(&world, "kj1", Role::Commissioner, COUNTY).await;
    let (device, phone) = enrol(&world, &office, &id).await;
    let (_, other) = enrol(&world, &office, &id).await;
    let me = phone.get("/v1/devices/me").await.ok();
    assert_eq!(
        (&me["name"], &me["person_id"]),
        (&json!("荣耀 50"), &json!(id))
    );
    phone.get("/v1/sync/hello").await.ok();
    phone.get("/v1/session").await.refused(401, "not_signed_in");
    phone.get("/v1/devices").await.refused(401, "not_signed_in");
    office
        .get("/v1/devices/me")
        .await
        .refused(401, "not_signed_in");
    let path = format!("/v1/devices/{device}/revoke");
    phone
        .post(&path, json!({}))
        .await
        .refused(401, "not_signed_in");
    let first = office.post(&path, json!({})).await.ok();
    world.pass(MINUTE);
    let second = office.post(&path, json!({})).await.ok();
    assert_eq!(first["revoked_at"], second["revoked_at"]);
    for path in ["/v1/devices/me", "/v1/sync/hello", "/v1/visits"] {
        phone.get(path).await.refused(403, "device_revoked");
    }
    other.get("/v1/devices/me").await.ok();
    let listed = office.get("/v1/devices").await.ok();
    assert_eq!(listed["devices"].as_array().unwrap().len(), 2);
    assert_eq!(listed["devices"][0]["id"], device.as_str());
    let page = office.get("/v1/devices?limit=1").await.ok();
    let next = page["next"].as_str().unwrap();
    let page = office
        .get(&format!("/v1/devices?limit=1&cursor={next}&person={id}"))
        .await
        .ok();
    assert!(page.get("next").is_none() && page["devices"][0]["id"] != device.as_str());
}

async fn a_coordinator_sees_the_devices_of_the_township(world: World) {
    let office = administrator(&world).await;
    make_account(&world, "xiang", Role::Coordinator, COUNTY).await;
    let coordinator = Caller::nobody(&world).signed_in("xiang").await;
    let near = world.commissioner(&villages()[..1]).await;
    let far = world.commissioner(&villages()[4..5]).await;
    let (device, _) = enrol(&world, &office, &near.to_string()).await;
    enrol(&world, &office, &far.to_string()).await;
    let seen = coordinator.get("/v1/devices").await.ok();
    assert_eq!(seen["devices"].as_array().unwrap().len(), 1);
    assert_eq!(seen["devices"][0]["id"], device.as_str());
    coordinator
        .post(&format!("/v1/devices/{device}/revoke"), json!({}))
        .await
        .refused(403, "not_allowed");
}

async fn what_is_kept_of_secrets_is_not_the_secret(world: World) {
    let office = administrator(&world).await;
    let id = make_account(&world, "kj1", Role::Commissioner, COUNTY).await;
    let (_, phone) = enrol(&world, &office, &id).await;
    office
        .post(&format!("/v1/accounts/{id}/enrolment-codes"), json!({}))
        .await
        .ok();
    for (sql, length) in [
        (
            "SELECT COUNT(*) AS number FROM session WHERE LENGTH(token_hash) = 64 AND token_hash NOT LIKE 'tp%'",
            1,
        ),
        (
            "SELECT COUNT(*) AS number FROM device WHERE LENGTH(token_hash) = 64 AND token_hash NOT LIKE 'tp%'",
            1,
        ),
        (
            "SELECT COUNT(*) AS number FROM enrolment_code WHERE LENGTH(code_hash) = 64",
            1,
        ),
        (
            "SELECT COUNT(*) AS number FROM account WHERE password_hash LIKE '$argon2id$%'",
            1,
        ),
    ] {
        assert_eq!(world.number(sql).await, length, "{sql}");
    }
    drop(phone);
}

async fn bad_input_is_refused_by_code(world: World) {
    let office = administrator(&world).await;
    let nobody = Caller::nobody(&world);
    for body in [
        json!({}),
        json!([]),
        json!({"login": 1, "password": "x"}),
        json!({"login": "a", "password": "b", "role": "x"}),
    ] {
        nobody
            .post("/v1/session", body)
            .await
            .refused(400, "malformed_request");
    }
    nobody
        .sign_in(&"王".repeat(10_000), &"密".repeat(10_000))
        .await
        .refused(401, "wrong_credentials");
    nobody
        .sign_in("a\u{0}b", "\u{0}")
        .await
        .refused(401, "wrong_credentials");
    for token in ["", "tps_", "tpd_", "tpd_x\u{e9}", &"x".repeat(5000)] {
        let odd = nobody.bearing(token);
        odd.get("/v1/session").await.refused(401, "not_signed_in");
        odd.get("/v1/devices/me")
            .await
            .refused(401, "not_signed_in");
        odd.get("/v1/visits").await.refused(401, "not_signed_in");
    }
    for path in [
        "/v1/accounts/x",
        "/v1/accounts/00000000-0000-0000-0000-000000000000",
    ] {
        office.get(path).await.refused(404, "not_found");
    }
    let id = make_account(&world, "kj1", Role::Commissioner, COUNTY).await;
    let path = format!("/v1/accounts/{id}/enrolment-codes");
    let issued = office.post(&path, json!({})).await.ok();
    let long = json!({"code": issued["code"], "device_name": "x".repeat(65)});
    let problem = nobody
        .post("/v1/devices/enrol", long)
        .await
        .refused(422, "invalid_input");
    assert_eq!(problem["errors"][0]["pointer"], "/device_name");
    nobody
        .post(
            "/v1/devices/enrol",
            json!({"code": issued["code"], "device_name": " "}),
        )
        .await
        .ok();
    for cursor in ["A", "a%20b", "", &"a".repeat(100)] {
        let path = format!("/v1/accounts?cursor={cursor}");
        office.get(&path).await.refused(400, "invalid_cursor");
    }
}
