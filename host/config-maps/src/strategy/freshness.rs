//! Decides when an answer is fresh enough for a caller.

use std::time::Duration;

use tokio::time::Instant;

use super::options::{Options, Strategy};
use crate::knowledge::{Knowledge, WatchPhase};

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

/// Whether the source has said in this process that it is so now: by a live watch, or by a read that the
/// strategy still trusts.
pub(crate) fn is_confirmed(known: &Knowledge, options: &Options) -> bool {
    let is_live = known.watch == WatchPhase::Live;
    let is_trusted = match &options.strategy {
        // An immutable one has no watch, and is read again from time to time.
        Strategy::Watch { .. } => known.is_immutable(),
        Strategy::Cache(ttl) => oldest_unexpired(Instant::now(), ttl.get())
            .max(known.not_before)
            .is_none_or(|since| known.is_as_of(since)),
        Strategy::Get => false,
    };
    known.is_known() && (is_live || is_trusted && known.failure.is_none())
}

/// When a read must have been sent to count: `now < read + TTL` is strict in the kubelet. A read sent now
/// always counts.
fn oldest_unexpired(now: Instant, ttl: Duration) -> Option<Instant> {
    now.checked_sub(ttl)
        .map(|expired| (expired + Duration::from_nanos(1)).min(now))
}
