//! Live updates: a connected phone is told in which of its villages something changed, whichever server wrote it.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures::StreamExt;
use serde_json::{Value, json};
use tepai_app::{App, live};
use tepai_http::router;
use tepai_tests::world::villages;
use tepai_tests::{Phone, World, on_both_databases};
use tower::ServiceExt;

on_both_databases!(
    a_connected_phone_hears_of_its_own_villages_and_of_no_other,
    whoever_comes_back_is_told_what_changed_meanwhile,
    a_third_connection_of_a_device_is_refused_until_one_ends,
    a_server_that_stops_ends_its_connections,
    what_another_server_wrote_is_heard_as_well,
);

/// A connection, read event by event.
pub(crate) struct Connection {
    body: axum::body::BodyDataStream,
    read: String,
}

#[derive(Debug)]
pub(crate) struct LastSeen {
    pub(crate) event: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

async fn open(app: &App, token: &str, last: Option<&str>) -> axum::response::Response {
    open_at(app, "/v1/sync/events", token, last).await
}

pub(crate) async fn open_at(
    app: &App,
    path: &str,
    token: &str,
    last: Option<&str>,
) -> axum::response::Response {
    let mut request = Request::get(path)
        .header(header::HOST, "kj.test")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Body::empty()).unwrap();
    router(app.clone()).0.oneshot(request).await.unwrap()
}

impl Connection {
    async fn open(app: &App, token: &str, last: Option<&str>) -> Self {
        Self::of(open(app, token, last).await).await
    }

    /// The connection of an answer that is one.
    pub(crate) async fn of(response: axum::response::Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream"
        );
        let body = response.into_body().into_data_stream();
        let mut connection = Self {
            body,
            read: String::new(),
        };
        let ready = connection.next().await.unwrap();
        assert_eq!(ready.event, "ready");
        connection
    }

    /// The next event; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<LastSeen> {
        while !self.read.contains("\n\n") {
            let part = self.body.next().await?.unwrap();
            self.read.push_str(std::str::from_utf8(&part).unwrap());
        }
        let text = std::mem::take(&mut self.read);
        let (event, rest) = text.split_once("\n\n").unwrap();
        let field = |name: &str| {
            let line = event.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        let heard = LastSeen {
            event: field("event:"),
            id: field("id:"),
            data: serde_json::from_str(&field("data:")).unwrap_or_default(),
        };
        self.read.push_str(rest);
        Some(heard)
    }
}

async fn visit_in(phone: &mut Phone, app: &App, village: usize) {
    let (_, create) = phone.visit(villages()[village].as_str(), "2026-06-01", json!({}));
    Phone::applied(&phone.push_one(app, create).await);
}

async fn listener(world: &World, village: usize) -> String {
    let person = world.commissioner(&villages()[village..=village]).await;
    world.phone_with_token(person).await.1
}

async fn a_connected_phone_hears_of_its_own_villages_and_of_no_other(world: World) {
    let token = listener(&world, 0).await;
    let mut writer = world.phone_everywhere().await;
    let mut connection = Connection::open(&world.app, &token, None).await;
    visit_in(&mut writer, &world.app, 1).await;
    live::phones::tell_changes(&world.app).await.unwrap();
    visit_in(&mut writer, &world.app, 0).await;
    live::phones::tell_changes(&world.app).await.unwrap();
    let heard = connection.next().await.unwrap();
    assert_eq!(heard.event, "changed");
    assert_eq!(
        heard.data,
        json!({"scopes": [format!("v:{}", villages()[0])]})
    );
    assert!(!heard.id.is_empty());
}

async fn whoever_comes_back_is_told_what_changed_meanwhile(world: World) {
    let token = listener(&world, 0).await;
    let mut writer = world.phone_everywhere().await;
    let mut connection = Connection::open(&world.app, &token, None).await;
    visit_in(&mut writer, &world.app, 0).await;
    live::phones::tell_changes(&world.app).await.unwrap();
    let first = connection.next().await.unwrap();
    drop(connection);
    visit_in(&mut writer, &world.app, 0).await;
    let mut again = Connection::open(&world.app, &token, Some(&first.id)).await;
    let missed = again.next().await.unwrap();
    assert_eq!(missed.data, first.data);
    // And one that has missed nothing, or says nonsense, is told nothing.
    for last in [missed.id.as_str(), "nonsense"] {
        let (_, told) =
            live::phones::listen(&world.app, &own_actor(&world, &token).await, Some(last))
                .await
                .unwrap();
        assert_eq!(told, None);
    }
}

async fn own_actor(world: &World, token: &str) -> tepai_domain::actor::DeviceActor {
    let secret = tepai_domain::secret::Secret::new(token);
    let found = tepai_app::identity::authenticate::device(&world.app, &secret).await;
    let mut actor = found.unwrap();
    // Its two connections are taken.
    actor.device = tepai_sync_protocol::ids::DeviceId(uuid::Uuid::from_u128(99));
    actor
}

async fn a_third_connection_of_a_device_is_refused_until_one_ends(world: World) {
    let token = listener(&world, 0).await;
    let first = Connection::open(&world.app, &token, None).await;
    let _second = Connection::open(&world.app, &token, None).await;
    let third = open(&world.app, &token, None).await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers().contains_key(header::RETRY_AFTER));
    drop(first);
    Connection::open(&world.app, &token, None).await;
    assert_eq!(world.app.live.connections(), 1);
}

async fn a_server_that_stops_ends_its_connections(world: World) {
    let token = listener(&world, 0).await;
    let mut connection = Connection::open(&world.app, &token, None).await;
    world.app.live.close();
    assert!(connection.next().await.is_none());
    assert_eq!(
        open(&world.app, &token, None).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}

async fn what_another_server_wrote_is_heard_as_well(world: World) {
    let token = listener(&world, 0).await;
    let second = world.another_server().await;
    let mut writer = world.phone_everywhere().await;
    let mut connection = Connection::open(&world.app, &token, None).await;
    visit_in(&mut writer, &second, 0).await;
    live::phones::tell_changes(&world.app).await.unwrap();
    assert_eq!(connection.next().await.unwrap().event, "changed");
}
