//! Runs work once for all concurrent callers (singleflight), and gives each of them its result.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;

/// The running work, by key.
pub(crate) struct Singleflight<K, V>(Table<K, V>);

type Table<K, V> = Arc<Mutex<HashMap<K, Running<V>>>>;

type Running<V> = Shared<BoxFuture<'static, Result<V, Arc<tokio::task::JoinError>>>>;

impl<K, V> Default for Singleflight<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + Eq + Hash + Send + 'static, V: Clone + Send + Sync + 'static> Singleflight<K, V> {
    /// Waits for the running work of `key`, or starts it. Once started, it runs to its end even if all
    /// callers stop waiting.
    ///
    /// # Panics
    /// If the work panics.
    pub(crate) async fn run(&self, key: K, work: impl FnOnce() -> BoxFuture<'static, V>) -> V {
        let running = {
            let mut table = self.0.lock();
            match table.get(&key) {
                Some(running) => running.clone(),
                None => {
                    let (work, own_table, own_key) = (work(), Arc::clone(&self.0), key.clone());
                    let task = tokio::spawn(async move {
                        // Not before the task runs: a task that cannot be started is dropped here, while the
                        // table is locked.
                        let removal = Removal(own_table, own_key);
                        let value = work.await;
                        drop(removal);
                        value
                    });
                    let running = task.map(|ended| ended.map_err(Arc::new)).boxed().shared();
                    table.insert(key, running.clone());
                    running
                }
            }
        };
        running.await.unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Removes work from the table when it is dropped: however the work ends, even by a panic.
struct Removal<K: Eq + Hash, V>(Table<K, V>, K);

impl<K: Eq + Hash, V> Drop for Removal<K, V> {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn concurrent_calls_share_one_run_and_a_later_call_runs_again() {
        let (singleflight, done, go) = (
            Arc::new(Singleflight::<&str, usize>::default()),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Notify::new()),
        );
        let ask = || {
            let (singleflight, done, go) = (Arc::clone(&singleflight), Arc::clone(&done), Arc::clone(&go));
            tokio::spawn(async move {
                let work = move || {
                    async move {
                        go.notified().await;
                        done.fetch_add(1, Ordering::SeqCst) + 1
                    }
                    .boxed()
                };
                singleflight.run("key", work).await
            })
        };
        let first: Vec<_> = (0..50).map(|_| ask()).collect();
        // All tasks wait now: there is one thread, and each task runs until it waits.
        tokio::task::yield_now().await;
        go.notify_one();
        for asked in first {
            assert_eq!(asked.await.unwrap(), 1);
        }
        let later = ask();
        go.notify_one();
        assert_eq!(later.await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_cancelled_caller_does_not_cancel_the_others() {
        let (singleflight, go) = (
            Arc::new(Singleflight::<&str, ()>::default()),
            Arc::new(Notify::new()),
        );
        let work = |go: Arc<Notify>| move || async move { go.notified().await }.boxed();
        let (of_first, going) = (Arc::clone(&singleflight), Arc::clone(&go));
        let first = tokio::spawn(async move { of_first.run("key", work(going)).await });
        tokio::task::yield_now().await;
        first.abort();
        let second = tokio::spawn(async move { singleflight.run("key", || panic!("it is under way")).await });
        tokio::task::yield_now().await;
        go.notify_one();
        second.await.unwrap();
    }
}
