//! A month that the county closed: what was printed stays, and what came later says before, after and why.

use serde_json::{Value, json};
use tepai_server::domain::actor::Role;
use tepai_tests::caller::office;
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_closed_month_that_changes_shows_before_after_and_the_records_behind_it,
    a_month_is_closed_when_it_is_over_and_an_altered_report_is_not_shown,
);

async fn export(officer: &Caller, more: &str) -> Value {
    let path = format!("/v1/exports/{COUNTY}?period=2026-05&format=json{more}");
    officer.get(&path).await.ok()
}

async fn a_closed_month_that_changes_shows_before_after_and_the_records_behind_it(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let place = villages()[0].to_string();
    let more = json!({"leaflets": 3});
    let first = officer
        .approved_visit(&world, &mut phone, (&place, "2026-05-05"), more)
        .await;
    let printed = export(&officer, "").await;
    let may = json!({"month": "2026-05"});
    officer.post("/v1/closings", may.clone()).await.ok();
    assert_eq!(export(&officer, "&closed=true").await, printed);
    let quiet = officer.get("/v1/closings/2026-05").await.ok();
    let nothing = (json!(false), json!([]));
    assert_eq!(
        (quiet["is_restated"].clone(), quiet["records"].clone()),
        nothing
    );
    // Somebody was offline for a month, and a review is opened again.
    world.pass(60_000);
    let more = json!({"leaflets": 4});
    let late = officer
        .approved_visit(&world, &mut phone, (&place, "2026-05-20"), more)
        .await;
    let path = format!("/v1/visits/{first}");
    let rev = officer.get(&path).await.ok()["rev"].clone();
    let reopen = json!({"rev": rev, "decision": "reopen", "comment": "核实照片"});
    officer.post(&format!("{path}/reviews"), reopen).await.ok();
    let answer = officer.get("/v1/closings/2026-05").await.ok();
    assert_eq!(answer["is_restated"], true);
    let restated = answer["restated"].as_array().unwrap();
    let of = |division: &str, measure: &str| {
        let mut all = restated.iter();
        let found = all.find(|one| one["division"] == division && one["measure"] == measure);
        found.map(|one| (one["before"].clone(), one["after"].clone()))
    };
    let township = townships()[0].to_string();
    for division in [COUNTY, &township] {
        assert_eq!(of(division, "leaflets"), Some((json!(3), json!(4))));
        assert_eq!(of(division, "visits"), None, "one each time");
        assert_eq!(of(division, "pending_visits"), Some((json!(0), json!(1))));
    }
    assert_eq!(of(townships()[1].as_str(), "leaflets"), None);
    let mut records: Vec<_> = answer["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].clone(), one["why"].as_str().unwrap()))
        .collect();
    let mut expected = [
        (json!(first), "changed_later"),
        (json!(late), "arrived_later"),
    ];
    records.sort_by_key(|one| one.1);
    expected.sort_by_key(|one| one.1);
    assert_eq!(records, expected);
    // What was printed is printed again, and the present is the present.
    assert_eq!(export(&officer, "&closed=true").await, printed);
    assert_ne!(export(&officer, "").await, printed);
    // Closed again, it has nothing to tell; both closings stand.
    officer.post("/v1/closings", may).await.ok();
    let quiet = officer.get("/v1/closings/2026-05").await.ok();
    assert_eq!(
        (quiet["is_restated"].clone(), quiet["records"].clone()),
        nothing
    );
    let all = officer.get("/v1/closings").await.ok();
    assert_eq!(all["closings"].as_array().unwrap().len(), 2);
}

async fn a_month_is_closed_when_it_is_over_and_an_altered_report_is_not_shown(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let close = async |month: &str| officer.post("/v1/closings", json!({"month": month})).await;
    close("2026-06").await.refused(422, "illegal_transition");
    close("2026").await.refused(400, "invalid_parameter");
    let path = "/v1/closings/2026-05";
    officer.get(path).await.refused(404, "not_found");
    let printed = |of: &str| format!("/v1/exports/{of}?period=2026-05&format=json&closed=true");
    officer
        .get(&printed(COUNTY))
        .await
        .refused(404, "not_found");
    close("2026-05").await.ok();
    officer.get(path).await.ok();
    // A coordinator reads one township, and not the county's closed report.
    let coordinator = office(&world, Role::Coordinator).await;
    let own = printed(townships()[0].as_str());
    coordinator.get(&own).await.refused(404, "not_found");
    let sql = "UPDATE closing SET report = replace(report, '2026', '2027')";
    assert_eq!(world.execute(sql, vec![]).await, 1);
    officer.get(path).await.refused(500, "internal");
}
