//! The audit trail: every act of the office and of phones is in it, and a link that is changed, removed, put in or moved is
//! found.

use axum::http::Method;
use sea_orm::Value as Sql;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tepai_app::audit::{self, BreakKind, Head};
use tepai_app::identity::accounts::Manager;
use tepai_app::photos::cleanup;
use tepai_domain::actor::Role;
use tepai_tests::caller::{PASSWORD, enrol, make_account, office};
use tepai_tests::photo::jpeg;
use tepai_tests::sender::sender;
use tepai_tests::world::{COUNTY, DAY_MS, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_month_of_the_office_and_of_phones_is_in_the_trail,
    the_county_reads_its_trail_and_nobody_else_does,
    a_link_that_is_changed_removed_put_in_or_moved_is_found,
    a_chain_made_anew_as_a_whole_is_found_by_what_was_written_down,
    acts_at_the_same_moment_make_one_chain,
    what_is_refused_or_rehearsed_leaves_no_link,
);

async fn acts(world: &World) -> BTreeSet<String> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        act: String,
    }
    let rows: Vec<Row> = world.fetch("SELECT act FROM audit", vec![]).await;
    rows.into_iter().map(|row| row.act).collect()
}

async fn broken(world: &World, noted: &[Head]) -> Vec<(i64, BreakKind)> {
    let walked = audit::verify(&world.app, noted).await.unwrap();
    let breaks = walked.breaks.into_iter();
    breaks.map(|found| (found.seq, found.kind)).collect()
}

/// Ten changes of a setting: a chain of eleven links, with the sign-in.
async fn ten_changes(world: &World) -> Caller {
    let administrator = office(world, Role::Administrator).await;
    for days in 20..30 {
        let body = json!({"value": days});
        administrator
            .put("/v1/settings/overdue_days", body)
            .await
            .ok();
    }
    administrator
}

async fn a_month_of_the_office_and_of_phones_is_in_the_trail(world: World) {
    let administrator = office(&world, Role::Administrator).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let mut phone = sender(&world).await;
    let bytes = jpeg(1, 200, 150);
    let (visit, _) = phone.announce(&world, &bytes).await;
    phone.send(&bytes).await;
    officer
        .post(
            &format!("/v1/visits/{visit}/reviews"),
            json!({"rev": 1, "decision": "approve"}),
        )
        .await;
    officer.get(&format!("/v1/albums?visit={visit}")).await;
    let pushed = administrator.get("/v1/audit?act=pushed").await.ok();
    assert_eq!(pushed["links"][0]["by"], "device");
    let name = &pushed["links"][0]["by_name"];
    assert!(name.is_string(), "whose phone it is: {pushed}");
    let person = make_account(&world, "li.fang", Role::Commissioner, COUNTY).await;
    let (_, device) = enrol(&world, &administrator, &person).await;
    drop(device);
    let account = format!("/v1/accounts/{person}");
    let change = json!({"display_name": "李芳", "role": "commissioner"});
    administrator.put(&account, change).await.ok();
    administrator
        .put("/v1/settings/overdue_days", json!({"value": 20}))
        .await
        .ok();
    let wrong = Caller::nobody(&world);
    wrong
        .sign_in("office.administrator", "wrong password")
        .await;
    officer.delete("/v1/session").await;
    world.pass(cleanup::GRACE_MS + DAY_MS);
    let told = acts(&world).await;
    for act in [
        "account_changed",
        "account_made",
        "album_made",
        "code_issued",
        "device_enrolled",
        "photo_kept",
        "pushed",
        "setting_changed",
        "sign_in_failed",
        "signed_in",
        "signed_out",
        "visit_reviewed",
    ] {
        assert!(told.contains(act), "{act} is not in {told:?}");
    }
    assert_eq!(broken(&world, &[]).await, []);
    // Nobody is named.
    let names = "SELECT COUNT(*) AS number FROM audit WHERE detail LIKE '%李芳%' OR detail LIKE '%li.fang%'";
    assert_eq!(world.number(names).await, 0);
}

async fn the_county_reads_its_trail_and_nobody_else_does(world: World) {
    let administrator = ten_changes(&world).await;
    let first = administrator
        .get("/v1/audit?act=setting_changed&limit=4")
        .await
        .ok();
    let values = |page: &Value| -> Vec<i64> {
        let links = page["links"].as_array().unwrap().iter();
        links
            .map(|link| link["detail"]["value"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(values(&first), [29, 28, 27, 26], "the newest first");
    let link = &first["links"][0];
    assert_eq!(
        (&link["by"], &link["object"]),
        (&json!("person"), &json!("overdue_days"))
    );
    assert_eq!(link["words"]["zh"], "修改设置");
    assert_eq!(link["by_name"], "名 office.administrator");
    let next = first["next"].as_str().unwrap();
    let second = administrator
        .get(&format!(
            "/v1/audit?act=setting_changed&limit=4&cursor={next}"
        ))
        .await
        .ok();
    assert_eq!(values(&second), [25, 24, 23, 22]);
    for role in [Role::Auditor, Role::CountyOfficer] {
        let officer = office(&world, role).await;
        assert_eq!(officer.get("/v1/audit").await.status, 200, "{role:?}");
    }
    let coordinator = office(&world, Role::Coordinator).await;
    coordinator
        .get("/v1/audit")
        .await
        .refused(403, "not_allowed");
    Caller::nobody(&world)
        .get("/v1/audit")
        .await
        .refused(401, "not_signed_in");
    let phone = sender(&world).await;
    phone
        .http
        .get("/v1/audit")
        .await
        .refused(401, "not_signed_in");
    for wrong in ["cursor=x", "limit=0", "limit=501", "act=nothing"] {
        let answer = administrator.get(&format!("/v1/audit?{wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    // Another county's.
    let other = "990422";
    world.found_county(other).await;
    let login = "other.administrator";
    make_account(&world, login, Role::Administrator, other).await;
    let other = Caller::nobody(&world).signed_in(login).await;
    let theirs = other.get("/v1/audit?act=setting_changed").await.ok();
    assert_eq!(theirs["links"], json!([]));
}

async fn a_link_that_is_changed_removed_put_in_or_moved_is_found(world: World) {
    ten_changes(&world).await;
    assert_eq!(broken(&world, &[]).await, []);
    // Each harm, the way back, and what is found.
    let chain = Sql::from(COUNTY);
    let in_chain = "chain = $1 AND seq";
    let cases = [
        ("a changed detail", format!("UPDATE audit SET detail = '{{\"value\":1}}' WHERE {in_chain} = 5"), 5, BreakKind::Altered),
        ("a changed time", format!("UPDATE audit SET at = at + 1 WHERE {in_chain} = 5"), 5, BreakKind::Altered),
        ("somebody else", format!("UPDATE audit SET doer_kind = 'server', doer_id = NULL WHERE {in_chain} = 5"), 5, BreakKind::Altered),
        ("an act that there is not", format!("UPDATE audit SET act = 'nothing' WHERE {in_chain} = 5"), 5, BreakKind::Altered),
        ("a removed link", format!("DELETE FROM audit WHERE {in_chain} = 5"), 5, BreakKind::Missing),
        ("removed last links", format!("DELETE FROM audit WHERE {in_chain} > 8"), 9, BreakKind::Missing),
        ("a link put in at the end", format!("INSERT INTO audit SELECT chain, 99, county_code, at, doer_kind, doer_id, act, object, detail, hash FROM audit WHERE {in_chain} = 5"), 12, BreakKind::Missing),
        ("two that changed places", format!("UPDATE audit SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE {in_chain} IN (5, 6)"), 1, BreakKind::Missing),
        ("a head set back", "UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit WHERE chain = $1 AND seq = 7) WHERE chain = $1".to_owned(), 11, BreakKind::HeadDiffers),
        ("a head that is gone", "DELETE FROM audit_head WHERE chain = $1".to_owned(), 11, BreakKind::HeadDiffers),
    ];
    world
        .execute("CREATE TABLE audit_copy AS SELECT * FROM audit", vec![])
        .await;
    world
        .execute("CREATE TABLE head_copy AS SELECT * FROM audit_head", vec![])
        .await;
    let links = world.number("SELECT MAX(seq) AS number FROM audit").await;
    for (what, harm, seq, kind) in cases {
        world.execute(&harm, vec![chain.clone()]).await;
        let seq = if seq >= 11 { seq - 11 + links } else { seq };
        let found = broken(&world, &[]).await;
        assert_eq!(found.first(), Some(&(seq, kind)), "{what}: {found:?}");
        for (table, copy) in [("audit", "audit_copy"), ("audit_head", "head_copy")] {
            world.execute(&format!("DELETE FROM {table}"), vec![]).await;
            world
                .execute(&format!("INSERT INTO {table} SELECT * FROM {copy}"), vec![])
                .await;
        }
        assert_eq!(broken(&world, &[]).await, [], "whole again after {what}");
    }
}

async fn a_chain_made_anew_as_a_whole_is_found_by_what_was_written_down(world: World) {
    ten_changes(&world).await;
    let noted = audit::verify(&world.app, &[]).await.unwrap().heads;
    let noted: Vec<Head> = noted
        .into_iter()
        .filter(|head| head.chain == COUNTY)
        .collect();
    // Whoever owns the database forgets all, and lets the server write another story of the same length.
    world.execute("DELETE FROM audit", vec![]).await;
    world.execute("DELETE FROM audit_head", vec![]).await;
    let administrator = Caller::nobody(&world)
        .signed_in("office.administrator")
        .await;
    for days in 40..60 {
        let body = json!({"value": days});
        administrator
            .put("/v1/settings/overdue_days", body)
            .await
            .ok();
    }
    assert_eq!(broken(&world, &[]).await, [], "by itself it is whole");
    let found = broken(&world, &noted).await;
    assert_eq!(found, [(noted[0].seq, BreakKind::NoteDiffers)]);
    world.execute("DELETE FROM audit", vec![]).await;
    world.execute("DELETE FROM audit_head", vec![]).await;
    assert_eq!(
        broken(&world, &noted).await,
        [(noted[0].seq, BreakKind::Missing)]
    );
}

async fn acts_at_the_same_moment_make_one_chain(world: World) {
    let administrator = office(&world, Role::Administrator).await;
    let before = world.number("SELECT COUNT(*) AS number FROM audit").await;
    let change = |days: i64| {
        let administrator = administrator.clone();
        async move {
            let body = json!({"value": days});
            administrator
                .put("/v1/settings/overdue_days", body)
                .await
                .ok()
        }
    };
    futures::future::join_all((1..=40).map(change)).await;
    let after = world.number("SELECT COUNT(*) AS number FROM audit").await;
    assert_eq!(after - before, 40);
    assert_eq!(broken(&world, &[]).await, []);
}

async fn what_is_refused_or_rehearsed_leaves_no_link(world: World) {
    let administrator = office(&world, Role::Administrator).await;
    let before = world.number("SELECT COUNT(*) AS number FROM audit").await;
    let body = json!({"value": "many"});
    let refused = administrator.put("/v1/settings/overdue_days", body).await;
    assert_eq!(refused.status, 422);
    let table = "技术编码,技术名称,产业\nT1,稻虾共作,aquaculture\n".to_owned();
    let report = tepai_app::imports::techniques::import(
        &world.app,
        &Manager::Operator,
        villages()[0].county(),
        table.into_bytes().into(),
        true,
    )
    .await;
    report.unwrap();
    let nobody = Caller::nobody(&world);
    nobody.send(Method::DELETE, "/v1/session", None).await;
    nobody.sign_in("nobody", PASSWORD).await;
    assert_eq!(
        world.number("SELECT COUNT(*) AS number FROM audit").await,
        before
    );
}
