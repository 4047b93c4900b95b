//! Somebody who talks HTTP to the server of a [`World`].
//!
//! That is nobody in particular, an office with a session, or a device with its token. What is sent is up to the
//! test, also what no program in its senses would send.

use crate::phone::Phone;
use crate::world::{COUNTY, World, code, townships};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tepai_app::identity::accounts::{self, Created, Manager, NewAccount};
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_http::router;
use tower::ServiceExt;

/// The password of everybody whom [`make_account`] makes.
pub const PASSWORD: &str = "correct horse";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it is.
    pub bytes: Bytes,
    /// The body as JSON; `null` if it is empty or not JSON.
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// The body of a refusal with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        self.body
    }
}

/// A caller with or without a token.
#[derive(Clone, Debug)]
pub struct Caller {
    router: Router,
    headers: Vec<(header::HeaderName, String)>,
}

impl Caller {
    /// A caller without any token.
    pub fn nobody(world: &World) -> Self {
        Self {
            router: router(world.app.clone()).0,
            headers: vec![],
        }
    }

    /// The same caller with a bearer token.
    #[must_use]
    pub fn bearing(&self, token: &str) -> Self {
        self.with(&[(header::AUTHORIZATION, &format!("Bearer {token}"))])
    }

    /// The same caller with these headers and no others.
    #[must_use]
    pub fn with(&self, headers: &[(header::HeaderName, &str)]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), (*value).to_owned()));
        Self {
            router: self.router.clone(),
            headers: headers.collect(),
        }
    }

    /// Sends a body of JSON, or none.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        match body {
            Some(body) => {
                let headers = [(header::CONTENT_TYPE, "application/json")];
                self.send_bytes(method, path, &headers, body.to_string())
                    .await
            }
            None => self.send_bytes(method, path, &[], Body::empty()).await,
        }
    }

    /// Sends any bytes with any headers.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        headers: &[(header::HeaderName, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "kj.test");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let response = self.router.clone().oneshot(request).await;
        let (parts, body) = response.expect("an answer").into_parts();
        // A stream of events has no end to wait for.
        let streams = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|of| of == "text/event-stream");
        let body = if streams { Body::empty() } else { body };
        let bytes = to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// `PUT` of JSON.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// A visit of this village on a day, pushed by a phone and approved by this caller; returns its id.
    pub async fn approved_visit(
        &self,
        world: &World,
        phone: &mut Phone,
        (village, on): (&str, &str),
        more: Value,
    ) -> String {
        let (id, create) = phone.visit(village, on, more);
        let result = phone.push_one(&world.app, create).await;
        assert!(result.problem.is_none(), "{result:?}");
        let approve = json!({"rev": result.rev, "decision": "approve"});
        let path = format!("/v1/visits/{id}/reviews");
        self.post(&path, approve).await.ok();
        id.to_string()
    }

    /// Asks for a session.
    pub async fn sign_in(&self, login: &str, password: &str) -> Answer {
        self.post("/v1/session", json!({"login": login, "password": password}))
            .await
    }

    /// The same caller, signed in with [`PASSWORD`].
    pub async fn signed_in(&self, login: &str) -> Self {
        let answer = self.sign_in(login, PASSWORD).await.ok();
        self.bearing(answer["token"].as_str().expect("a token"))
    }
}

/// Makes an account and returns its id; a coordinator gets the first township, office people [`PASSWORD`].
pub async fn make_account(world: &World, login: &str, role: Role, county: &str) -> String {
    let new = NewAccount {
        county: code(county),
        login: login.to_owned(),
        display_name: format!("名 {login}"),
        role,
        township: (role == Role::Coordinator).then(|| townships()[0].clone()),
        password: role.is_office().then(|| Secret::new(PASSWORD)),
    };
    let made = accounts::create(&world.app, &Manager::Operator, new).await;
    let Created { account, .. } = made.expect("an account");
    account.person.to_string()
}

/// Somebody of the tests' county in this role, signed in.
pub async fn office(world: &World, role: Role) -> Caller {
    let login = format!("office.{}", role.as_str());
    make_account(world, &login, role, COUNTY).await;
    Caller::nobody(world).signed_in(&login).await
}

/// Enrols a phone of an account by a one-time code; returns its id and the phone as a caller.
pub async fn enrol(world: &World, office: &Caller, account: &str) -> (String, Caller) {
    let path = format!("/v1/accounts/{account}/enrolment-codes");
    let issued = office.post(&path, json!({})).await.ok();
    let nobody = Caller::nobody(world);
    let body = json!({"code": issued["code"], "device_name": "荣耀 50"});
    let device = nobody.post("/v1/devices/enrol", body).await.ok();
    let id = device["device_id"].as_str().expect("an id").to_owned();
    (
        id,
        nobody.bearing(device["token"].as_str().expect("a token")),
    )
}
