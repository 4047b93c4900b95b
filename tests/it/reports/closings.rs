//! A period that the county closed: what was printed stays, and what came later says before, after and why.

use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_tests::caller::office;
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_closed_month_that_changes_shows_before_after_and_the_records_behind_it,
    a_month_is_closed_when_it_is_over_and_an_altered_report_is_not_shown,
    a_record_whose_date_moved_is_told_in_the_month_that_it_left_and_the_one_it_came_to,
    what_figures_depend_on_beside_records_is_named_if_it_reaches_the_period,
    a_report_is_taken_out_as_it_stood_closed_at_the_end_of_a_day,
);

async fn export(officer: &Caller, more: &str) -> Value {
    let path = format!("/v1/exports/{COUNTY}?period=2026-05&format=json{more}");
    without_number(officer.get(&path).await.ok())
}

/// A report, which has another number each time that it goes out.
fn without_number(mut report: Value) -> Value {
    let number = report.as_object_mut().unwrap().remove("number");
    assert!(number.is_some(), "{report}");
    report
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
    close("2026").await.refused(422, "illegal_transition");
    close("May").await.refused(400, "invalid_parameter");
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

async fn a_record_whose_date_moved_is_told_in_the_month_that_it_left_and_the_one_it_came_to(
    world: World,
) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let (id, create) = phone.visit(villages()[0].as_str(), "2026-04-20", json!({}));
    let (other, another) = phone.visit(villages()[1].as_str(), "2026-05-21", json!({}));
    let rev = phone.push_one(&world.app, create).await.rev.unwrap();
    phone.push_one(&world.app, another).await;
    for period in ["2026-04", "2026-05", "2026-03-01..2026-05-31"] {
        officer
            .post("/v1/closings", json!({"period": period}))
            .await
            .ok();
    }
    world.pass(60_000);
    let set = json!({"service_from": "2026-05-02"});
    let patch = phone.patch("visit", id, rev, set);
    assert!(phone.push_one(&world.app, patch).await.problem.is_none());
    let told = async |period: &str| {
        let answer = officer.get(&format!("/v1/closings/{period}")).await.ok();
        let records = answer["records"].as_array().unwrap().iter();
        records
            .map(|one| {
                let of = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                (of("id"), of("why"), of("was_on"), of("on"))
            })
            .collect::<Vec<_>>()
    };
    let moved = |why: &str, was_on: &str| {
        vec![(
            id.to_string(),
            why.to_owned(),
            was_on.to_owned(),
            "2026-05-02".to_owned(),
        )]
    };
    assert_eq!(told("2026-04").await, moved("moved_out", "2026-04-20"));
    assert_eq!(told("2026-05").await, moved("moved_in", ""));
    // Inside the longer period it has only another date.
    let longer = told("2026-03-01..2026-05-31").await;
    assert_eq!(longer, moved("changed_later", "2026-04-20"));
    // The control: the visit that nobody touched is told nowhere.
    assert!(longer.iter().all(|one| one.0 != other.to_string()));
}

async fn what_figures_depend_on_beside_records_is_named_if_it_reaches_the_period(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    world.commissioner(&villages()).await;
    let quarter = json!({"period": "2026-Q1"});
    let before = json!({"value": 20, "valid_from": "2026-01-01"});
    officer.put("/v1/settings/overdue_days", before).await.ok();
    world.pass(1000);
    officer.post("/v1/closings", quarter).await.ok();
    world.pass(1000);
    let causes = async || officer.get("/v1/closings/2026-Q1").await.ok()["causes"].clone();
    assert_eq!(causes().await, json!([]), "what was there is no cause");
    let kinds = json!({"value": ["villagers_committee", "residents_committee"], "valid_from": "2026-03-01"});
    officer.put("/v1/settings/coverage_kinds", kinds).await.ok();
    let later = json!({"value": 40, "valid_from": "2026-04-01"});
    officer.put("/v1/settings/overdue_days", later).await.ok();
    let causes = causes().await;
    assert_eq!(causes.as_array().unwrap().len(), 1, "{causes}");
    assert_eq!(
        (&causes[0]["act"], &causes[0]["object"]),
        (&json!("setting_changed"), &json!("coverage_kinds"))
    );
}

async fn a_report_is_taken_out_as_it_stood_closed_at_the_end_of_a_day(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let may = json!({"period": "2026-05"});
    officer.post("/v1/closings", may.clone()).await.ok();
    let first = export(&officer, "&closed=true").await;
    let first_day = first["made_on"].as_str().unwrap().to_owned();
    world.pass(3 * 86_400_000);
    // A session ends meanwhile.
    let officer = Caller::nobody(&world)
        .signed_in("office.county_officer")
        .await;
    let (_, create) = phone.visit(villages()[0].as_str(), "2026-05-21", json!({}));
    phone.push_one(&world.app, create).await;
    officer.post("/v1/closings", may).await.ok();
    let second = export(&officer, "&closed=true").await;
    assert_ne!(first, second);
    assert_eq!(
        export(&officer, &format!("&as_of={first_day}")).await,
        first
    );
    let last_day = second["made_on"].as_str().unwrap();
    assert_eq!(
        export(&officer, &format!("&as_of={last_day}")).await,
        second
    );
    let then = officer
        .get(&format!("/v1/closings/2026-05?as_of={first_day}"))
        .await
        .ok();
    assert_eq!(then["changed"], 1, "{then}");
    let too_early = format!("/v1/exports/{COUNTY}?period=2026-05&format=json&as_of=2026-05-31");
    officer.get(&too_early).await.refused(404, "not_found");
}
