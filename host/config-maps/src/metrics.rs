//! Counts what the manager does, for Prometheus.

use std::sync::Weak;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::knowledge::{Content, Following};
use crate::manager::Shared;
use crate::object::Object;
use crate::source::{Event, FailureKind, Read, SourceError};

/// Counters of one manager.
#[derive(Debug)]
pub(crate) struct Metrics {
    hits: Striped,
    answers: Family<AnswerLabels, Counter>,
    served_age: Histogram,
    reads: Family<ReadLabels, Counter>,
    reading: AtomicUsize,
    events: Family<EventLabels, Counter>,
    watch_failures: Family<FailureLabels, Counter>,
    idle_watches: Counter,
}

/// How a Get ended that was not answered from memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
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
            reading: AtomicUsize::new(0),
            events: Family::default(),
            watch_failures: Family::default(),
            idle_watches: Counter::default(),
        }
    }
}

impl Metrics {
    /// Counts a Get that was answered from memory.
    pub(crate) fn hit(&self) {
        self.hits.add_one();
    }

    /// Counts the end of a Get that had to wait or failed.
    pub(crate) fn ended(&self, answer: Ending) {
        let outcome = match answer {
            Ending::Waited => "waited",
            Ending::LastGood => "last_good",
            Ending::Unavailable => "unavailable",
            Ending::TooOld => "too_old",
            Ending::Refused => "refused",
            Ending::NotRegistered => "not_registered",
        };
        self.answers.get_or_create(&AnswerLabels { outcome }).inc();
    }

    /// Records that the last known state was served, at this age.
    pub(crate) fn served_last_good(&self, age: Duration) {
        self.ended(Ending::LastGood);
        self.served_age.observe(age.as_secs_f64());
    }

    pub(crate) fn read_began(&self) {
        self.reading.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read_ended(&self, read: Read, answer: Result<&Option<Object>, &SourceError>) {
        self.reading.fetch_sub(1, Ordering::Relaxed);
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

    pub(crate) fn watch_event(&self, event: &Event) {
        let kind = match event {
            Event::Current { .. } => "current",
            Event::Live => "live",
            Event::Applied(_) => "applied",
            Event::Deleted(_) => "deleted",
            Event::Bookmark(_) => "bookmark",
        };
        self.events.get_or_create(&EventLabels { kind }).inc();
    }

    pub(crate) fn watch_broke(&self, error: &SourceError) {
        self.watch_failures
            .get_or_create(&FailureLabels {
                reason: reason(error),
            })
            .inc();
    }

    pub(crate) fn idle_watch_ended(&self) {
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

/// Registers what a manager counts, and what a scrape finds in it.
pub(crate) fn register(registry: &mut Registry, shared: Weak<Shared>, metrics: &Metrics) {
    let registry = registry.sub_registry_with_prefix("podweave_config_maps");
    registry.register(
        "slow_gets",
        "Gets that were not answered from memory at once, by how they ended",
        metrics.answers.clone(),
    );
    registry.register(
        "served_age_seconds",
        "Age of answers that were served although they could not be confirmed",
        metrics.served_age.clone(),
    );
    registry.register(
        "reads",
        "Reads of a ConfigMap, by kind and outcome",
        metrics.reads.clone(),
    );
    registry.register(
        "watch_events",
        "Events of watches, by kind",
        metrics.events.clone(),
    );
    registry.register(
        "watch_failures",
        "Watches that broke, by reason",
        metrics.watch_failures.clone(),
    );
    registry.register(
        "idle_watches_ended",
        "Watches that were ended because no Get asked for their ConfigMap",
        metrics.idle_watches.clone(),
    );
    registry.register_collector(Box::new(Scrape(shared)));
}

/// Examines all entries when Prometheus scrapes.
#[derive(Debug)]
struct Scrape(Weak<Shared>);

/// The result of examining all entries.
#[derive(Debug, Default)]
struct Found {
    live: usize,
    opening: usize,
    not_followed: usize,
    unknown: usize,
    absent: usize,
    bytes: usize,
    oldest: Duration,
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let Some(shared) = self.0.upgrade() else {
            return Ok(());
        };
        let found = Found::in_entries(&shared);
        let mut gauge = |name: &str, help: &str, value: f64| {
            let metric = ConstGauge::new(value);
            metric.encode(encoder.encode_descriptor(
                name,
                help,
                None,
                prometheus_client::metrics::MetricType::Gauge,
            )?)
        };
        gauge("pods", "Pods that are registered", shared.pods() as f64)?;
        gauge("watches", "Watches that are open", found.live as f64)?;
        gauge(
            "watches_opening",
            "Watches that are being opened or wait for their next try",
            found.opening as f64,
        )?;
        gauge(
            "unwatched",
            "ConfigMaps without a watch: immutable, idle, or read by another strategy",
            found.not_followed as f64,
        )?;
        gauge(
            "unknown",
            "ConfigMaps that have not been read yet",
            found.unknown as f64,
        )?;
        gauge(
            "absent",
            "ConfigMaps that pods refer to and that do not exist",
            found.absent as f64,
        )?;
        gauge(
            "bytes",
            "Bytes of keys and values that are held",
            found.bytes as f64,
        )?;
        gauge(
            "oldest_seconds",
            "Age of the content that was confirmed longest ago",
            found.oldest.as_secs_f64(),
        )?;
        let hits = ConstCounter::new(shared.context.metrics.hits());
        hits.encode(encoder.encode_descriptor(
            "hits",
            "Gets that were answered from memory at once",
            None,
            prometheus_client::metrics::MetricType::Counter,
        )?)
    }
}

impl Found {
    fn in_entries(shared: &Shared) -> Self {
        let now = Instant::now();
        let mut found = Self::default();
        shared.entries.for_each(|entry| {
            let known = entry.shown();
            match known.following {
                Following::Live => found.live += 1,
                Following::Opening => found.opening += 1,
                Following::Not => found.not_followed += 1,
            }
            match &known.content {
                Content::Unknown => found.unknown += 1,
                Content::Absent => found.absent += 1,
                Content::Present(object) => found.bytes += object.bytes(),
            }
            if known.following != Following::Live
                && let Some(as_of) = known.as_of
            {
                found.oldest = found.oldest.max(now.duration_since(as_of));
            }
        });
        found
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
