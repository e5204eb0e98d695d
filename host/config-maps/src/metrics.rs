//! Counts what the manager does, for Prometheus.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::object::Object;
use crate::source::{Event, FailureKind, Read, SourceError};

/// Counters of one manager.
#[derive(Debug)]
pub(crate) struct Metrics {
    hits: Striped,
    answers: Family<AnswerLabels, Counter>,
    served_age: Histogram,
    reads: Family<ReadLabels, Counter>,
    events: Family<EventLabels, Counter>,
    watch_failures: Family<FailureLabels, Counter>,
    idle_watches: Counter,
}

/// How a Get ended that was not answered from memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlowGet {
    Waited,
    LastGood,
    Unavailable,
    TooOld,
    Refused,
    NotRegistered,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    reason: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            hits: Striped::default(),
            answers: Family::default(),
            served_age: Histogram::new([0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36000.0]),
            reads: Family::default(),
            events: Family::default(),
            watch_failures: Family::default(),
            idle_watches: Counter::default(),
        }
    }
}

impl Metrics {
    /// Registers the counters.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "slow_gets",
            "Gets that were not answered from memory at once, by how they ended",
            self.answers.clone(),
        );
        registry.register(
            "served_age_seconds",
            "Age of answers that were served although they could not be confirmed",
            self.served_age.clone(),
        );
        registry.register(
            "reads",
            "Reads of a ConfigMap, by kind and outcome",
            self.reads.clone(),
        );
        registry.register("watch_events", "Events of watches, by kind", self.events.clone());
        registry.register(
            "watch_failures",
            "Watches that broke, by reason",
            self.watch_failures.clone(),
        );
        registry.register(
            "idle_watches_ended",
            "Watches that were ended because no Get asked for their ConfigMap",
            self.idle_watches.clone(),
        );
    }

    /// Counts a Get that was answered from memory.
    pub(crate) fn count_hit(&self) {
        self.hits.add_one();
    }

    /// Counts the end of a Get that had to wait or failed.
    pub(crate) fn count_slow_get(&self, answer: SlowGet) {
        let outcome = match answer {
            SlowGet::Waited => "waited",
            SlowGet::LastGood => "last_good",
            SlowGet::Unavailable => "unavailable",
            SlowGet::TooOld => "too_old",
            SlowGet::Refused => "refused",
            SlowGet::NotRegistered => "not_registered",
        };
        self.answers.get_or_create(&AnswerLabels { outcome }).inc();
    }

    /// Records that the last known state was served, at this age.
    pub(crate) fn count_last_good(&self, age: Duration) {
        self.count_slow_get(SlowGet::LastGood);
        self.served_age.observe(age.as_secs_f64());
    }

    pub(crate) fn count_read(&self, read: Read, answer: Result<&Option<Object>, &SourceError>) {
        let kind = match read {
            Read::Quorum => "quorum",
            Read::Cached => "cached",
        };
        let outcome = match answer {
            Ok(Some(_)) => "found",
            Ok(None) => "not_found",
            Err(error) => reason(error),
        };
        self.reads.get_or_create(&ReadLabels { kind, outcome }).inc();
    }

    pub(crate) fn count_event(&self, event: &Event) {
        let kind = match event {
            Event::Current { .. } => "current",
            Event::Live => "live",
            Event::Applied(_) => "applied",
            Event::Deleted(_) => "deleted",
            Event::Bookmark(_) => "bookmark",
        };
        self.events.get_or_create(&EventLabels { kind }).inc();
    }

    pub(crate) fn count_watch_failure(&self, error: &SourceError) {
        self.watch_failures
            .get_or_create(&FailureLabels {
                reason: reason(error),
            })
            .inc();
    }

    pub(crate) fn count_idle_watch(&self) {
        self.idle_watches.inc();
    }

    pub(crate) fn hits(&self) -> u64 {
        self.hits.sum()
    }
}

fn reason(error: &SourceError) -> &'static str {
    match error.kind {
        FailureKind::Expired => "expired",
        FailureKind::Refused => "refused",
        FailureKind::Busy => "busy",
        FailureKind::Unreachable => "unreachable",
        FailureKind::Broken => "broken",
    }
}

/// A counter on which threads do not contend: each adds to a stripe of its own.
#[derive(Debug)]
struct Striped([Stripe; 16]);

/// Alone on its cache lines; processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe(AtomicU64);

impl Default for Striped {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Stripe::default()))
    }
}

impl Striped {
    fn add_one(&self) {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static STRIPE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % 16);
        STRIPE.with(|stripe| self.0[*stripe].0.fetch_add(1, Ordering::Relaxed));
    }

    fn sum(&self) -> u64 {
        self.0.iter().map(|stripe| stripe.0.load(Ordering::Relaxed)).sum()
    }
}
