//! Handles failed reads and watches: how long to wait before the next attempt, and what the callers learn.

use std::sync::Arc;
use std::time::Duration;

use podweave_core::backoff::{Backoff, jittered};
use tokio::time::Instant;

use crate::entry::{Entry, Tasks};
use crate::knowledge::Failure;
use crate::source::{FailureKind, SourceError};

/// The pauses after failures; [`pause_after`] limits them further.
pub(super) const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(15));

/// The longest wait that a source may request.
const LONGEST_REQUESTED: Duration = Duration::from_secs(60);

/// Counts a failure, and returns the pause before the next attempt.
pub(super) fn pause_after(error: &SourceError, backoff: &mut Backoff) -> Duration {
    let longest = match error.kind {
        // The latest state must be visible within a second after the source returns. Attempts are cheap: the
        // source's connections are shared, and have a backoff of their own.
        FailureKind::Unreachable | FailureKind::Expired => Duration::from_millis(500),
        FailureKind::Busy => Duration::from_secs(5),
        // A person has to correct it.
        FailureKind::Refused | FailureKind::Broken => Duration::from_secs(15),
    };
    jittered(backoff.next_pause().min(longest), fastrand::f64())
        .max(error.retry_after.unwrap_or_default().min(LONGEST_REQUESTED))
}

/// Records a failure and wakes the callers that may have to report it.
pub(super) fn record(entry: &Entry, tasks: &mut Tasks, error: SourceError, retry_at: Instant) {
    tracing::debug!(config_map = %entry.name, %error, "cannot read or watch");
    entry.update(tasks, |known| {
        known.failure = Some(Arc::new(Failure {
            error: Arc::new(error),
            at: Instant::now(),
            retry_at,
        }))
    });
}

/// The source returned an older version than before.
pub(super) fn went_back() -> SourceError {
    SourceError::new(
        FailureKind::Broken,
        "the API server answered with an older version than before; if the cluster was restored from a backup, restart the processes that read from it",
    )
}
