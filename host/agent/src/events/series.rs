//! One Event that the API server has or gets: an occurrence and its repetitions.

use std::time::{SystemTime, UNIX_EPOCH};

use podweave_core::identity::PodIdentity;
use tokio::time::Instant;

use super::Reason;

/// An occurrence and its repetitions.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub pod: PodIdentity,
    pub container: String,
    pub reason: Reason,
    pub note: String,
    /// The Event's name.
    pub name: String,
    /// The number of occurrences.
    pub count: u64,
    pub first: SystemTime,
    pub last: SystemTime,
    /// Whether the API server has the Event.
    pub exists: bool,
    /// The number of occurrences that the API server was last sent.
    pub sent: u64,
    /// The earliest time of the next request for it.
    pub not_before: Instant,
    pub touched: Instant,
}

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestOutcome {
    /// The API server has it.
    Done,
    /// The Event does not exist any more, or another one has its name: it is recreated.
    Recreate,
    /// The API server will never accept it.
    Refused,
    /// The API server is away or busy.
    Unavailable,
}

impl Series {
    /// Begins a series, without an occurrence yet. `number` is unique among all series.
    pub fn new(key: (PodIdentity, String, Reason), number: u64, at: SystemTime, now: Instant) -> Self {
        let (pod, container, reason) = key;
        let mut series = Self {
            pod,
            container,
            reason,
            note: String::new(),
            name: String::new(),
            count: 0,
            first: at,
            last: at,
            exists: false,
            sent: 0,
            not_before: now,
            touched: now,
        };
        series.rename(number);
        series
    }

    /// Whether the API server was sent all occurrences.
    pub fn is_sent(&self) -> bool {
        self.count == self.sent
    }

    /// Names its Event as client-go does: the pod's name and a suffix that is unique among its Events.
    pub fn rename(&mut self, number: u64) {
        let time = self.first.duration_since(UNIX_EPOCH).unwrap_or_default();
        // The name of a pod has at most 253 characters, and so has that of an Event.
        let end = (0..=self.pod.name.len().min(200))
            .rev()
            .find(|end| self.pod.name.is_char_boundary(*end))
            .unwrap_or_default();
        let pod = self.pod.name[..end].trim_end_matches(['.', '-']);
        self.name = format!("{pod}.{:x}.{number:x}", time.as_nanos() & u128::from(u64::MAX));
    }
}
