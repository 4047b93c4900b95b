//! What a coordinator does with coverage: which villages wait, by the interval of place and season, whose they are, who may
//! have been there without having synced, and what to write to them.

use serde_json::{Value, json};
use tepai_app::summaries::check;
use tepai_domain::actor::Role;
use tepai_tests::caller::office;
use tepai_tests::world::{COUNTY, code, date, townships, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_village_is_overdue_by_the_interval_of_its_place_and_season,
    a_village_says_whose_it_is_since_when_and_what_nobody_there_knows,
    a_reminder_names_what_waits_and_who_may_have_been_there,
    the_last_visit_of_months_long_past_is_known_without_reading_them,
);

async fn coverage(caller: &Caller, division: &str, period: &str) -> Value {
    let path = format!("/v1/coverage/{division}?period={period}");
    caller.get(&path).await.ok()
}

fn village_of(coverage: &Value, at: usize) -> Value {
    let mut all = coverage["villages"].as_array().unwrap().iter();
    let key = villages()[at].to_string();
    all.find(|village| village["key"] == key).unwrap().clone()
}

/// An approved visit of a village on a day.
async fn visit(
    world: &World,
    officer: &Caller,
    phone: &mut tepai_tests::Phone,
    at: usize,
    on: &str,
) {
    let village = villages()[at].to_string();
    officer
        .approved_visit(world, phone, (&village, on), json!({}))
        .await;
}

async fn a_village_is_overdue_by_the_interval_of_its_place_and_season(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    visit(&world, &officer, &mut phone, 0, "2026-06-10").await;
    visit(&world, &officer, &mut phone, 5, "2026-06-10").await;
    let stands = async |period: &str, at: usize| {
        let village = village_of(&coverage(&officer, COUNTY, period).await, at);
        let [days, interval] = ["days_since", "interval_days"].map(|name| village[name].as_i64());
        (
            days,
            interval.unwrap(),
            village["is_overdue"].as_bool().unwrap(),
        )
    };
    assert_eq!(stands("2026-06", 0).await, (Some(20), 30, false));
    let rules = json!({"valid_from": "2026-01-01", "value": [
        {"division": townships()[0], "from": "06-01", "to": "09-30", "days": 15},
        {"days": 20},
    ]});
    officer
        .put("/v1/settings/visit_intervals", rules)
        .await
        .ok();
    assert_eq!(stands("2026-06", 0).await, (Some(20), 15, true));
    assert_eq!(stands("2026-06", 5).await, (Some(20), 20, false));
    // Out of season the rule of the county holds.
    assert_eq!(stands("2026-05", 0).await, (None, 20, true));
    let wrong = json!({"value": [{"days": 0}]});
    let refused = officer.put("/v1/settings/visit_intervals", wrong).await;
    refused.refused(422, "invalid_input");
}

async fn a_village_says_whose_it_is_since_when_and_what_nobody_there_knows(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()[..1]).await;
    world
        .assign(person, &villages()[1], "2026-06-16", Some("2026-12-31"))
        .await;
    world
        .execute(
            "INSERT INTO village_profile (village_code, county_code, lead_industries) VALUES ($1, $2, $3)",
            vec![villages()[0].as_str().into(), COUNTY.into(), r#"["aquaculture","vegetable"]"#.into()],
        )
        .await;
    world
        .execute(
            "INSERT INTO commissioner (account_id, county_code, staff_no, kind, industries) VALUES ($1, $2, '001', 'person', $3)",
            vec![person.0.into(), COUNTY.into(), r#"["vegetable"]"#.into()],
        )
        .await;
    let june = coverage(&officer, COUNTY, "2026-06").await;
    let (first, second, third) = (
        village_of(&june, 0),
        village_of(&june, 1),
        village_of(&june, 2),
    );
    assert_eq!(first["assignments"][0]["from"], "2026-01-01");
    assert!(first["assignments"][0]["to"].is_null());
    assert_eq!(first["unserved_industries"], json!(["aquaculture"]));
    assert_eq!(second["assignments"][0]["from"], "2026-06-16");
    assert_eq!(second["assignments"][0]["to"], "2026-12-31");
    assert_eq!(
        (&third["assignments"], &third["commissioners"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(first["may_have_visited"][0]["key"], person.to_string());
    assert!(first["may_have_visited"][0]["last_synced_on"].is_null());
    // On the last day of May the second village was nobody's.
    let may = coverage(&officer, COUNTY, "2026-05").await;
    assert_eq!(village_of(&may, 1)["assignments"], json!([]));
}

async fn a_reminder_names_what_waits_and_who_may_have_been_there(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let heard = world.commissioner(&villages()[..2]).await;
    let unheard = world.commissioner(&villages()[2..3]).await;
    let mut phone = world.phone(heard).await;
    visit(&world, &officer, &mut phone, 0, "2026-06-28").await;
    let path = format!("/v1/coverage/{}/reminder?period=2026-06", townships()[0]);
    let reminder = coordinator.get(&path).await.ok();
    let names: Vec<String> = villages()
        .iter()
        .map(|code| format!("village {code}"))
        .collect();
    let zh = reminder["text"]["zh"].as_str().unwrap();
    assert_eq!(reminder["on"], json!(date("2026-06-30")));
    let waiting = reminder["villages"].as_u64().unwrap();
    assert_eq!(waiting, 3, "{zh}");
    assert!(!zh.contains(&names[0]), "visited two days ago: {zh}");
    for at in [1, 2, 3] {
        assert!(
            zh.contains(&format!("· {}：从未走访（间隔 30 天）", names[at])),
            "{zh}"
        );
    }
    assert!(
        zh.contains(&format!("person {unheard}的手机尚未同步过，可能已走访")),
        "{zh}"
    );
    assert!(!zh.contains(&format!("person {heard}的手机")), "{zh}");
    let nobody = zh.find("未派驻人员").expect("the village of nobody");
    assert!(zh.find(&names[3]).unwrap() > nobody, "{zh}");
    assert!(
        reminder["text"]["en"]
            .as_str()
            .unwrap()
            .contains("nobody assigned")
    );
    let foreign = format!("/v1/coverage/{}/reminder?period=2026-06", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
}

async fn the_last_visit_of_months_long_past_is_known_without_reading_them(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    for (at, on) in [
        (0, "2026-02-27"),
        (0, "2026-01-10"),
        (1, "2026-03-31"),
        (2, "2026-06-03"),
    ] {
        visit(&world, &officer, &mut phone, at, on).await;
    }
    let (_, pending) = phone.visit(villages()[3].as_str(), "2026-03-05", json!({}));
    phone.push_one(&world.app, pending).await;
    let last = async |period: &str| {
        let coverage = coverage(&officer, COUNTY, period).await;
        let of = |at: usize| village_of(&coverage, at)["last_visit_on"].clone();
        [of(0), of(1), of(2), of(3)]
    };
    let expected = [
        json!("2026-02-27"),
        json!("2026-03-31"),
        json!("2026-06-03"),
        Value::Null,
    ];
    // Stale cells are folded, fresh ones asked; a period that cuts its first month asks the records of the days before.
    for period in ["2026-06", "2026-06", "2026-03-15..2026-06-30", "2026"] {
        assert_eq!(last(period).await, expected, "{period}");
    }
    let before_that = last("2026-02-01..2026-02-20").await;
    assert_eq!(before_that[0], json!("2026-01-10"));
    // Cells of an older layout tell nothing, and are folded anew.
    let older = "UPDATE summary_cell SET facts = '{}', layout = 1, last_visit_on = NULL";
    assert!(world.execute(older, vec![]).await > 0);
    assert_eq!(last("2026-06").await, expected);
    assert!(
        check::check(&world.app, code(COUNTY))
            .await
            .unwrap()
            .is_right()
    );
    // The control: what the column says is believed, and `tepai check` finds a lie.
    let lie =
        "UPDATE summary_cell SET last_visit_on = '2026-03-30' WHERE last_visit_on = '2026-03-31'";
    assert_eq!(world.execute(lie, vec![]).await, 1);
    assert_eq!(last("2026-06").await[1], json!("2026-03-30"));
    let found = check::check(&world.app, code(COUNTY)).await.unwrap();
    assert_eq!(found.wrong, [format!("{} 202603", villages()[1])]);
}
