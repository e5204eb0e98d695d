//! Computes how long to wait before the next attempt.

use std::time::Duration;

use crate::source::{FailureKind, SourceError};

/// Waiting times that double, with jitter, so that callers that failed together do not try again together.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

const FIRST: Duration = Duration::from_millis(100);

/// The longest wait that a source may request.
const LONGEST_REQUESTED: Duration = Duration::from_secs(60);

impl Backoff {
    /// Returns the time to wait after one more failure.
    pub(crate) fn after(&mut self, error: &SourceError) -> Duration {
        let longest = match error.kind {
            // The latest state must be visible within a second after the source returns. Attempts are cheap:
            // the source's connections are shared, and have a back-off of their own.
            FailureKind::Unreachable | FailureKind::Expired => Duration::from_millis(500),
            FailureKind::Busy => Duration::from_secs(5),
            // A person has to correct it.
            FailureKind::Refused | FailureKind::Broken => Duration::from_secs(15),
        };
        let doubled = FIRST.saturating_mul(1 << self.failures.min(10)).min(longest);
        self.failures += 1;
        let jittered = doubled.mul_f64(0.5 + fastrand::f64() / 2.0);
        jittered.max(error.retry_after.unwrap_or_default().min(LONGEST_REQUESTED))
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}
