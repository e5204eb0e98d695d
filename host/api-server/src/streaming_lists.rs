//! Remembers whether it makes sense to try streaming lists (KEP-3157).

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// After a streaming list that did not complete, none is tried for this long.
const SILENCE: Duration = Duration::from_secs(60);

/// Whether it makes sense to try streaming lists.
#[derive(Default)]
pub(crate) struct StreamingLists(Mutex<Support>);

#[derive(Default, Clone, Copy)]
enum Support {
    #[default]
    Assumed,
    /// The API server said that there are none. Its feature gate WatchList is off, or it is too old.
    Absent,
    /// One was accepted and did not complete in time.
    Silent { until: Instant },
}

impl StreamingLists {
    pub fn are_worth_a_try(&self) -> bool {
        match *self.0.lock() {
            Support::Assumed => true,
            Support::Absent => false,
            Support::Silent { until } => Instant::now() >= until,
        }
    }

    /// Records that the API server has none.
    pub fn mark_absent(&self) {
        *self.0.lock() = Support::Absent;
    }

    /// Records that one did not complete in time.
    pub fn mark_silent(&self) {
        let until = Instant::now() + SILENCE;
        *self.0.lock() = Support::Silent { until };
    }
}
