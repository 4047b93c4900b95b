//! Group commit: one caller writes for all callers that wait at the same moment, in one transaction, so that the disk is
//! synced once. It does not know what is written.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as Turn, oneshot};

/// Most works in one group.
const MOST: usize = 32;

/// A queue of works `W`, each with a caller that waits for its result `R`.
#[derive(Debug)]
pub struct GroupCommit<W, R> {
    waiting: Mutex<Vec<(W, oneshot::Sender<R>)>>,
    turn: Arc<Turn<()>>,
}

impl<W, R> Default for GroupCommit<W, R> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Arc::default(),
        }
    }
}

impl<W: Send + 'static, R: Send + 'static> GroupCommit<W, R> {
    /// Writes `work` together with the others that wait. `write_all` returns one result for each, in order, and runs to its end
    /// even if its caller is dropped. `None` if it panicked: then the outcome is unknown.
    ///
    /// A work whose caller is dropped before its turn is written with the next group.
    pub async fn write<F>(&self, work: W, write_all: impl Fn(Vec<W>) -> F) -> Option<R>
    where
        F: Future<Output = Vec<R>> + Send + 'static,
    {
        let (sender, mut result) = oneshot::channel();
        self.waiting().push((work, sender));
        loop {
            let turn = tokio::select! {
                biased;
                result = &mut result => return result.ok(),
                turn = self.turn.clone().lock_owned() => turn,
            };
            let (works, senders): (Vec<W>, Vec<_>) = self.take().into_iter().unzip();
            if works.is_empty() {
                // The caller before this one took this work into its group.
                return result.await.ok();
            }
            let writing = write_all(works);
            tokio::spawn(async move {
                for (sender, result) in senders.into_iter().zip(writing.await) {
                    let _nobody_waits = sender.send(result);
                }
                drop(turn);
            });
        }
    }

    /// The works that came first.
    fn take(&self) -> Vec<(W, oneshot::Sender<R>)> {
        let mut waiting = self.waiting();
        let later = waiting.len().min(MOST);
        let later = waiting.split_off(later);
        mem::replace(&mut *waiting, later)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(W, oneshot::Sender<R>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn who_comes_while_others_are_written_is_written_with_all_who_came_then() {
        let together = GroupCommit::<usize, usize>::default();
        let (groups, first_may_end) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
        let write_all = |works: Vec<usize>| {
            let (groups, first_may_end) = (groups.clone(), first_may_end.clone());
            async move {
                let is_first = works.contains(&0);
                groups.lock().unwrap().push(works.len());
                if is_first {
                    first_may_end.notified().await;
                }
                works.into_iter().map(|work| work * 10).collect()
            }
        };
        let first = together.write(0, write_all);
        let others = join_all((1..=40).map(|work| together.write(work, write_all)));
        let all_wait = async {
            while together.waiting().len() < 40 {
                tokio::task::yield_now().await;
            }
            first_may_end.notify_one();
        };
        let (first, others, ()) = tokio::join!(first, others, all_wait);
        assert_eq!(first, Some(0));
        let expected: Vec<_> = (1..=40).map(|work| Some(work * 10)).collect();
        assert_eq!(others, expected);
        assert_eq!(*groups.lock().unwrap(), [1, 32, 8]);
    }

    #[tokio::test]
    async fn a_work_is_written_even_if_its_caller_and_the_one_who_writes_go_away() {
        let together = Arc::new(GroupCommit::<usize, ()>::default());
        let (written, begun, may_end) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
        );
        let write_all = {
            let (written, begun, may_end) = (written.clone(), begun.clone(), may_end.clone());
            move |works: Vec<usize>| {
                let (written, begun, may_end) = (written.clone(), begun.clone(), may_end.clone());
                async move {
                    begun.notify_one();
                    may_end.notified().await;
                    written.fetch_add(works.len(), Ordering::SeqCst);
                    vec![(); works.len()]
                }
            }
        };
        let (writer, write) = (together.clone(), write_all.clone());
        let caller = tokio::spawn(async move { writer.write(1, write).await });
        begun.notified().await;
        caller.abort();
        let _gone = caller.await;
        may_end.notify_one();
        may_end.notify_one();
        let next = together.write(2, write_all).await;
        assert_eq!((next, written.load(Ordering::SeqCst)), (Some(()), 2));
    }

    #[tokio::test]
    async fn who_was_to_be_written_by_one_that_panics_is_told_nothing_and_the_next_is_written() {
        let together = GroupCommit::<usize, usize>::default();
        let write_all = |works: Vec<usize>| async move {
            assert!(!works.contains(&13), "an unlucky number");
            works
        };
        assert_eq!(together.write(13, write_all).await, None);
        assert_eq!(together.write(14, write_all).await, Some(14));
    }
}
