//! Metrics of plugins: what their store does, what registries answer, and what both keep.

use std::sync::{Arc, Weak};
use std::time::Duration;

use podweave_plugin_store::{Event, Store};
use podweave_registry::RegistryError;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::configuration::AgentConfiguration;

/// Buckets from a small plugin of a near registry, or in Rust, to the limits of a pull and a compilation.
const SECONDS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

/// What a registry is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Tag,
    Component,
    Signatures,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    kind: &'static str,
    outcome: &'static str,
}

/// Metrics of plugins. Clones share them.
#[derive(Debug, Clone)]
pub struct PluginMetrics {
    pulls: Family<OutcomeLabels, Counter>,
    pulled_bytes: Counter,
    pull_seconds: Histogram,
    compilations: Family<OutcomeLabels, Counter>,
    compilation_seconds: Histogram,
    last_known_good: Counter,
    unusable_code: Counter,
    requests: Family<RequestLabels, Counter>,
}

impl Default for PluginMetrics {
    fn default() -> Self {
        Self {
            pulls: Family::default(),
            pulled_bytes: Counter::default(),
            pull_seconds: Histogram::new(SECONDS),
            compilations: Family::default(),
            compilation_seconds: Histogram::new(SECONDS),
            last_known_good: Counter::default(),
            unusable_code: Counter::default(),
            requests: Family::default(),
        }
    }
}

impl PluginMetrics {
    /// Counts an event of the store.
    pub(super) fn count_event(&self, event: &Event<'_>) {
        match event {
            Event::Pulled { size, took, .. } => {
                self.pulled_bytes.inc_by(*size);
                count(&self.pulls, &self.pull_seconds, *took);
            }
            Event::PullFailed { .. } => failed(&self.pulls),
            Event::Compiled { took, .. } => count(&self.compilations, &self.compilation_seconds, *took),
            Event::CompileFailed { .. } => failed(&self.compilations),
            Event::LastKnownGood { .. } => {
                self.last_known_good.inc();
            }
            Event::CacheUnusable { .. } => {
                self.unusable_code.inc();
            }
            Event::Pulling { .. }
            | Event::Progress { .. }
            | Event::Trusted { .. }
            | Event::Compiling { .. }
            | Event::CacheNotWritten { .. } => {}
        }
    }

    /// Counts an answer of a registry.
    pub(super) fn count_answer<T>(&self, asked: Asked, answer: &Result<T, RegistryError>) {
        let kind = match asked {
            Asked::Tag => "tag",
            Asked::Component => "component",
            Asked::Signatures => "signatures",
        };
        let outcome = answer
            .as_ref()
            .map_or_else(|error| error.failure.name(), |_| "ok");
        self.requests
            .get_or_create(&RequestLabels { kind, outcome })
            .inc();
    }

    /// Registers all metrics under the prefixes `podweave_plugins` and `podweave_registry`.
    pub fn register(&self, registry: &mut Registry, store: &Arc<Store>, configuration: &AgentConfiguration) {
        registry.sub_registry_with_prefix("podweave_registry").register(
            "requests",
            "Requests to registries, by what was asked for and outcome",
            self.requests.clone(),
        );
        let registry = registry.sub_registry_with_prefix("podweave_plugins");
        registry.register("pulls", "Pulls of plugins, by outcome", self.pulls.clone());
        registry.register(
            "pulled_bytes",
            "Bytes of the components that were pulled",
            self.pulled_bytes.clone(),
        );
        registry.register_with_unit(
            "pull",
            "How long pulls took that succeeded",
            Unit::Seconds,
            self.pull_seconds.clone(),
        );
        registry.register(
            "compilations",
            "Compilations of plugins, by outcome",
            self.compilations.clone(),
        );
        registry.register_with_unit(
            "compilation",
            "How long compilations took that succeeded",
            Unit::Seconds,
            self.compilation_seconds.clone(),
        );
        registry.register(
            "last_known_good",
            "Uses of a tag's last known manifest because its registry did not answer",
            self.last_known_good.clone(),
        );
        registry.register(
            "unusable_code",
            "Compiled code that was found and could not be used, so that the plugin was compiled again",
            self.unusable_code.clone(),
        );
        registry.register_collector(Box::new(Scrape {
            store: Arc::downgrade(store),
            code_limit: configuration.plugin_limits.code_bytes,
            component_limit: configuration.plugin_limits.component_bytes,
        }));
    }
}

fn count(counter: &Family<OutcomeLabels, Counter>, seconds: &Histogram, took: Duration) {
    counter.get_or_create(&OutcomeLabels { outcome: "ok" }).inc();
    seconds.observe(took.as_secs_f64());
}

fn failed(counter: &Family<OutcomeLabels, Counter>) {
    counter.get_or_create(&OutcomeLabels { outcome: "failed" }).inc();
}

/// Measures what is kept when Prometheus scrapes.
#[derive(Debug)]
struct Scrape {
    store: Weak<Store>,
    code_limit: u64,
    component_limit: u64,
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let Some(store) = self.store.upgrade() else {
            return Ok(());
        };
        let mut gauge = |name: &str, help: &str, value: f64| {
            let metric = ConstGauge::new(value);
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        gauge("loaded", "Plugins in memory", store.loaded() as f64)?;
        gauge(
            "code_bytes",
            "Bytes of compiled code on disk",
            store.cache().bytes() as f64,
        )?;
        gauge(
            "code_limit_bytes",
            "Bytes that it may take, not counting what pods use",
            self.code_limit as f64,
        )?;
        gauge(
            "component_bytes",
            "Bytes of pulled components on disk",
            store.artifacts().bytes() as f64,
        )?;
        gauge(
            "component_limit_bytes",
            "Bytes that they may take, not counting what pods use",
            self.component_limit as f64,
        )
    }
}
