//! The agent's own Prometheus metrics. docs/metrics.md describes all of them.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::guard::refusal::Refusal;
use crate::peers::Validators;

/// Buckets from the time of an answer that is ready to the deadline.
const CREATION_SECONDS: [f64; 12] = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0,
];

/// Buckets from the time of a small plugin to the limit of a render.
const RENDER_SECONDS: [f64; 11] = [
    0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0,
];

/// How the creation of a container of an opted-in pod was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreationOutcome {
    /// With what was rendered.
    Rendered,
    /// Nothing is rendered for it.
    Skipped,
    /// The render failed, and the container starts without its result.
    Ignored,
    /// With an error: it is not created.
    Refused,
}

/// The label of what became of something, as in all metrics of podweave.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JudgementLabels {
    outcome: &'static str,
    /// Why it was refused; empty if it was not.
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UnmarkedLabels {
    on_failure: &'static str,
}

/// The agent's own metrics.
#[derive(Debug)]
pub struct Metrics {
    creations: Family<OutcomeLabels, Counter>,
    creation_seconds: Histogram,
    renders: Family<OutcomeLabels, Counter>,
    render_seconds: Histogram,
    plugin_failures: Family<ReasonLabels, Counter>,
    judgements: Family<JudgementLabels, Counter>,
    protection: Family<KindLabels, Gauge>,
    unmarked: Family<UnmarkedLabels, Counter>,
    reloads: Family<OutcomeLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            creations: Family::default(),
            creation_seconds: Histogram::new(CREATION_SECONDS),
            renders: Family::default(),
            render_seconds: Histogram::new(RENDER_SECONDS),
            plugin_failures: Family::default(),
            judgements: Family::default(),
            protection: Family::default(),
            unmarked: Family::default(),
            reloads: Family::default(),
        }
    }
}

impl Metrics {
    /// Counts an answer to the creation of a container of an opted-in pod.
    pub fn count_creation(&self, took: Duration, outcome: CreationOutcome) {
        let outcome = match outcome {
            CreationOutcome::Rendered => "rendered",
            CreationOutcome::Skipped => "skipped",
            CreationOutcome::Ignored => "ignored",
            CreationOutcome::Refused => "refused",
        };
        self.creations.get_or_create(&OutcomeLabels { outcome }).inc();
        self.creation_seconds.observe(took.as_secs_f64());
    }

    /// Counts a render that has ended.
    pub fn count_render(&self, took: Duration, is_ok: bool) {
        self.renders.get_or_create(&ok_or_failed(is_ok)).inc();
        self.render_seconds.observe(took.as_secs_f64());
    }

    /// Counts a plugin that a render did not get, with the name of the error.
    pub fn count_plugin_failure(&self, reason: &'static str) {
        self.plugin_failures.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Counts a verdict of the guard's rule about a container of an opted-in pod.
    pub fn count_judgement(&self, verdict: &Result<(), Refusal>) {
        let (outcome, reason) = match verdict {
            Ok(()) => ("accepted", ""),
            Err(refusal) => ("refused", refusal.name()),
        };
        self.judgements
            .get_or_create(&JudgementLabels { outcome, reason })
            .inc();
    }

    /// Shows who checked the latest container that was created.
    pub fn set_protection(&self, validators: &Validators) {
        for (kind, is_seen) in [
            ("guard", validators.guard),
            ("validator", validators.runtimes_own),
        ] {
            self.protection
                .get_or_create(&KindLabels { kind })
                .set(is_seen.into());
        }
    }

    /// Counts a container that was found to have started without its configuration.
    pub fn count_unmarked(&self, block: bool) {
        self.unmarked
            .get_or_create(&UnmarkedLabels {
                on_failure: if block { "block" } else { "ignore" },
            })
            .inc();
    }

    /// Counts a reload of a changed configuration.
    pub fn count_reload(&self, is_ok: bool) {
        self.reloads.get_or_create(&ok_or_failed(is_ok)).inc();
    }

    /// Registers all metrics, under the prefixes `podweave_agent` and `podweave_guard`.
    pub fn register(&self, registry: &mut Registry) {
        registry.sub_registry_with_prefix("podweave_guard").register(
            "judgements",
            "Containers of opted-in pods, by what the guard's rule says of them and why",
            self.judgements.clone(),
        );
        let registry = registry.sub_registry_with_prefix("podweave_agent");
        registry.register(
            "creations",
            "Containers of opted-in pods, by how their creation was answered",
            self.creations.clone(),
        );
        registry.register_with_unit(
            "creation",
            "How long the runtime waited for such an answer",
            Unit::Seconds,
            self.creation_seconds.clone(),
        );
        registry.register(
            "renders",
            "Renders, ahead of containers and for them, by outcome",
            self.renders.clone(),
        );
        registry.register_with_unit(
            "render",
            "How long a render took, its plugin and ConfigMaps included",
            Unit::Seconds,
            self.render_seconds.clone(),
        );
        registry.register(
            "plugin_failures",
            "Plugins that renders did not get, by reason",
            self.plugin_failures.clone(),
        );
        registry.register(
            "protection",
            "Whether the guard and the runtime's own validator checked the latest container",
            self.protection.clone(),
        );
        registry.register(
            "unmarked_containers",
            "Containers that had started without their configuration while no agent was running",
            self.unmarked.clone(),
        );
        registry.register(
            "configuration_reloads",
            "Changes of the configuration, by whether it could be used",
            self.reloads.clone(),
        );
    }
}

fn ok_or_failed(is_ok: bool) -> OutcomeLabels {
    OutcomeLabels {
        outcome: if is_ok { "ok" } else { "failed" },
    }
}
