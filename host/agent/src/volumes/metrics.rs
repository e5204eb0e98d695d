//! Metrics of the rendered files.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// The outcome of a write.
#[derive(Debug, Clone, Copy)]
pub(super) enum WriteOutcome {
    Written,
    Followed,
    Unchanged,
    Full,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WriteLabels {
    outcome: &'static str,
}

/// The metrics of one root.
#[derive(Debug)]
pub(super) struct Metrics {
    writes: Family<WriteLabels, Counter>,
    bytes: Arc<AtomicU64>,
    limit: u64,
}

impl Metrics {
    pub fn new(bytes: Arc<AtomicU64>, limit: u64) -> Self {
        Self {
            writes: Family::default(),
            bytes,
            limit,
        }
    }

    pub fn count_write(&self, outcome: WriteOutcome) {
        let outcome = match outcome {
            WriteOutcome::Written => "written",
            WriteOutcome::Followed => "followed",
            WriteOutcome::Unchanged => "unchanged",
            WriteOutcome::Full => "full",
            WriteOutcome::Failed => "failed",
        };
        self.writes.get_or_create(&WriteLabels { outcome }).inc();
    }

    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("podweave_volumes");
        registry.register(
            "writes",
            "Writes of a container's files, by outcome",
            self.writes.clone(),
        );
        registry.register_collector(Box::new(Scrape {
            bytes: Arc::clone(&self.bytes),
            limit: self.limit,
        }));
    }
}

#[derive(Debug)]
struct Scrape {
    bytes: Arc<AtomicU64>,
    limit: u64,
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: u64| {
            let metric = ConstGauge::new(value as f64);
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        gauge(
            "bytes",
            "Bytes that the rendered files of all pods take, in whole pages",
            self.bytes.load(Ordering::Relaxed),
        )?;
        gauge("limit_bytes", "Bytes that they may take", self.limit)
    }
}
