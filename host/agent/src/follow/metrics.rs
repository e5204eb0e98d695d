//! Metrics of following. No pod and no ConfigMap is in a label.

use std::sync::Weak;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::containers::Containers;
use crate::status::ChangeState;

/// Buckets from a change that settles at once to one that waits for its turn.
const SECONDS: [f64; 12] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 10.0, 60.0, 3600.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// What became of a change for one container.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// Its files were replaced.
    Followed,
    /// Its files could not be replaced.
    Failed,
    /// Nothing was done, and this is its state.
    Kept(ChangeState),
}

/// The metrics of following.
#[derive(Debug)]
pub(super) struct Metrics {
    changes: Family<OutcomeLabels, Counter>,
    seconds: Histogram,
    containers: Weak<Containers>,
}

impl Metrics {
    pub(super) fn new(containers: Weak<Containers>) -> Self {
        Self {
            changes: Family::default(),
            seconds: Histogram::new(SECONDS),
            containers,
        }
    }

    /// Counts a change for a container.
    pub(super) fn count(&self, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Followed => "followed",
            Outcome::Failed => "failed",
            Outcome::Kept(state) => state.name(),
        };
        self.changes.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Notes how long it took from the watch's event until files were replaced.
    pub(super) fn observe(&self, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("podweave_follow");
        registry.register(
            "changes",
            "Changes of ConfigMaps for running containers, by what became of them",
            self.changes.clone(),
        );
        registry.register_with_unit(
            "swap",
            "How long it took from the watch's event until the files of a container were replaced",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register_collector(Box::new(Scrape(self.containers.clone())));
    }
}

/// Counts the containers by state when Prometheus asks.
#[derive(Debug)]
struct Scrape(Weak<Containers>);

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let counts = self
            .0
            .upgrade()
            .map(|containers| containers.counts())
            .unwrap_or_default();
        let help = "Running containers, by whether they have what would be rendered now";
        let mut metric = encoder.encode_descriptor("containers", help, None, MetricType::Gauge)?;
        for state in ChangeState::ALL {
            let count = counts.get(&state).copied().unwrap_or_default();
            let labels = [("state", state.name())];
            ConstGauge::new(count).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
