//! Summaries and coverage over HTTP: what the office reads is what the phones wrote, with the records behind it.

use axum::http::header;
use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_tests::caller::office;
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    every_figure_of_visits_links_to_exactly_the_visits_behind_it,
    people_villages_and_days_of_a_county_are_counted_and_not_summed,
    a_summary_says_how_complete_it_is_and_changes_its_tag_with_its_figures,
    a_coordinator_reads_the_own_township_alone,
    the_four_coverages_have_their_own_denominators,
);

const MODES: [&str; 3] = ["household", "tour", "online"];
const INDUSTRIES: [&str; 3] = ["aquaculture", "vegetable", "other"];

/// A county in June with visits of every form, by two commissioners, in eight villages; a third of them approved,
/// a third waiting and some returned.
async fn june(world: &World) -> (Caller, Vec<Phone>) {
    let officer = office(world, Role::CountyOfficer).await;
    let mut phones = vec![
        world.phone_everywhere().await,
        world.phone_everywhere().await,
    ];
    let second = phones[1].actor.person;
    for number in 0..24_usize {
        let phone = &mut phones[number % 2];
        let village = villages()[number % 8].to_string();
        let mut more = json!({
            "mode": MODES[number % 3], "industry": INDUSTRIES[number / 3 % 3], "chain_stage": "production",
            "service_mode": if number % 4 == 0 { "paid" } else { "free" }, "technique_codes": [format!("T{}", number % 2)],
        });
        if number % 2 == 0 && number % 5 == 0 {
            more["participant_ids"] = json!([second.0]);
        }
        let (id, create) = phone.visit(&village, &format!("2026-06-{:02}", number % 7 + 1), more);
        let result = phone.push_one(&world.app, create).await;
        assert!(result.rev.is_some(), "{result:?}");
        let decision = match number % 3 {
            1 if number % 2 == 0 => {
                json!({"rev": result.rev, "decision": "return", "reason": "no_photo", "comment": "请补照片"})
            }
            2 => continue,
            _ => json!({"rev": result.rev, "decision": "approve"}),
        };
        officer
            .post(&format!("/v1/visits/{}/reviews", id.0), decision)
            .await
            .ok();
    }
    (officer, phones)
}

async fn linked(officer: &Caller, link: &str) -> i64 {
    let mut count = 0;
    let mut cursor = String::new();
    loop {
        let page = officer.get(&format!("{link}&limit=3{cursor}")).await.ok();
        count += page["visits"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return i64::try_from(count).unwrap(),
        }
    }
}

fn figure<'a>(figures: &'a Value, measure: &str) -> &'a Value {
    let found = figures
        .as_array()
        .unwrap()
        .iter()
        .find(|figure| figure["measure"] == measure);
    found.expect(measure)
}

async fn every_figure_of_visits_links_to_exactly_the_visits_behind_it(world: World) {
    let (officer, _) = june(&world).await;
    let mut followed = 0;
    for by in [
        "township",
        "village",
        "month",
        "industry",
        "technique",
        "commissioner",
        "mode",
        "chain_stage",
        "service_mode",
    ] {
        let summary = officer
            .get(&format!("/v1/summaries/{COUNTY}?period=2026-06&by={by}"))
            .await
            .ok();
        let rows = summary["rows"].as_array().unwrap();
        assert!(!rows.is_empty(), "{by}");
        let all = rows
            .iter()
            .map(|row| &row["figures"])
            .chain([&summary["total"]]);
        for figures in all {
            for measure in ["visits", "pending_visits", "returned_visits"] {
                let figure = figure(figures, measure);
                let link = figure["records"].as_str().unwrap();
                assert_eq!(
                    Some(linked(&officer, link).await),
                    figure["value"].as_i64(),
                    "by {by}: {figure}"
                );
                followed += 1;
            }
            for figure in figures.as_array().unwrap() {
                let link = figure["records"].as_str().unwrap();
                officer.get(link).await.ok();
            }
        }
        let measures = summary["measures"].as_array().unwrap();
        for figure in summary["total"].as_array().unwrap() {
            let meaning = measures
                .iter()
                .find(|measure| measure["code"] == figure["measure"])
                .unwrap();
            assert!(
                meaning["definition"]["zh"].is_string() && meaning["definition"]["en"].is_string(),
                "{meaning}"
            );
        }
    }
    assert!(followed > 100, "{followed}");
}

async fn people_villages_and_days_of_a_county_are_counted_and_not_summed(world: World) {
    let (officer, _) = june(&world).await;
    let path = |by: &str| format!("/v1/summaries/{COUNTY}?period=2026-06&by={by}");
    let value =
        |figures: &Value, measure: &str| figure(figures, measure)["value"].as_i64().unwrap();
    let sum = |summary: &Value, measure: &str| {
        let rows = summary["rows"].as_array().unwrap();
        rows.iter()
            .map(|row| value(&row["figures"], measure))
            .sum::<i64>()
    };
    let by_township = officer.get(&path("township")).await.ok();
    let by_person = officer.get(&path("commissioner")).await.ok();
    let total = &by_township["total"];
    assert_eq!(value(total, "commissioners"), 2);
    assert_eq!(
        sum(&by_township, "commissioners"),
        4,
        "each works in both townships"
    );
    assert_eq!(
        value(total, "visits"),
        sum(&by_township, "visits"),
        "visits add up over townships"
    );
    assert!(
        value(total, "visits") < sum(&by_person, "visits"),
        "a joint visit is one visit of two people"
    );
    assert!(value(total, "villages") <= 8);
    assert!(sum(&by_person, "villages") > value(total, "villages"));
}

async fn a_summary_says_how_complete_it_is_and_changes_its_tag_with_its_figures(world: World) {
    let (officer, mut phones) = june(&world).await;
    let path = format!("/v1/summaries/{COUNTY}?period=2026-06");
    let first = officer.get(&path).await;
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    let body = first.ok();
    assert!(body["cut_off"]["behind"].is_array(), "{}", body["cut_off"]);
    let asking = |tag: &str| vec![(header::IF_NONE_MATCH, tag.to_owned())];
    let ask = async |tag: &str| {
        let headers = asking(tag);
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str()))
            .collect();
        officer
            .send_bytes(axum::http::Method::GET, &path, &headers, "")
            .await
    };
    assert_eq!(ask(&tag).await.status.as_u16(), 304);
    let (_, late) = phones[0].visit(villages()[0].as_str(), "2026-06-03", json!({}));
    phones[0].push_one(&world.app, late).await;
    let changed = ask(&tag).await;
    assert_eq!(
        changed.status.as_u16(),
        200,
        "a late visit is another summary"
    );
    assert_ne!(changed.headers[header::ETAG].to_str().unwrap(), tag);
}

async fn a_coordinator_reads_the_own_township_alone(world: World) {
    let (officer, _) = june(&world).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let own = &townships()[0];
    let theirs = coordinator
        .get(&format!("/v1/summaries/{own}?period=2026-06"))
        .await
        .ok();
    let officers = officer
        .get(&format!("/v1/summaries/{own}?period=2026-06"))
        .await
        .ok();
    assert_eq!(theirs["total"], officers["total"]);
    for division in [
        COUNTY.to_owned(),
        townships()[1].to_string(),
        villages()[4].to_string(),
        "110101".to_owned(),
    ] {
        for what in ["summaries", "coverage"] {
            let path = format!("/v1/{what}/{division}?period=2026-06");
            coordinator.get(&path).await.refused(404, "not_found");
        }
        coordinator
            .get(&format!("/v1/visits?division={division}"))
            .await
            .refused(404, "not_found");
        coordinator
            .get(&format!("/v1/records/site?division={division}"))
            .await
            .refused(404, "not_found");
    }
    let visits = coordinator.get("/v1/visits?limit=500").await.ok();
    for visit in visits["visits"].as_array().unwrap() {
        let village = visit["fields"]["village_code"].as_str().unwrap();
        assert!(village.starts_with(own.as_str()), "{village}");
    }
    let foreign = officer
        .get(&format!("/v1/visits?division={}&limit=1", townships()[1]))
        .await
        .ok();
    let id = foreign["visits"][0]["id"].as_str().unwrap();
    coordinator
        .get(&format!("/v1/visits/{id}"))
        .await
        .refused(404, "not_found");
    let approve = json!({"rev": 1, "decision": "approve"});
    coordinator
        .post(&format!("/v1/visits/{id}/reviews"), approve)
        .await
        .refused(404, "not_found");
}

async fn the_four_coverages_have_their_own_denominators(world: World) {
    let (officer, _) = june(&world).await;
    let coverage = officer
        .get(&format!("/v1/coverage/{COUNTY}?period=2026-06"))
        .await
        .ok();
    let shares = coverage["coverages"].as_array().unwrap();
    let parts = |meaning: &str| {
        let share = shares
            .iter()
            .find(|share| share["meaning"] == meaning)
            .expect(meaning);
        assert!(share["definition"]["zh"].is_string());
        (
            share["parts"]["numerator"].as_i64().unwrap(),
            share["parts"]["denominator"].as_i64().unwrap(),
        )
    };
    assert_eq!(
        parts("assigned"),
        (12, 12),
        "villages with a commissioner, of all that count"
    );
    let (visited, of) = parts("visited");
    assert_eq!(of, 12);
    assert!((1..=8).contains(&visited));
    assert_eq!(
        parts("township"),
        (3, 3),
        "townships with a commissioner, of all"
    );
    let last = coverage["villages"].as_array().unwrap();
    assert_eq!(last.len(), 12);
    let never = last
        .iter()
        .filter(|village| village["days_since"].is_null())
        .count();
    assert!(never >= 4, "four villages were never visited: {never}");
}
