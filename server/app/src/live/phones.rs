//! Live updates: who listens, and what changed in their scopes. It only says that something changed; nothing depends on
//! its being heard.
//!
//! Each process asks the database once a turn about all scopes that somebody listens to, so that it does not matter
//! which process wrote, nor which database it is.

use crate::live::hub::Listening;
use crate::sync::pull::granted_scopes;
use crate::{App, AppError, admin};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tepai_domain::actor::DeviceActor;
use tepai_store::feeds;
use tepai_sync_protocol::cursor::{Cursor, life_of};
use tepai_sync_protocol::ids::DeviceId;
use tepai_sync_protocol::scope::Scope;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Connections that one device may hold: one that is being given up, and the next.
const MOST_A_DEVICE: usize = 2;

type Seqs = BTreeMap<Scope, i64>;

/// Who listens to what, in this process.
#[derive(Debug, Default)]
pub struct Live(Mutex<Listeners>);

#[derive(Debug, Default)]
struct Listeners {
    phones: Listening<DeviceId, Seqs>,
    watched: BTreeMap<Scope, Watched>,
}

#[derive(Debug)]
struct Watched {
    by: usize,
    seq: i64,
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all connections; the server stops.
    pub fn close(&self) {
        self.lock().phones.close();
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.lock().phones.count()
    }

    fn watch(&self, seqs: &Seqs) {
        let mut listening = self.lock();
        for (scope, seq) in seqs {
            let watched = listening.watched.entry(scope.clone());
            watched.or_insert(Watched { by: 0, seq: *seq }).by += 1;
        }
    }

    fn disconnect(&self, device: DeviceId, seqs: &Seqs) {
        let mut listening = self.lock();
        listening.phones.disconnect(device);
        for scope in seqs.keys() {
            if let Some(watched) = listening.watched.get_mut(scope) {
                watched.by -= 1;
            }
        }
        listening.watched.retain(|_, watched| watched.by > 0);
    }

    fn watched(&self) -> Vec<Scope> {
        self.lock().watched.keys().cloned().collect()
    }

    fn tell(&self, seqs: &Seqs) {
        let mut listening = self.lock();
        let mut news = Seqs::new();
        for (scope, seq) in seqs {
            if let Some(watched) = listening.watched.get_mut(scope).filter(|of| of.seq < *seq) {
                watched.seq = *seq;
                news.insert(scope.clone(), *seq);
            }
        }
        if !news.is_empty() {
            listening.phones.tell(news);
        }
    }
}

/// One connection of one device.
#[derive(Debug)]
pub struct Listener {
    live: Arc<Live>,
    device: DeviceId,
    life: u64,
    told: Receiver<Arc<Seqs>>,
    seqs: Seqs,
    watches: bool,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let none = Seqs::new();
        let seqs = if self.watches { &self.seqs } else { &none };
        self.live.disconnect(self.device, seqs);
    }
}

/// Scopes in which something changed, and where that leaves the listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The scopes.
    pub scopes: BTreeSet<Scope>,
    /// With it a new connection is told what has changed since.
    pub id: String,
}

impl Listener {
    /// Waits for the next change; `None` when the server stops.
    pub async fn next(&mut self) -> Option<Changed> {
        loop {
            let scopes = match self.told.recv().await {
                Ok(news) => self.take(&news),
                // What was missed is not known: any of them may have changed.
                Err(RecvError::Lagged(_)) => self.seqs.keys().cloned().collect(),
                Err(RecvError::Closed) => return None,
            };
            if !scopes.is_empty() {
                return Some(self.changed(scopes));
            }
        }
    }

    fn take(&mut self, news: &Seqs) -> BTreeSet<Scope> {
        let mut scopes = BTreeSet::new();
        for (scope, seq) in news {
            if let Some(own) = self.seqs.get_mut(scope).filter(|own| **own < *seq) {
                *own = *seq;
                scopes.insert(scope.clone());
            }
        }
        scopes
    }

    fn changed(&self, scopes: BTreeSet<Scope>) -> Changed {
        let cursor = Cursor {
            life: self.life,
            scopes: self.seqs.clone(),
        };
        Changed {
            scopes,
            id: cursor.encode(),
        }
    }
}

/// Connects a device to the changes of its scopes. With the id of the last event that it heard it is told at once what has
/// changed since.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn listen(
    app: &App,
    actor: &DeviceActor,
    last_id: Option<&str>,
) -> Result<(Listener, Option<Changed>), AppError> {
    let told = app
        .live
        .lock()
        .phones
        .connect(actor.device, MOST_A_DEVICE)?;
    let mut listener = Listener {
        live: app.live.clone(),
        device: actor.device,
        life: life_of(app.epoch),
        told,
        seqs: Seqs::new(),
        watches: false,
    };
    listener.seqs = seqs_of(app, actor).await?;
    app.live.watch(&listener.seqs);
    listener.watches = true;
    let heard = last_id.and_then(|id| Cursor::decode(id, actor.person).ok());
    let missed = heard.map(|heard| {
        let same_life = heard.life == listener.life;
        let is_new = |(scope, seq): &(&Scope, &i64)| !same_life || heard.seq(scope) < **seq;
        let scopes = listener.seqs.iter().filter(is_new);
        scopes
            .map(|(scope, _)| scope.clone())
            .collect::<BTreeSet<_>>()
    });
    let missed = missed.filter(|scopes| !scopes.is_empty());
    let changed = missed.map(|scopes| listener.changed(scopes));
    Ok((listener, changed))
}

async fn seqs_of(app: &App, actor: &DeviceActor) -> Result<Seqs, AppError> {
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let (today, actor) = (app.clock.today(&zone), actor.clone());
    app.store
        .read(async move |txn| {
            let scopes: Vec<_> = granted_scopes(txn, &actor, today)
                .await?
                .into_iter()
                .collect();
            let states = feeds::find(txn, &scopes).await?;
            let seq = |scope: &Scope| states.get(scope).map_or(0, |state| state.seq);
            Ok(scopes
                .into_iter()
                .map(|scope| (scope.clone(), seq(&scope)))
                .collect())
        })
        .await
}

/// One turn: tells every listener of this process what has changed in its scopes, whoever wrote it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn tell_changes(app: &App) -> Result<(), AppError> {
    let watched = app.live.watched();
    if watched.is_empty() {
        return Ok(());
    }
    let states = app
        .store
        .read(async |txn| Ok::<_, AppError>(feeds::find(txn, &watched).await?))
        .await?;
    let seqs = states.into_iter().map(|(scope, state)| (scope, state.seq));
    app.live.tell(&seqs.collect());
    Ok(())
}
