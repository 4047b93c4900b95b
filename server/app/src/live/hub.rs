//! Who listens to live updates in this process: connections, bounded for each holder, and the channel on which all are told.

use crate::AppError;
use std::collections::BTreeMap;
use std::sync::Arc;
use tepai_sync_protocol::problem::ErrorCode;
use tokio::sync::broadcast::{self, Receiver, Sender};

/// Turns that a slow listener may fall behind.
const BACKLOG: usize = 64;

/// The connections of holders `K`, who are told news `N`.
#[derive(Debug)]
pub(crate) struct Listening<K, N> {
    /// None once the server stops.
    told: Option<Sender<Arc<N>>>,
    held: BTreeMap<K, usize>,
}

impl<K, N> Default for Listening<K, N> {
    fn default() -> Self {
        Self {
            told: Some(broadcast::channel(BACKLOG).0),
            held: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Copy, N> Listening<K, N> {
    /// Takes one more connection of a holder, who may hold `most` of them.
    pub(crate) fn connect(&mut self, holder: K, most: usize) -> Result<Receiver<Arc<N>>, AppError> {
        let told = self.told.as_ref().map(Sender::subscribe);
        let told = told.ok_or(AppError::Busy)?;
        let held = self.held.entry(holder).or_default();
        if *held >= most {
            return Err(AppError::refused(ErrorCode::TooManyConnections));
        }
        *held += 1;
        Ok(told)
    }

    /// A connection of a holder has ended.
    pub(crate) fn disconnect(&mut self, holder: K) {
        if let Some(held) = self.held.get_mut(&holder) {
            *held -= 1;
        }
        self.held.retain(|_, held| *held > 0);
    }

    /// Ends all connections; the server stops.
    pub(crate) fn close(&mut self) {
        self.told = None;
    }

    /// How many connections there are.
    pub(crate) fn count(&self) -> usize {
        self.held.values().sum()
    }

    /// Tells whoever listens.
    pub(crate) fn tell(&self, news: N) {
        if let Some(told) = &self.told {
            // Nobody may listen by now.
            let _ = told.send(Arc::new(news));
        }
    }
}
