//! Boundaries come in as GeoJSON with a declared datum, wrong features one by one named, and go out as what lies in a division.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_tests::caller::{Answer, office};
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    boundaries_come_in_and_go_out_by_division,
    a_rehearsal_keeps_nothing_and_a_second_run_changes_nothing,
    each_wrong_feature_is_named_and_the_others_are_taken,
    a_file_that_is_none_is_refused,
);

async fn import(caller: &Caller, query: &str, file: &str) -> Answer {
    let body = format!(
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"b.geojson\"\r\n\r\n{file}\r\n--x--\r\n"
    );
    let headers = [(header::CONTENT_TYPE, "multipart/form-data; boundary=x")];
    let path = format!("/v1/imports/boundaries?{query}");
    caller.send_bytes(Method::POST, &path, &headers, body).await
}

fn square(west: f64, south: f64) -> Value {
    let (east, north) = (west + 0.05, south + 0.05);
    json!({"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]})
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "geometries are made where they are named"
)]
fn feature(code: impl Into<Value>, geometry: Value) -> Value {
    json!({"type": "Feature", "properties": {"code": code.into(), "name": "某"}, "geometry": geometry})
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "features are made where they are named"
)]
fn collection(features: Vec<Value>) -> String {
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

async fn boundaries_come_in_and_go_out_by_division(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let county = format!("/v1/boundaries/{COUNTY}");
    let none = officer.get(&county).await.ok();
    assert_eq!(
        (&none["known"], &none["features"]),
        (&json!("none"), &json!([]))
    );

    let mut features = vec![
        // As some files have codes: a number, and filled up with zeros.
        feature(
            townships()[0].as_str().parse::<u64>().unwrap(),
            square(112.0, 29.0),
        ),
        feature(format!("{}000", townships()[1]), square(112.1, 29.0)),
    ];
    features.extend((0..4).map(|at| feature(villages()[at].as_str(), square(112.0, 29.0))));
    let file = collection(features);
    let report = import(&officer, "datum=wgs84", &file).await.ok();
    assert_eq!(
        (&report["created"], &report["rejected"]),
        (&json!(6), &json!([])),
        "{report}"
    );
    let shown = officer.get(&county).await;
    let tag = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let shown = shown.ok();
    assert_eq!(shown["known"], "some", "two of three");
    assert_eq!(
        shown["features"][1]["properties"]["code"],
        json!(townships()[1])
    );
    assert_eq!(shown["features"][0]["geometry"], square(112.0, 29.0));
    let again = [(header::IF_NONE_MATCH, tag.as_str())];
    let again = officer.send_bytes(Method::GET, &county, &again, "").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let own = format!("/v1/boundaries/{}", townships()[0]);
    let own = coordinator.get(&own).await.ok();
    assert_eq!(own["known"], "all");
    assert_eq!(own["features"].as_array().unwrap().len(), 4);
    let all = officer.get(&format!("{county}?level=village")).await.ok();
    assert_eq!(all["features"].as_array().unwrap().len(), 4);
    coordinator.get(&county).await.refused(404, "not_found");
    let foreign = format!("/v1/boundaries/{}", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
    let above = format!("/v1/boundaries/{}?level=county", townships()[0]);
    officer.get(&above).await.refused(400, "invalid_parameter");
    import(&coordinator, "datum=wgs84", &file)
        .await
        .refused(403, "not_allowed");
}

async fn a_rehearsal_keeps_nothing_and_a_second_run_changes_nothing(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let file = collection(vec![feature(townships()[0].as_str(), square(112.0, 29.0))]);
    let shown = async || officer.get(&format!("/v1/boundaries/{COUNTY}")).await.ok();
    let rehearsed = import(&officer, "datum=wgs84&dry_run=true", &file)
        .await
        .ok();
    assert_eq!(
        (&rehearsed["created"], &rehearsed["dry_run"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(shown().await["known"], "none");
    import(&officer, "datum=wgs84", &file).await.ok();
    let second = import(&officer, "datum=wgs84", &file).await.ok();
    assert_eq!(
        (&second["unchanged"], &second["updated"]),
        (&json!(1), &json!(0))
    );
    // The same numbers in another datum are another place.
    let before = shown().await;
    let moved = import(&officer, "datum=gcj02", &file).await.ok();
    assert_eq!(moved["updated"], 1);
    let after = shown().await;
    let west = |of: &Value| {
        of["features"][0]["geometry"]["coordinates"][0][0][0]
            .as_f64()
            .unwrap()
    };
    let metres = (west(&before) - west(&after)).abs() * 97_000.0;
    assert!((300.0..700.0).contains(&metres), "{metres}");
}

async fn each_wrong_feature_is_named_and_the_others_are_taken(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let open = json!({"type": "Polygon", "coordinates": [[[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]]]});
    let line = json!({"type": "LineString", "coordinates": [[1.0, 1.0], [2.0, 1.0]]});
    let projected = json!({"type": "Polygon", "coordinates": [[[5e5, 3e6], [6e5, 3e6], [6e5, 4e6], [5e5, 3e6]]]});
    let file = collection(vec![
        feature(villages()[0].as_str(), square(112.0, 29.0)),
        feature("421083100201", square(112.0, 29.0)),
        feature("none", square(112.0, 29.0)),
        json!({"type": "Feature", "properties": {"name": "某村"}, "geometry": square(112.0, 29.0)}),
        feature(format!("{COUNTY}999"), square(112.0, 29.0)),
        feature(villages()[0].as_str(), square(113.0, 29.0)),
        feature(villages()[1].as_str(), open),
        feature(villages()[2].as_str(), line),
        feature(villages()[3].as_str(), projected),
        feature(villages()[4].as_str(), Value::Null),
        feature(villages()[5].as_str(), square(112.0, 29.0)),
    ]);
    let report = import(&officer, "datum=wgs84", &file).await.ok();
    assert_eq!(
        (&report["rows"], &report["created"]),
        (&json!(11), &json!(2))
    );
    let rejected: Vec<(u64, &str)> = report["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        rejected,
        [
            (2, "unknown_code"),
            (3, "unknown_code"),
            (4, "required"),
            (5, "not_found"),
            (6, "already_exists"),
            (7, "wrong_type"),
            (8, "wrong_type"),
            (9, "out_of_range"),
            (10, "required"),
        ]
    );
}

async fn a_file_that_is_none_is_refused(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let file = collection(vec![feature(townships()[0].as_str(), square(112.0, 29.0))]);
    for query in ["", "datum=mercator"] {
        import(&officer, query, &file)
            .await
            .refused(400, "invalid_parameter");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (file, code) in [
        ("nothing".to_owned(), "unsupported_media_type"),
        ("{}".to_owned(), "unsupported_media_type"),
        (square(112.0, 29.0).to_string(), "unsupported_media_type"),
        (deep, "unsupported_media_type"),
        (collection(vec![]), "empty"),
    ] {
        let refused = import(&officer, "datum=wgs84", &file)
            .await
            .refused(422, "invalid_input");
        assert_eq!(refused["errors"][0]["code"], code);
    }
}
