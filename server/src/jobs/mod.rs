//! Loops that call functions of `app` while the server runs; no rules of their own.

use futures::future::BoxFuture;
use std::time::Duration;
use tepai_app::photos::{self, cleanup, prepare};
use tepai_app::privacy::anonymise;
use tepai_app::summaries::cells;
use tepai_app::webhooks::{self, deliver};
use tepai_app::{App, AppError, live};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Work that is done again and again.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// What the log calls it.
    pub name: &'static str,
    /// The pause after each turn.
    pub every: Duration,
    /// One turn; says whether more is waiting, in which case the next one comes at once.
    pub turn: fn(App) -> BoxFuture<'static, Result<bool, AppError>>,
}

/// Cells of the summaries that one turn folds. A turn that finds fewer rests: where phones push all the time there
/// is always one, and readers fold what they need by themselves.
const CELLS: u32 = 200;

/// Every job of a server.
pub const JOBS: &[Job] = &[
    TELL_CHANGES,
    FOLD_STALE_CELLS,
    PREPARE_PHOTOS,
    MOVE_ORIGINALS,
    COLLECT_PHOTOS,
    DELIVER_WEBHOOKS,
    WATCH_WEBHOOKS,
    FORGET_WEBHOOKS,
    RETIRE_NAMES,
];

/// How fast a phone, or a console, hears of a change: a query a second, and none while nobody listens.
const TELL_CHANGES: Job = Job {
    name: "tell_changes",
    every: Duration::from_secs(1),
    turn: |app| {
        Box::pin(async move {
            live::phones::tell_changes(&app).await?;
            live::office::tell_changes(&app).await?;
            Ok(false)
        })
    },
};

const FOLD_STALE_CELLS: Job = Job {
    name: "fold_stale_cells",
    every: Duration::from_secs(5),
    turn: |app| {
        Box::pin(async move {
            let folded = cells::fold_stale(&app, CELLS).await?;
            Ok(u32::try_from(folded).is_ok_and(|folded| folded >= CELLS))
        })
    },
};

/// One photo at a time: a picture of 12 megapixels takes a fifth of a second and 40 MB.
const PREPARE_PHOTOS: Job = Job {
    name: "prepare_photos",
    every: Duration::from_secs(2),
    turn: |app| Box::pin(async move { Ok(prepare::prepare_some(&app).await? > 0) }),
};

/// A bucket that is down is asked every half minute; what waits for it waits in the directory.
const MOVE_ORIGINALS: Job = Job {
    name: "move_originals",
    every: Duration::from_secs(30),
    turn: |app| {
        Box::pin(async move {
            photos::bucket::move_originals(&app).await?;
            Ok(false)
        })
    },
};

const COLLECT_PHOTOS: Job = Job {
    name: "collect_photos",
    every: Duration::from_hours(1),
    turn: |app| {
        Box::pin(async move {
            cleanup::collect(&app).await?;
            Ok(false)
        })
    },
};

/// A message is on its way within some seconds; where nothing is due this is one query.
const DELIVER_WEBHOOKS: Job = Job {
    name: "deliver_webhooks",
    every: Duration::from_secs(3),
    turn: |app| Box::pin(async move { Ok(deliver::deliver_due(&app).await? > 0) }),
};

const WATCH_WEBHOOKS: Job = Job {
    name: "watch_webhooks",
    every: Duration::from_mins(1),
    turn: |app| {
        Box::pin(async move {
            webhooks::watch::watch(&app).await?;
            Ok(false)
        })
    },
};

const FORGET_WEBHOOKS: Job = Job {
    name: "forget_webhooks",
    every: Duration::from_hours(6),
    turn: |app| {
        Box::pin(async move {
            deliver::forget_old(&app).await?;
            Ok(false)
        })
    },
};

const RETIRE_NAMES: Job = Job {
    name: "retire_names",
    every: Duration::from_hours(24),
    turn: |app| Box::pin(async move { Ok(anonymise::anonymise_due(&app).await? > 0) }),
};

/// Starts `jobs`, each in a loop of its own, until `stop`; the tracker waits for their last turns.
pub fn start(jobs: &'static [Job], app: &App, stop: &CancellationToken) -> TaskTracker {
    let tracker = TaskTracker::new();
    for job in jobs {
        tracker.spawn(repeat(job, app.clone(), stop.clone()));
    }
    tracker.close();
    tracker
}

async fn repeat(job: &'static Job, app: App, stop: CancellationToken) {
    loop {
        let more = one_turn(job, app.clone()).await;
        let pause = if more { Duration::ZERO } else { job.every };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Runs in a task of its own, so that a panic ends the turn and not the loop.
async fn one_turn(job: &'static Job, app: App) -> bool {
    match tokio::spawn((job.turn)(app)).await {
        Ok(Ok(more)) => more,
        Ok(Err(AppError::Busy)) => {
            tracing::debug!(job = job.name, "the database is busy");
            false
        }
        Ok(Err(error)) => {
            tracing::error!(job = job.name, error = error.to_string(), "a job failed");
            false
        }
        Err(_panicked) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tepai_app::Policy;
    use tepai_app::clock::Clock;
    use tepai_store::Store;

    static TURNS: AtomicU32 = AtomicU32::new(0);

    const TROUBLED: &[Job] = &[Job {
        name: "troubled",
        every: Duration::from_millis(1),
        turn: |_app| {
            Box::pin(async {
                match TURNS.fetch_add(1, Ordering::SeqCst) {
                    0 => panic!("a mistake"),
                    1 => Err(AppError::not_found()),
                    turn => Ok(turn < 5),
                }
            })
        },
    }];

    #[tokio::test]
    async fn a_job_goes_on_after_a_failure_and_a_panic_until_it_is_stopped() {
        let dir = tempfile::TempDir::new().unwrap();
        let url = format!("sqlite://{}/tepai.db", dir.path().display());
        let store = Store::connect(&url, 1).await.unwrap();
        store.migrate().await.unwrap();
        let app = App::open(store, Clock::manual(0, 1), TimeZone::UTC, Policy::default())
            .await
            .unwrap();
        let stop = CancellationToken::new();
        let jobs = start(TROUBLED, &app, &stop);
        while TURNS.load(Ordering::SeqCst) < 8 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        jobs.wait().await;
    }
}
