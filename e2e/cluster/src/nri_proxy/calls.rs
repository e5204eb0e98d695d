//! Statistics of the calls that passed the proxy.

use std::collections::BTreeMap;
use std::time::Duration;

/// The statistics of one kind of call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// Requests that arrived at the proxy.
    pub requests: u64,
    /// Answers that arrived at the proxy, errors included.
    pub answers: u64,
    /// Answers that were errors.
    pub errors: u64,
    /// Answers that were passed on completely without a strike: a strike that is ordered now cannot meet
    /// their calls any more.
    pub completed: u64,
    /// The time from passing the request on to the arrival of the answer, for each answer.
    pub durations: Vec<Duration>,
}

impl Calls {
    /// Returns the longest time of an answer.
    pub fn longest(&self) -> Duration {
        self.durations.iter().max().copied().unwrap_or_default()
    }
}

/// The statistics of all calls, by name.
#[derive(Debug, Default)]
pub(super) struct Ledger(BTreeMap<String, Calls>);

impl Ledger {
    pub(super) fn of(&self, call: &str) -> Calls {
        self.0.get(call).cloned().unwrap_or_default()
    }

    pub(super) fn requested(&mut self, call: &str) {
        self.0.entry(call.to_owned()).or_default().requests += 1;
    }

    pub(super) fn completed(&mut self, call: &str) {
        self.0.entry(call.to_owned()).or_default().completed += 1;
    }

    pub(super) fn answered(&mut self, call: &str, is_error: bool, duration: Duration) {
        let calls = self.0.entry(call.to_owned()).or_default();
        calls.answers += 1;
        calls.errors += u64::from(is_error);
        calls.durations.push(duration);
    }
}
