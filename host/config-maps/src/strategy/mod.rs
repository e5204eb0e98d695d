//! Starts what keeps registered ConfigMaps fresh. docs/decisions/002-immutable-config-maps.md says why
//! immutable ones are read again.

mod failure;
mod freshness;
mod options;
pub(crate) mod reading;
pub(crate) mod watching;

use std::sync::Arc;

use tokio::time::Instant;

use crate::entry::{Entry, Tasks};
use crate::knowledge::{Knowledge, WatchPhase};
use crate::source::Read;

pub(crate) use freshness::{Demand, Freshness, is_confirmed};
pub(crate) use options::Context;
pub use options::{Options, Strategy};

/// Starts what is needed when a pod starts to refer to an entry.
pub(crate) fn referenced(entry: &Arc<Entry>, context: &Arc<Context>, now: Instant) {
    let mut tasks = entry.tasks();
    let is_watching = matches!(context.options.strategy, Strategy::Watch { .. });
    entry.update(&mut tasks, |known| {
        known.referenced_at = Some(now);
        if !is_watching {
            known.not_before = Some(now);
        }
    });
    if is_watching && !entry.known().is_immutable() {
        watching::begin(entry, context, &mut tasks);
    }
}

/// Starts the watch of an entry whose changes are listened to, unless there is one or it needs none.
pub(crate) fn listen(entry: &Arc<Entry>, context: &Arc<Context>) {
    let mut tasks = entry.tasks();
    if matches!(context.options.strategy, Strategy::Watch { .. }) && !entry.known().is_immutable() {
        watching::begin(entry, context, &mut tasks);
    }
}

/// Changes what is known, and notifies listeners if the content has changed. Followers are also notified when it
/// is confirmed, if a caller found it unconfirmed before.
fn update<T>(
    entry: &Entry,
    context: &Context,
    tasks: &mut Tasks,
    change: impl FnOnce(&mut Knowledge) -> T,
) -> T {
    let (result, is_other) = entry.update(tasks, change);
    let is_confirmed = tasks.confirmation_wanted && is_confirmed(&entry.known(), &context.options);
    if is_confirmed {
        tasks.confirmation_wanted = false;
    }
    if is_other {
        context.hub.notify(&entry.name);
    } else if is_confirmed {
        context.hub.notify_followers(&entry.name);
    }
    result
}

/// Starts what makes an entry fresher, unless it is already running.
pub(crate) fn refresh(entry: &Arc<Entry>, context: &Arc<Context>) {
    let mut tasks = entry.tasks();
    let known = entry.known();
    match context.options.strategy {
        Strategy::Watch { .. } if known.is_immutable() => {
            reading::begin(entry, context, &mut tasks, Read::Quorum)
        }
        Strategy::Watch { .. } => {
            watching::begin(entry, context, &mut tasks);
            // A watch that has reported something goes on reporting changes. Only a quorum read proves that
            // it is not behind.
            if context.options.strict && known.is_known() && known.watch == WatchPhase::Live {
                reading::begin(entry, context, &mut tasks, Read::Quorum);
            }
        }
        Strategy::Cache(_) => {
            let is_renewal = known.object().is_some()
                && known.failure.is_none()
                && known.not_before.is_none_or(|since| known.is_as_of(since));
            reading::begin(
                entry,
                context,
                &mut tasks,
                if is_renewal { Read::Cached } else { Read::Quorum },
            );
        }
        Strategy::Get => reading::begin(entry, context, &mut tasks, Read::Quorum),
    }
}
