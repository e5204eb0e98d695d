//! Examines all entries when Prometheus scrapes.

use std::sync::Weak;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::knowledge::{Content, WatchPhase};
use crate::shared::Shared;

/// Registers the gauges of a manager, which are computed when Prometheus asks for them.
pub(crate) fn register(registry: &mut Registry, shared: Weak<Shared>) {
    registry.register_collector(Box::new(Scrape(shared)));
}

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
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
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
            MetricType::Counter,
        )?)
    }
}

impl Found {
    fn in_entries(shared: &Shared) -> Self {
        let now = Instant::now();
        let mut found = Self::default();
        shared.entries.for_each(|entry| {
            let known = entry.known();
            match known.watch {
                WatchPhase::Live => found.live += 1,
                WatchPhase::Opening => found.opening += 1,
                WatchPhase::None => found.not_followed += 1,
            }
            match &known.content {
                Content::Unknown => found.unknown += 1,
                Content::Absent => found.absent += 1,
                Content::Present(object) => found.bytes += object.bytes(),
            }
            if known.watch != WatchPhase::Live
                && let Some(as_of) = known.as_of
            {
                found.oldest = found.oldest.max(now.duration_since(as_of));
            }
        });
        found
    }
}
