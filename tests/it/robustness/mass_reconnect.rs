//! A thousand phones come back at once after an outage, each over a connection of its own to one real server.
//!
//! It knows the reference client and its back-off, and nothing of the server. It measures; it asserts no time.

use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tepai_client::protocol::ids::RecordId;
use tepai_client::transport::Reaction;
use tepai_client::{
    HttpTransport, Phone, SeededIds, SyncFailed, SystemClock, Timeouts, Token, Transport,
    TransportError, backoff,
};
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::records::{Record, Visit};
use tepai_sync_protocol::sync::{
    EnrolRequest, EnrolResponse, HelloResponse, SyncRequest, SyncResponse,
};
use tepai_tests::process::ServerProcess;
use tepai_tests::world::villages_of;
use tepai_tests::{World, on_both_databases, report};

on_both_databases!(
    heavy_of_a_thousand_phones_that_come_back_at_once_all_are_drained_and_none_starves,
);

const PHONES: usize = 1_000;
/// As many villages as a county has.
const COUNTIES: usize = 14;
/// What each phone logged in the days without a network.
const VISITS: usize = 6;

/// How long each request took, and what was refused.
#[derive(Debug, Default)]
struct Measured {
    took: Vec<Duration>,
    refused: BTreeMap<String, usize>,
    /// Refusals other than a 429 or 503 that says when to come back.
    improper: Vec<String>,
}

/// The phone's line, with a watch.
struct Timed {
    line: HttpTransport,
    measured: Arc<Mutex<Measured>>,
}

impl Timed {
    fn note(&self, took: Duration, answer: Option<&TransportError>) {
        let mut measured = self.measured.lock().unwrap();
        measured.took.push(took);
        let Some(error) = answer else { return };
        let (status, retry_after_s) = match error {
            TransportError::Refused(refusal) => (refusal.status, refusal.retry_after_s),
            TransportError::Unavailable {
                status,
                retry_after_s,
            } => (*status, *retry_after_s),
            TransportError::Unreachable(_) | TransportError::NotOurServer { .. } => (0, None),
        };
        if !matches!(status, 429 | 503) || retry_after_s.is_none() {
            measured.improper.push(error.to_string());
        }
        *measured.refused.entry(status.to_string()).or_default() += 1;
    }
}

impl Transport for Timed {
    async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        self.line.enrol(request).await
    }

    async fn hello(&self, token: &Token) -> Result<HelloResponse, TransportError> {
        self.line.hello(token).await
    }

    async fn sync(
        &self,
        token: &Token,
        request: &SyncRequest,
    ) -> Result<SyncResponse, TransportError> {
        let begun = Instant::now();
        let answer = self.line.sync(token, request).await;
        self.note(begun.elapsed(), answer.as_ref().err());
        answer
    }
}

/// A phone with visits that nobody has yet.
async fn phone(world: &World, number: usize) -> (Phone, Vec<RecordId>) {
    let county = county(number % COUNTIES);
    let villages = villages_of(&county);
    let own = &villages[(number / COUNTIES) % villages.len()];
    let person = world.commissioner(std::slice::from_ref(own)).await;
    let (enrolled, token) = world.phone_with_token(person).await;
    let seed = u64::try_from(number).unwrap();
    let mut phone = Phone::new("outage", SystemClock::start(), SeededIds::new(seed));
    let enrolled = EnrolResponse {
        device_id: enrolled.actor.device,
        person_id: person,
        token,
    };
    phone.apply_enrolment(&enrolled).unwrap();
    let visits = (0..VISITS).map(|day| {
        let visit = json!({
            "village_code": own, "service_from": format!("2026-06-{:02}", day + 1), "mode": "household",
            "industry": "vegetable", "content": format!("第{day}天：查看大棚，建议通风"),
        });
        let fields: Fields = visit.as_object().cloned().unwrap();
        phone.log_visit(&Visit::read(&fields))
    });
    let visits = visits.collect();
    (phone, visits)
}

fn county(number: usize) -> String {
    format!("{}", 430_100 + number)
}

/// Syncs until nothing waits, and pauses as the client is told to; how many times it had to come.
async fn come_back(phone: &mut Phone, line: &Timed, seed: u64) -> Result<u32, SyncFailed> {
    let mut random = SeededIds::new(seed);
    let mut times = 1;
    loop {
        match phone.sync_until_done(line).await {
            Ok(_) => return Ok(times),
            Err(SyncFailed {
                reaction: Reaction::Later { retry_after_s },
                ..
            }) => {
                let pause = backoff::pause(times, retry_after_s, random.next_u64());
                tokio::time::sleep(pause).await;
                times += 1;
            }
            Err(failed) => return Err(failed),
        }
    }
}

async fn heavy_of_a_thousand_phones_that_come_back_at_once_all_are_drained_and_none_starves(
    world: World,
) {
    for number in 0..COUNTIES {
        world.found_county(&county(number)).await;
    }
    let mut phones = Vec::new();
    let mut expected = Vec::new();
    for number in 0..PHONES {
        let (phone, visits) = phone(&world, number).await;
        phones.push(phone);
        expected.extend(visits);
    }
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(&world.url, folder.path());
    let measured = Arc::<Mutex<Measured>>::default();
    let begun = Instant::now();
    let mut all = tokio::task::JoinSet::new();
    for (number, mut phone) in phones.into_iter().enumerate() {
        let line = Timed {
            line: HttpTransport::new(&server.base, Timeouts::default()).unwrap(),
            measured: measured.clone(),
        };
        all.spawn(async move {
            let times = come_back(&mut phone, &line, u64::try_from(number).unwrap()).await;
            (phone, times, begun.elapsed())
        });
    }
    let (mut most, mut last) = (0, Vec::new());
    while let Some(done) = all.join_next().await {
        let (phone, times, after) = done.unwrap();
        assert!(times.is_ok(), "{times:?}");
        assert!(phone.outbox().pending().is_empty(), "nothing waits");
        most = most.max(times.unwrap_or(0));
        last.push(after);
    }
    let measured = std::mem::take(&mut *measured.lock().unwrap());
    tell(&measured, &last, most);
    assert!(
        measured.improper.is_empty(),
        "{:?}",
        measured.improper.first()
    );
    let count = world
        .number("SELECT count(*) AS number FROM record WHERE kind = 'visit'")
        .await;
    assert_eq!(usize::try_from(count).unwrap(), expected.len());
}

fn tell(measured: &Measured, last: &[Duration], most: u32) {
    let mut took = measured.took.clone();
    took.sort_unstable();
    let mut last = last.to_vec();
    last.sort_unstable();
    let of = |times: &[Duration], percent: usize| {
        let at = (times.len() * percent / 100).min(times.len() - 1);
        format!("{} ms", times[at].as_millis())
    };
    let mut told = BTreeMap::from([
        ("requests".to_owned(), took.len().to_string()),
        ("a request, p50".to_owned(), of(&took, 50)),
        ("a request, p95".to_owned(), of(&took, 95)),
        ("a request, p99".to_owned(), of(&took, 99)),
        (
            "half of the phones were drained after".to_owned(),
            of(&last, 50),
        ),
        ("all phones were drained after".to_owned(), of(&last, 100)),
        (
            "times that the unluckiest came".to_owned(),
            most.to_string(),
        ),
    ]);
    for (status, count) in &measured.refused {
        told.insert(format!("answers {status}"), count.to_string());
    }
    report::tell(&format!("{PHONES} phones at once:"), &told);
}
