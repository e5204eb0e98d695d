//! Remembers a version that a quorum has confirmed, and that the API server's watch cache has reached.
//!
//! A streaming list is as new as a quorum read, and once it is complete, the cache has reached the version
//! that it names. For a caller that came before the list was sent, an answer that is not older than this
//! version is as fresh as a quorum read, and it comes from the cache, without a request to etcd. So in a
//! burst, one streaming list makes all later reads of the burst cheap.

use parking_lot::{Mutex, MutexGuard};
use tokio::time::Instant;

use podweave_config_maps::object::ResourceVersion;

/// A version, and when the request was sent that the quorum answered with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confirmed {
    pub version: ResourceVersion,
    pub sent: Instant,
}

/// The newest confirmed version, and the lock for requesting the next one.
#[derive(Default)]
pub(crate) struct Confirmations {
    state: Mutex<State>,
    /// The task that requests a confirmation holds this lock.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    newest: Option<Confirmed>,
    /// When a request for a confirmation last failed.
    failed: Option<Instant>,
}

/// What makes a streaming list fresh enough.
pub(crate) struct Consistency<'a> {
    /// The version that the list must not be older than; `None`: it makes a quorum read of its own.
    pub confirmed: Option<Confirmed>,
    /// Other callers wait for what that quorum read confirms.
    _asking: Option<Asking<'a>>,
}

/// The right to request a confirmation. When it is dropped, the waiting callers look for the result.
struct Asking<'a> {
    confirmations: &'a Confirmations,
    began: Instant,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Confirmations {
    /// Returns a version that was requested at this time or later.
    pub fn since(&self, time: Instant) -> Option<Confirmed> {
        self.state().newest.filter(|newest| newest.sent >= time)
    }

    /// Records a confirmed version.
    pub fn confirm(&self, confirmed: Confirmed) {
        let mut state = self.state();
        if state.newest.is_none_or(|newest| confirmed.sent > newest.sent) {
            state.newest = Some(confirmed);
        }
    }

    /// Returns the right to request a confirmation, if that helps a caller that came at this time: no request
    /// is running, and none was made since.
    pub fn try_request(&self, came: Instant) -> Option<Consistency<'_>> {
        let permit = self.asking.try_lock().ok()?;
        let is_of_use = self.since(came).is_none() && !self.failed_since(came);
        is_of_use.then(|| Consistency {
            confirmed: None,
            _asking: Some(Asking::new(self, permit)),
        })
    }

    /// Returns what makes a list fresh enough for a caller that came at this time. Of many callers that come
    /// at once, one requests a confirmation, and the others wait for it. After a failure, no caller waits for
    /// another one.
    pub async fn consistency_for(&self, came: Instant) -> Consistency<'_> {
        let confirmed = self.since(came);
        if confirmed.is_some() {
            return Consistency {
                confirmed,
                _asking: None,
            };
        }
        let permit = self.asking.lock().await;
        let confirmed = self.since(came);
        let asks = confirmed.is_none() && !self.failed_since(came);
        Consistency {
            confirmed,
            _asking: asks.then(|| Asking::new(self, permit)),
        }
    }

    fn failed_since(&self, time: Instant) -> bool {
        self.state().failed.is_some_and(|failed| failed >= time)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl<'a> Asking<'a> {
    fn new(confirmations: &'a Confirmations, turn: tokio::sync::MutexGuard<'a, ()>) -> Self {
        Self {
            confirmations,
            began: Instant::now(),
            _turn: turn,
        }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if self.confirmations.since(self.began).is_none() {
            self.confirmations.state().failed = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, advance, sleep};

    use super::{Confirmations, Confirmed};
    use podweave_config_maps::object::ResourceVersion;

    /// Requests a confirmation as a streaming list does, which takes a moment.
    async fn ask(
        confirmations: &Confirmations,
        came: Instant,
        asked: &Cell<usize>,
        succeeds: bool,
    ) -> Option<Confirmed> {
        let consistency = confirmations.consistency_for(came).await;
        if consistency.confirmed.is_some() {
            return consistency.confirmed;
        }
        asked.set(asked.get() + 1);
        let sent = Instant::now();
        sleep(Duration::from_millis(5)).await;
        if succeeds {
            confirmations.confirm(Confirmed {
                version: ResourceVersion(9),
                sent,
            });
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn one_vouches_for_all_who_came_before_it_asked_and_not_for_who_came_later() {
        let (confirmations, asked) = (Confirmations::default(), Cell::new(0));
        let came = Instant::now();
        join_all((0..100).map(|_| ask(&confirmations, came, &asked, true))).await;
        assert_eq!(asked.get(), 1);
        assert_eq!(
            confirmations.since(came).map(|confirmed| confirmed.version),
            Some(ResourceVersion(9))
        );
        advance(Duration::from_millis(1)).await;
        assert_eq!(confirmations.since(Instant::now()), None);
        assert_eq!(ask(&confirmations, Instant::now(), &asked, true).await, None);
        assert_eq!(asked.get(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_while_one_asks_waits_for_the_next_one() {
        let (confirmations, asked) = (Confirmations::default(), Cell::new(0));
        let later = async |number: u64| {
            sleep(Duration::from_millis(number % 4)).await;
            ask(&confirmations, Instant::now(), &asked, true).await
        };
        join_all((0..100).map(later)).await;
        assert_eq!(asked.get(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_none_waits_for_another() {
        let (confirmations, asked) = (Confirmations::default(), Cell::new(0));
        let came = Instant::now();
        join_all((0..100).map(|_| ask(&confirmations, came, &asked, false))).await;
        assert_eq!(asked.get(), 100);
        assert_eq!(came.elapsed(), Duration::from_millis(10));
        assert!(confirmations.try_request(came).is_none());
        advance(Duration::from_millis(1)).await;
        assert!(confirmations.try_request(Instant::now()).is_some());
    }
}
