//! The description of the API is that of the code, and every operation keeps the same manners.

use axum::http::{Method, header};
use serde_json::Value;
use tepai_domain::actor::Role;
use tepai_http::openapi;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_tests::caller::{enrol, make_account, office};
use tepai_tests::world::COUNTY;
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    an_operation_that_asks_who_calls_refuses_nobody_and_strangers,
    an_operation_answers_each_role_as_its_description_says,
    an_unknown_parameter_is_refused_by_every_operation_that_takes_some,
    a_body_that_is_no_json_is_refused_by_every_operation_that_takes_some,
);

const CHECKED_IN: &str = include_str!("../../../mobile-client-spec/openapi.json");

/// One operation of the document.
#[derive(Debug)]
struct Operation {
    method: Method,
    path: String,
    described: Value,
}

impl Operation {
    /// The address with something of the right shape in each place of its path.
    fn address(&self) -> String {
        let id = "0190aaaa-0000-7000-8000-000000000001";
        self.path
            .replace("{id}", id)
            .replace("{account}", id)
            .replace("{division}", COUNTY)
            .replace("{kind}", "site")
            .replace("{name}", "review_steps")
            .replace("{code}", "aquaculture")
    }

    fn asks_who(&self) -> bool {
        self.described["security"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    }

    fn takes(&self, scheme: &str) -> bool {
        let schemes = self.described["security"].as_array().into_iter().flatten();
        schemes.into_iter().any(|one| one.get(scheme).is_some())
    }

    fn takes_json(&self) -> bool {
        self.described["requestBody"]["content"]
            .get("application/json")
            .is_some()
    }

    fn takes_query(&self) -> bool {
        let parameters = self.described["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        parameters.into_iter().any(|one| one["in"] == "query")
    }

    fn names_status(&self, status: u16) -> bool {
        self.described["responses"]
            .get(status.to_string())
            .is_some()
    }
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(CHECKED_IN).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            if let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) {
                let (path, described) = (path.clone(), described.clone());
                all.push(Operation {
                    method,
                    path,
                    described,
                });
            }
        }
    }
    assert!(all.len() > 25, "{}", all.len());
    all
}

#[test]
fn the_checked_in_document_is_that_of_the_code() {
    let now = openapi::canonical(&openapi::document()).unwrap();
    assert!(
        now == CHECKED_IN,
        "the document has changed: run `make gen` and look at the difference"
    );
}

/// Every `$ref` below a value.
fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            own.into_iter()
                .chain(fields.values().flat_map(references))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document: Value = serde_json::from_str(CHECKED_IN).unwrap();
    let all = references(&document);
    assert!(all.len() > 300, "{}", all.len());
    let lost = |reference: &&str| {
        document
            .pointer(reference.trim_start_matches('#'))
            .is_none()
    };
    assert_eq!(all.into_iter().filter(lost).collect::<Vec<_>>(), [""; 0]);
    assert!(lost(&"#/components/schemas/Nowhere"));
}

#[test]
fn the_error_codes_of_the_document_are_the_words_that_travel() {
    let document: Value = serde_json::from_str(CHECKED_IN).unwrap();
    let described = document["components"]["schemas"]["ErrorCode"]["enum"].clone();
    let described: Vec<String> = serde_json::from_value(described).unwrap();
    let sent = ErrorCode::ALL.iter().map(|code| code.as_str());
    assert_eq!(described, sent.chain(["unknown"]).collect::<Vec<_>>());
}

#[test]
fn every_operation_is_described_and_shows_its_refusals() {
    for operation in operations() {
        let described = &operation.described;
        assert!(described["summary"].is_string(), "{operation:?}");
        assert!(described["operationId"].is_string(), "{operation:?}");
        if operation.asks_who() {
            assert!(
                operation.names_status(401),
                "{} {}",
                operation.method,
                operation.path
            );
        }
    }
}

async fn an_operation_that_asks_who_calls_refuses_nobody_and_strangers(world: World) {
    let nobody = Caller::nobody(&world);
    let stranger = nobody.bearing("tepai_d_0000000000000000000000000000000000000000000");
    let mut asked = 0;
    for operation in operations().iter().filter(|operation| operation.asks_who()) {
        for caller in [&nobody, &stranger] {
            let body = operation.takes_json().then(|| serde_json::json!({}));
            let answer = caller
                .send(operation.method.clone(), &operation.address(), body)
                .await;
            assert_eq!(answer.status.as_u16(), 401, "{operation:?} {}", answer.body);
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
}

async fn an_operation_answers_each_role_as_its_description_says(world: World) {
    let administrator = office(&world, Role::Administrator).await;
    let account = make_account(&world, "kj001", Role::Commissioner, COUNTY).await;
    let (_, device) = enrol(&world, &administrator, &account).await;
    let callers = [
        ("administrator", "session", administrator),
        (
            "county officer",
            "session",
            office(&world, Role::CountyOfficer).await,
        ),
        (
            "coordinator",
            "session",
            office(&world, Role::Coordinator).await,
        ),
        ("auditor", "session", office(&world, Role::Auditor).await),
        ("device", "device", device),
    ];
    for operation in operations().iter().filter(|operation| operation.asks_who()) {
        // Ends the session that the next operations need.
        if operation.path == "/v1/session" && operation.method == Method::DELETE {
            continue;
        }
        for (who, scheme, caller) in &callers {
            let body = operation.takes_json().then(|| serde_json::json!({}));
            let answer = caller
                .send(operation.method.clone(), &operation.address(), body)
                .await;
            let (status, code) = (
                answer.status.as_u16(),
                answer.body["code"].as_str().unwrap_or_default(),
            );
            let line = format!(
                "{who}: {} {}: {status} {code}",
                operation.method, operation.path
            );
            assert!(status < 500, "{line}");
            if operation.takes(scheme) {
                assert_ne!(status, 401, "{line}");
            } else {
                assert!(status == 401 || status == 403, "{line}");
            }
            // Whoever only reads changes nothing: not one operation that writes lets an auditor in.
            if *who == "auditor"
                && operation.method != Method::GET
                && !operation.path.starts_with("/v1/session")
            {
                assert!(status == 403 || status == 401, "{line}");
            }
        }
    }
}

async fn an_unknown_parameter_is_refused_by_every_operation_that_takes_some(world: World) {
    let administrator = office(&world, Role::Administrator).await;
    let mut asked = 0;
    for operation in operations()
        .iter()
        .filter(|operation| operation.takes_query() && operation.method == Method::GET)
    {
        if !operation.takes("session") {
            continue;
        }
        for query in [
            "nonsense=1",
            "limit=0",
            "limit=-1",
            "limit=99999999999999999999",
            "cursor=%00",
            "period=0000..9999",
            "period=%F0%28%8C%28",
            "division=%00",
            "division=99042'--",
            "state=%00",
            "state=打",
            "industry=%27",
        ] {
            let name = query.split('=').next().unwrap();
            let parameters = operation.described["parameters"].as_array().unwrap();
            let known = parameters.iter().any(|one| one["name"] == name);
            let address = format!(
                "{}?{}",
                operation.address(),
                query.replace('打', "%E6%89%93")
            );
            let answer = administrator.get(&address).await;
            let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
            let status = answer.status.as_u16();
            assert!(
                (400..500).contains(&status),
                "{address}: {status} {}",
                answer.body
            );
            assert!(known || code == "invalid_parameter", "{address}: {code}");
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
}

async fn a_body_that_is_no_json_is_refused_by_every_operation_that_takes_some(world: World) {
    let administrator = office(&world, Role::Administrator).await;
    let account = make_account(&world, "kj001", Role::Commissioner, COUNTY).await;
    let (_, device) = enrol(&world, &administrator, &account).await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_field = format!("{{\"comment\":{deep}}}");
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b"17",
        b"{\"a\":\xff\xfe}",
        deep.as_bytes(),
        deep_field.as_bytes(),
        b"{\"x\":1e999}",
    ];
    let mut asked = 0;
    for operation in operations()
        .iter()
        .filter(|operation| operation.takes_json())
    {
        // A device may sync; everything else that takes JSON is for the office, or for anybody.
        let caller = if operation.takes("device") {
            &device
        } else {
            &administrator
        };
        for body in bodies {
            let headers = [(header::CONTENT_TYPE, "application/json")];
            let answer = caller
                .send_bytes(
                    operation.method.clone(),
                    &operation.address(),
                    &headers,
                    body.to_vec(),
                )
                .await;
            let status = answer.status.as_u16();
            assert!(
                (400..500).contains(&status),
                "{} {}: {status}",
                operation.method,
                operation.path
            );
            assert!(
                answer.body["code"].is_string(),
                "{} {}: {}",
                operation.method,
                operation.path,
                answer.body
            );
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
}
