//! Metrics of Events.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Reason;
use super::series::RequestOutcome;

/// Why an occurrence gets no Event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dropped {
    /// The queue to the publishing task is full.
    QueueFull,
    /// Too many different occurrences wait to be published.
    TooMany,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PublishedLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DroppedLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    outcome: &'static str,
}

/// Metrics of Events. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Metrics {
    published: Family<PublishedLabels, Counter>,
    dropped: Family<DroppedLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
}

impl Metrics {
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("podweave_events");
        registry.register(
            "published",
            "Occurrences to publish as Events, by reason",
            self.published.clone(),
        );
        registry.register(
            "dropped",
            "Occurrences that get no Event, by reason",
            self.dropped.clone(),
        );
        registry.register(
            "requests",
            "Requests that create or patch Events, by outcome; one request can publish several occurrences",
            self.requests.clone(),
        );
    }

    pub fn count_published(&self, reason: Reason) {
        self.published
            .get_or_create(&PublishedLabels {
                reason: reason.name(),
            })
            .inc();
    }

    pub fn count_dropped(&self, why: Dropped) {
        let reason = match why {
            Dropped::QueueFull => "queue_full",
            Dropped::TooMany => "too_many",
        };
        self.dropped.get_or_create(&DroppedLabels { reason }).inc();
    }

    pub fn count_request(&self, outcome: RequestOutcome) {
        let outcome = match outcome {
            RequestOutcome::Done => "ok",
            RequestOutcome::Recreate => "again",
            RequestOutcome::Refused => "refused",
            RequestOutcome::Unavailable => "unavailable",
        };
        self.requests.get_or_create(&RequestLabels { outcome }).inc();
    }
}
