//! A thread for long work of the processor that nobody waits for. It runs on what the threads that serve leave over, and
//! does one piece after the other; what the work is it does not know.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::io;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The thread. It ends with its last owner, and is kept between two pieces of work: a new one would have memory of its own.
#[derive(Clone, Debug)]
pub struct Background(Arc<ThreadPool>);

impl Background {
    /// Starts the thread.
    pub fn start() -> io::Result<Self> {
        let built = ThreadPoolBuilder::new()
            .num_threads(1)
            .thread_name(|_| "background".to_owned())
            .start_handler(|_| step_back())
            // It is logged where it happens, and told to whoever asked for the work.
            .panic_handler(|_| {})
            .build();
        Ok(Self(Arc::new(built.map_err(io::Error::other)?)))
    }

    /// Runs `work` to its end, even if nobody waits for it any more. It is an error if it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let (done, outcome) = oneshot::channel();
        self.0.spawn(move || {
            let _nobody_waits = done.send(work());
        });
        outcome
            .await
            .map_err(|_| io::Error::other("work in the background panicked"))
    }
}

/// Gives way to every other thread: on Linux this is a thread's own matter.
#[cfg(target_os = "linux")]
fn step_back() {
    const LAST: i32 = 19;
    let _only_sooner_without = rustix::process::nice(LAST);
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_after_all_that_somebody_waits_for() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        let background = Background::start().unwrap();
        assert_eq!(background.run(niceness).await.unwrap(), 19);
        assert_eq!(niceness(), before, "a thread that serves stays as it is");
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_the_next_is_done() {
        let background = Background::start().unwrap();
        let panics = background.run(|| panic!("a photo that nobody can read"));
        assert!(panics.await.is_err());
        assert_eq!(background.run(|| 5).await.unwrap(), 5);
    }
}
