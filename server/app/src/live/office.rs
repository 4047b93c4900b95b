//! Live updates of the office: which kinds of things within somebody's reach changed. It only says that something changed, in
//! words of no consequence; nothing depends on its being heard.
//!
//! Each process asks the database once a turn how far the audit trail of a county has come, which is one row of sums; only if it
//! has moved are the new links read, and the counters of the villages' scopes. So it does not matter which process wrote.

use crate::live::hub::Listening;
use crate::{App, AppError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strum::VariantArray;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, Link};
use tepai_store::audit::{self, ChainProgress};
use tepai_store::{ReadTxn, feeds};
use tepai_sync_protocol::cursor::life_of;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::ErrorCode;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Connections that one account may hold: some windows, and one that is being given up.
const MOST_AN_ACCOUNT: usize = 6;
/// Connections of all accounts together in one process.
const MOST_IN_ALL: usize = 2000;
/// Links that one turn looks at; if there are more, anything may have changed.
const MOST_LINKS: u32 = 500;
/// Villages that one event names; if there are more, it names none.
const MOST_VILLAGES: usize = 50;

/// A kind of things that may have changed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    utoipa::ToSchema,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Visits and other records, and with them the review queue.
    Records,
    /// Summaries, coverage and the overview.
    Summaries,
    /// Conflicts and refused mutations.
    Desk,
    /// Photos that came.
    Photos,
    /// Devices, and what waits on them.
    Devices,
    /// Who serves which village.
    Assignments,
    /// Settings of the county.
    Settings,
    /// What tables bring: divisions, boundaries, people, techniques, profiles.
    Imports,
    /// Targets, score plans and score runs.
    Assessment,
    /// Closed periods.
    Closings,
    /// Bulletins, and who has read them.
    Bulletins,
    /// Accounts.
    Accounts,
}

impl Topic {
    /// What an act of the office changes, beside records.
    fn of(act: Act) -> Option<Self> {
        match act {
            Act::AccountMade | Act::AccountChanged | Act::PasswordReset | Act::CodeIssued => {
                Some(Self::Accounts)
            }
            Act::DeviceEnrolled
            | Act::DeviceRevoked
            | Act::DeviceLost
            | Act::DeviceFound
            | Act::DeviceWiped
            | Act::EscrowReleased => Some(Self::Devices),
            Act::SettingChanged => Some(Self::Settings),
            Act::VillageHandedOver | Act::AssignmentMade | Act::AssignmentChanged => {
                Some(Self::Assignments)
            }
            Act::Imported => Some(Self::Imports),
            Act::ConflictSettled | Act::LetterSettled => Some(Self::Desk),
            Act::PeriodClosed => Some(Self::Closings),
            Act::BulletinIssued | Act::BulletinWithdrawn => Some(Self::Bulletins),
            Act::ScorePlanAdded
            | Act::TargetsSet
            | Act::ScoreRunBegun
            | Act::ScoreSaid
            | Act::ScoreRunFrozen => Some(Self::Assessment),
            Act::SummariesRebuilt => Some(Self::Summaries),
            Act::PhotoKept | Act::PhotoRefused | Act::PhotoRemoved => Some(Self::Photos),
            Act::SignedIn
            | Act::SignInFailed
            | Act::SignedOut
            | Act::PasswordChanged
            | Act::VisitReviewed
            | Act::AlbumMade
            | Act::Exported
            | Act::FeedbackLinkMade
            | Act::FeedbackGiven
            | Act::ContactShown
            | Act::Anonymised
            | Act::WebhookMade
            | Act::WebhookChanged
            | Act::WebhookSecretRotated
            | Act::WebhookTried
            | Act::WebhookReplayed
            | Act::WebhookRemoved
            | Act::Pushed
            | Act::Escrowed => None,
        }
    }

    /// Whether it is told to everybody in a county. The others are told to a coordinator only with a village of the township.
    const fn is_of_all(self) -> bool {
        matches!(self, Self::Settings | Self::Imports | Self::Assessment)
    }
}

/// Where a county stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct CountySnapshot {
    progress: ChainProgress,
    /// The counter of each village's scope.
    villages: BTreeMap<DivisionCode, i64>,
}

impl CountySnapshot {
    async fn read(txn: &ReadTxn, county: &DivisionCode) -> Result<Self, AppError> {
        Ok(Self {
            progress: audit::find_progress(txn, county).await?,
            villages: feeds::list_villages(txn, county).await?,
        })
    }

    /// Where a part of the county stands, as the id of an event.
    fn mark(&self, reach: &DivisionCode) -> Mark {
        let inside = self
            .villages
            .iter()
            .filter(|(code, _)| reach.contains(code));
        Mark {
            office: self.progress.office,
            devices: self.progress.devices,
            villages: inside.map(|(_, seq)| seq).sum(),
        }
    }
}

/// What somebody has heard of. Every number only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    office: i64,
    devices: i64,
    villages: i64,
}

impl Mark {
    fn encode(self, life: u64) -> String {
        let Self {
            office,
            devices,
            villages,
        } = self;
        format!("o1.{life:x}.{office}.{devices}.{villages}")
    }

    fn decode(text: &str) -> Option<(u64, Self)> {
        let mut parts = text.strip_prefix("o1.")?.split('.');
        let life = u64::from_str_radix(parts.next()?, 16).ok()?;
        let mut number = || parts.next()?.parse().ok();
        let mark = Self {
            office: number()?,
            devices: number()?,
            villages: number()?,
        };
        parts.next().is_none().then_some((life, mark))
    }
}

/// What changed in a county in one turn.
#[derive(Debug)]
struct News {
    county: DivisionCode,
    /// Kinds of things, with the village where there is one.
    topics: BTreeSet<(Topic, Option<DivisionCode>)>,
    after: Arc<CountySnapshot>,
}

/// Who listens, in this process.
#[derive(Debug, Default)]
pub struct OfficeLive(Mutex<Listeners>);

#[derive(Debug, Default)]
struct Listeners {
    consoles: Listening<PersonId, News>,
    counties: BTreeMap<DivisionCode, Watched>,
}

#[derive(Debug)]
struct Watched {
    by: usize,
    snapshot: Arc<CountySnapshot>,
}

impl OfficeLive {
    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all connections; the server stops.
    pub fn close(&self) {
        self.lock().consoles.close();
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.lock().consoles.count()
    }

    fn watch(&self, county: &DivisionCode, snapshot: Arc<CountySnapshot>) {
        let mut listening = self.lock();
        let watched = listening.counties.entry(county.clone());
        watched.or_insert(Watched { by: 0, snapshot }).by += 1;
    }

    fn disconnect(&self, person: PersonId, county: Option<&DivisionCode>) {
        let mut listening = self.lock();
        listening.consoles.disconnect(person);
        if let Some(watched) = county.and_then(|county| listening.counties.get_mut(county)) {
            watched.by -= 1;
        }
        listening.counties.retain(|_, watched| watched.by > 0);
    }

    fn watched(&self) -> Vec<(DivisionCode, Arc<CountySnapshot>)> {
        let listening = self.lock();
        let counties = listening.counties.iter();
        counties
            .map(|(county, watched)| (county.clone(), watched.snapshot.clone()))
            .collect()
    }

    fn tell(&self, news: News) {
        let mut listening = self.lock();
        if let Some(watched) = listening.counties.get_mut(&news.county) {
            watched.snapshot = news.after.clone();
        }
        listening.consoles.tell(news);
    }
}

/// One connection of one account.
#[derive(Debug)]
pub struct OfficeListener {
    live: Arc<OfficeLive>,
    actor: OfficeActor,
    life: u64,
    told: Receiver<Arc<News>>,
    mark: Mark,
    watches: bool,
}

impl Drop for OfficeListener {
    fn drop(&mut self) {
        let county = self.watches.then_some(&self.actor.county);
        self.live.disconnect(self.actor.person, county);
    }
}

/// What changed within somebody's reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeChange {
    /// Kinds of things.
    pub topics: BTreeSet<Topic>,
    /// Villages in which records changed; none if they are too many to name.
    pub villages: BTreeSet<DivisionCode>,
    /// With it a new connection is told what has changed since.
    pub id: String,
}

impl OfficeListener {
    /// Waits for the next change; `None` when the server stops.
    pub async fn next(&mut self) -> Option<OfficeChange> {
        loop {
            let heard = match self.told.recv().await {
                Ok(news) => self.take(&news),
                // What was missed is not known: anything may have changed.
                Err(RecvError::Lagged(_)) => {
                    Some(self.change(Topic::VARIANTS.iter().copied().collect(), BTreeSet::new()))
                }
                Err(RecvError::Closed) => return None,
            };
            if heard.is_some() {
                return heard;
            }
        }
    }

    fn take(&mut self, news: &News) -> Option<OfficeChange> {
        if news.county != self.actor.county {
            return None;
        }
        let mark = news.after.mark(self.actor.reach());
        if mark.office < self.mark.office || mark.devices < self.mark.devices {
            // Told of what it knew when it connected.
            return None;
        }
        self.mark = mark;
        let (topics, villages) = seen(&self.actor, &news.topics);
        (!topics.is_empty()).then(|| self.change(topics, villages))
    }

    fn change(&self, topics: BTreeSet<Topic>, villages: BTreeSet<DivisionCode>) -> OfficeChange {
        let names_them = villages.len() <= MOST_VILLAGES;
        OfficeChange {
            topics,
            villages: if names_them {
                villages
            } else {
                BTreeSet::new()
            },
            id: self.mark.encode(self.life),
        }
    }
}

/// What of the news is within somebody's reach.
fn seen(
    actor: &OfficeActor,
    news: &BTreeSet<(Topic, Option<DivisionCode>)>,
) -> (BTreeSet<Topic>, BTreeSet<DivisionCode>) {
    let (mut topics, mut villages) = (BTreeSet::new(), BTreeSet::new());
    for (topic, village) in news {
        let is_seen = match village {
            Some(village) => actor.sees(village),
            None => topic.is_of_all() || actor.township.is_none(),
        };
        if is_seen {
            topics.insert(*topic);
            villages.extend(village.clone().filter(|_| *topic == Topic::Records));
        }
    }
    (topics, villages)
}

/// Connects somebody at the office to the changes within reach. With the id of the last event that was heard, what has changed
/// since is told at once.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn listen(
    app: &App,
    actor: &OfficeActor,
    last_id: Option<&str>,
) -> Result<(OfficeListener, Option<OfficeChange>), AppError> {
    let told = connect(&app.office_live, actor)?;
    let mut listener = OfficeListener {
        live: app.office_live.clone(),
        actor: actor.clone(),
        life: life_of(app.epoch),
        told,
        mark: Mark {
            office: 0,
            devices: 0,
            villages: 0,
        },
        watches: false,
    };
    let (county, heard) = (actor.county.clone(), last_id.and_then(Mark::decode));
    let life = listener.life;
    let (snapshot, missed) = app
        .store
        .read(async move |txn| {
            let snapshot = CountySnapshot::read(txn, &county).await?;
            let missed = match heard {
                Some((of, mark)) if of == life => Some(since(txn, &county, mark).await?),
                Some(_) => Some(everything()),
                None => None,
            };
            Ok::<_, AppError>((snapshot, missed.map(|topics| (topics, heard))))
        })
        .await?;
    listener.mark = snapshot.mark(actor.reach());
    app.office_live.watch(&actor.county, Arc::new(snapshot));
    listener.watches = true;
    let missed = missed.and_then(|(mut topics, heard)| {
        let now = listener.mark;
        if heard.is_some_and(|(_, mark)| mark.villages != now.villages) {
            // Which of them is not known.
            topics.extend(of_records(actor.reach()));
        }
        if heard.is_some_and(|(_, mark)| mark.devices != now.devices) {
            topics.extend(of_devices());
        }
        let (topics, _) = seen(actor, &topics);
        (!topics.is_empty()).then(|| listener.change(topics, BTreeSet::new()))
    });
    Ok((listener, missed))
}

fn connect(live: &OfficeLive, actor: &OfficeActor) -> Result<Receiver<Arc<News>>, AppError> {
    let mut listening = live.lock();
    if listening.consoles.count() >= MOST_IN_ALL {
        return Err(AppError::refused(ErrorCode::TooManyConnections));
    }
    listening.consoles.connect(actor.person, MOST_AN_ACCOUNT)
}

type Topics = BTreeSet<(Topic, Option<DivisionCode>)>;

fn everything() -> Topics {
    let all = Topic::VARIANTS.iter();
    all.map(|topic| (*topic, None)).collect()
}

/// What a change of records in a place touches.
fn of_records(place: &DivisionCode) -> impl Iterator<Item = (Topic, Option<DivisionCode>)> + '_ {
    let topics = [
        Topic::Records,
        Topic::Summaries,
        Topic::Desk,
        Topic::Photos,
        Topic::Devices,
    ];
    topics.into_iter().map(|topic| (topic, Some(place.clone())))
}

/// What a message of a phone may touch wherever it is.
fn of_devices() -> impl Iterator<Item = (Topic, Option<DivisionCode>)> {
    let topics = [Topic::Devices, Topic::Photos, Topic::Desk];
    topics.into_iter().map(|topic| (topic, None))
}

/// What the office has done since.
async fn since(txn: &ReadTxn, county: &DivisionCode, mark: Mark) -> Result<Topics, AppError> {
    let links = audit::list_after(txn, county.as_str(), mark.office, MOST_LINKS).await?;
    if links.len() >= usize::try_from(MOST_LINKS).unwrap_or(usize::MAX) {
        return Ok(everything());
    }
    let done = links.into_iter().filter_map(|(_, link)| link.ok());
    Ok(done.filter_map(|link| of_link(&link)).collect())
}

fn of_link(link: &Link) -> Option<(Topic, Option<DivisionCode>)> {
    let topic = Topic::of(link.entry.act)?;
    let village = link.entry.object.parse::<DivisionCode>().ok();
    let is_bound = topic == Topic::Assignments;
    let village = village.filter(|code| is_bound && code.level() == Level::Village);
    Some((topic, village))
}

/// One turn: tells every listener of this process what has changed within its reach, whoever wrote it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn tell_changes(app: &App) -> Result<(), AppError> {
    for (county, before) in app.office_live.watched() {
        let news = app
            .store
            .read(async move |txn| news_of(txn, county, &before).await)
            .await?;
        if let Some(news) = news {
            app.office_live.tell(news);
        }
    }
    Ok(())
}

async fn news_of(
    txn: &ReadTxn,
    county: DivisionCode,
    before: &CountySnapshot,
) -> Result<Option<News>, AppError> {
    let progress = audit::find_progress(txn, &county).await?;
    if progress == before.progress {
        return Ok(None);
    }
    let villages = feeds::list_villages(txn, &county).await?;
    let mark = before.mark(&county);
    let mut topics = since(txn, &county, mark).await?;
    if progress.devices != before.progress.devices {
        topics.extend(of_devices());
    }
    // A scope that was only locked is there, and nothing has happened in it.
    let seen = |code: &DivisionCode| before.villages.get(code).copied().unwrap_or(0);
    let changed = villages.iter().filter(|(code, seq)| seen(code) < **seq);
    for (village, _) in changed {
        topics.extend(of_records(village));
    }
    let after = Arc::new(CountySnapshot { progress, villages });
    Ok(Some(News {
        county,
        topics,
        after,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_nonsense_is_none() {
        let mark = Mark {
            office: 7,
            devices: 0,
            villages: 123_456,
        };
        assert_eq!(Mark::decode(&mark.encode(0xabc)), Some((0xabc, mark)));
        for wrong in ["", "o1.", "o1.a.1.2", "o1.a.1.2.3.4", "o1.x.1.2.3", "c3.1"] {
            assert_eq!(Mark::decode(wrong), None, "{wrong}");
        }
    }
}
