//! Runs work once for all concurrent callers (singleflight), and gives each of them its result.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

/// The running work, by key.
pub(crate) struct Flights<K, V>(Arc<Mutex<HashMap<K, Flight<V>>>>);

type Flight<V> = Shared<BoxFuture<'static, Result<V, Arc<tokio::task::JoinError>>>>;

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + Eq + Hash + Send + 'static, V: Clone + Send + Sync + 'static> Flights<K, V> {
    /// Waits for the running work of `key`, or starts it. Once started, it runs to its end even if all
    /// callers stop waiting.
    ///
    /// # Panics
    /// If the work panics.
    pub(crate) async fn join(&self, key: K, work: impl FnOnce() -> BoxFuture<'static, V>) -> V {
        let flight = {
            let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match flights.get(&key) {
                Some(flight) => flight.clone(),
                None => {
                    let (work, flights_of_task, own) = (work(), Arc::clone(&self.0), key.clone());
                    let task = tokio::spawn(async move {
                        let landed = Landing(flights_of_task, own);
                        let value = work.await;
                        drop(landed);
                        value
                    });
                    let flight = task.map(|ended| ended.map_err(Arc::new)).boxed().shared();
                    flights.insert(key, flight.clone());
                    flight
                }
            }
        };
        flight.await.unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Removes the flight from the table, however it ends.
struct Landing<K: Eq + Hash, V>(Arc<Mutex<HashMap<K, Flight<V>>>>, K);

impl<K: Eq + Hash, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn concurrent_calls_share_one_run_and_a_later_call_runs_again() {
        let (flights, done, go) = (
            Arc::new(Flights::<&str, usize>::default()),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Notify::new()),
        );
        let ask = || {
            let (flights, done, go) = (Arc::clone(&flights), Arc::clone(&done), Arc::clone(&go));
            tokio::spawn(async move {
                let work = move || {
                    async move {
                        go.notified().await;
                        done.fetch_add(1, Ordering::SeqCst) + 1
                    }
                    .boxed()
                };
                flights.join("key", work).await
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
        let (flights, go) = (Arc::new(Flights::<&str, ()>::default()), Arc::new(Notify::new()));
        let work = |go: Arc<Notify>| move || async move { go.notified().await }.boxed();
        let (of_first, going) = (Arc::clone(&flights), Arc::clone(&go));
        let first = tokio::spawn(async move { of_first.join("key", work(going)).await });
        tokio::task::yield_now().await;
        first.abort();
        let second = tokio::spawn(async move { flights.join("key", || panic!("it is under way")).await });
        tokio::task::yield_now().await;
        go.notify_one();
        second.await.unwrap();
    }
}
