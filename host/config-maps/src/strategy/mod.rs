//! Decides how registered ConfigMaps are kept fresh, and when an answer is fresh enough.

mod failure;
pub(crate) mod reading;
pub(crate) mod watching;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::changes::Hub;
use crate::entry::Entry;
use crate::knowledge::{Following, Knowledge};
use crate::manager::Options;
use crate::metrics::Metrics;
use crate::source::{Read, Source};
use crate::ttl::Ttl;

/// How registered ConfigMaps are kept fresh: the kubelet's `configMapAndSecretChangeDetectionStrategy`.
#[derive(Debug, Clone)]
pub enum Strategy {
    /// A watch for each ConfigMap, so that changes are known as they happen.
    Watch {
        /// A watch is ended if no Get came for this long; the next Get waits for a new one. `None`: never.
        idle_after: Option<Duration>,
        /// An immutable ConfigMap needs no watch. It is read this often, in case it was deleted and
        /// recreated.
        recheck_immutable: Duration,
    },
    /// A read when a Get comes and what is known is older than the TTL, or a pod came since.
    Cache(Ttl),
    /// A quorum read for each Get; Gets that come together share one.
    Get,
}

impl Default for Strategy {
    /// `Watch` with the kubelet's times.
    fn default() -> Self {
        Self::Watch {
            idle_after: Some(Duration::from_secs(300)),
            recheck_immutable: Duration::from_secs(300),
        }
    }
}

/// What all tasks of a manager share.
pub(crate) struct Context {
    pub source: Arc<dyn Source>,
    /// Where tasks run, whatever the caller's thread: the source's answers may be megabytes to read.
    pub runtime: Handle,
    pub options: Options,
    pub hub: Arc<Hub>,
    pub metrics: Metrics,
    /// Counts the sweeps for idle watches: a clock that costs a Get no system call.
    pub sweep: AtomicU32,
}

/// What a caller requires.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    pub max_age: Option<Duration>,
    /// Since when the pod of the Get has referred to the ConfigMap; `None`: the Get is not for a pod, and the
    /// pod that came last counts.
    pub registered: Option<Instant>,
}

/// The earliest time that an answer must be true at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Freshness {
    /// The content was true at this time or later, by any means.
    since: Option<Instant>,
    /// A quorum read that was sent at this time or later confirmed it.
    quorum_since: Option<Instant>,
}

impl Freshness {
    /// Computes what a demand means now. `now` is called only where it matters: a hot Get does not read the
    /// clock.
    pub(crate) fn of(
        demand: &Demand,
        known: &Knowledge,
        options: &Options,
        now: impl Fn() -> Instant,
    ) -> Self {
        let registered = demand.registered.or(known.referenced_at);
        let oldest = demand.max_age.and_then(|max_age| now().checked_sub(max_age));
        let by_strategy = match &options.strategy {
            Strategy::Watch { .. } if known.is_immutable() => registered,
            Strategy::Watch { .. } => known.not_before,
            // Absence is checked again each time, as in the kubelet.
            Strategy::Cache(_) if known.is_known() && known.object().is_none() => Some(now()),
            Strategy::Cache(ttl) => oldest_unexpired(now(), ttl.get()).max(known.not_before),
            Strategy::Get => Some(now()),
        };
        Self {
            since: by_strategy.max(oldest),
            quorum_since: registered.filter(|_| options.strict),
        }
    }

    pub(crate) fn is_met(&self, known: &Knowledge) -> bool {
        known.is_known()
            && self.since.is_none_or(|since| known.is_as_of(since))
            && self.quorum_since.is_none_or(|since| known.is_quorum_as_of(since))
    }

    /// Whether what is known may be served although it could not be confirmed.
    pub(crate) fn allows_last_good(
        &self,
        demand: &Demand,
        known: &Knowledge,
        options: &Options,
        now: Instant,
    ) -> bool {
        let is_young = demand
            .max_age
            .is_none_or(|max_age| known.is_as_of(now.checked_sub(max_age).unwrap_or(now)));
        let is_confirmed = self.quorum_since.is_none_or(|since| known.is_quorum_as_of(since));
        known.is_known() && is_young && is_confirmed && !matches!(options.strategy, Strategy::Get)
    }
}

/// When a read must have been sent to count: `now < read + TTL` is strict in the kubelet. A read sent now
/// always counts.
fn oldest_unexpired(now: Instant, ttl: Duration) -> Option<Instant> {
    now.checked_sub(ttl)
        .map(|expired| (expired + Duration::from_nanos(1)).min(now))
}

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
    if is_watching && !entry.shown().is_immutable() {
        watching::begin(entry, context, &mut tasks);
    }
}

/// Starts what makes an entry fresher, unless it is already running.
pub(crate) fn refresh(entry: &Arc<Entry>, context: &Arc<Context>) {
    let mut tasks = entry.tasks();
    let known = entry.shown();
    match context.options.strategy {
        Strategy::Watch { .. } if known.is_immutable() => {
            reading::begin(entry, context, &mut tasks, Read::Quorum)
        }
        Strategy::Watch { .. } => {
            watching::begin(entry, context, &mut tasks);
            // A watch that has reported something goes on reporting changes. Only a quorum read proves that
            // it is not behind.
            if context.options.strict && known.is_known() && known.following == Following::Live {
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
