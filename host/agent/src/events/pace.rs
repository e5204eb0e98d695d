//! Limits the requests for Events: their rate, and pauses while the API server does not accept them.

use std::time::Duration;

use podweave_core::backoff::{Backoff, jittered};
use tokio::time::Instant;

/// The burst of requests after a pause, and the interval at which one more is allowed.
pub(super) const BURST: u32 = 50;
pub(super) const REFILL: Duration = Duration::from_millis(50);

/// The longest pause after requests that the API server did not accept, and the first one.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// When the next request may be sent.
#[derive(Debug)]
pub(super) struct Pace {
    tokens: u32,
    refilled: Instant,
    paused_until: Option<Instant>,
    backoff: Backoff,
}

impl Pace {
    pub fn new(now: Instant) -> Self {
        Self {
            tokens: BURST,
            refilled: now,
            paused_until: None,
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
        }
    }

    /// Whether a request may be sent now. [`Pace::spend`] notes that it is.
    pub fn allows(&mut self, now: Instant) -> bool {
        if self.paused_until.is_some_and(|until| now < until) {
            return false;
        }
        self.refill(now);
        self.tokens > 0
    }

    /// Notes that a request is sent.
    pub fn spend(&mut self) {
        self.tokens = self.tokens.saturating_sub(1);
    }

    fn refill(&mut self, now: Instant) {
        let periods = u32::try_from(now.duration_since(self.refilled).as_millis() / REFILL.as_millis())
            .unwrap_or(u32::MAX);
        self.tokens = self.tokens.saturating_add(periods).min(BURST);
        self.refilled = if self.tokens == BURST {
            now
        } else {
            self.refilled + REFILL * periods
        };
    }

    /// Returns when a request that may be sent at a time is allowed.
    pub fn next(&self, earliest: Instant) -> Instant {
        let token = if self.tokens == 0 {
            self.refilled + REFILL
        } else {
            earliest
        };
        earliest.max(token).max(self.paused_until.unwrap_or(earliest))
    }

    /// Notes whether the API server has answered a request.
    pub fn note_answer(&mut self, is_available: bool, now: Instant) {
        if is_available {
            self.paused_until = None;
            self.backoff.reset();
        } else {
            self.paused_until = Some(now + jittered(self.backoff.next_pause(), fastrand::f64()));
        }
    }
}
