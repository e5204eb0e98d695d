//! Examines all entries periodically: ends idle watches, reads immutable ConfigMaps again.

use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::knowledge::WatchPhase;
use crate::shared::Shared;
use crate::source::Read;
use crate::strategy::{Strategy, reading, watching};

/// An idle watch is found at most a quarter of its time too late.
const SWEEPS_FOR_IDLE: u32 = 4;

pub(crate) fn start(shared: Weak<Shared>, strategy: &Strategy) -> Option<AbortHandle> {
    let Strategy::Watch {
        idle_after,
        recheck_immutable,
    } = *strategy
    else {
        return None;
    };
    let period = idle_after.map_or(recheck_immutable, |idle| idle.min(recheck_immutable)) / SWEEPS_FOR_IDLE;
    let sweeps_until_idle = idle_after.map(|idle| idle.div_duration_f64(period).ceil() as u32);
    let period = period.max(Duration::from_millis(10));
    let task = tokio::spawn(async move {
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(shared) = shared.upgrade() else { return };
            sweep(&shared, sweeps_until_idle, recheck_immutable);
        }
    });
    Some(task.abort_handle())
}

fn sweep(shared: &Shared, sweeps_until_idle: Option<u32>, recheck_immutable: Duration) {
    let context = &shared.context;
    let sweep = context.sweep.fetch_add(1, Ordering::Relaxed) + 1;
    let now = Instant::now();
    shared.entries.for_each(|entry| {
        let known = entry.known();
        let unused_for = sweep.saturating_sub(entry.last_used());
        if known.watch == WatchPhase::Live && sweeps_until_idle.is_some_and(|limit| unused_for > limit) {
            watching::end_idle(entry, context);
        }
        if known.is_immutable()
            && known
                .as_of
                .is_none_or(|as_of| now.duration_since(as_of) >= recheck_immutable)
        {
            reading::begin(entry, context, &mut entry.tasks(), Read::Quorum);
        }
    });
}
