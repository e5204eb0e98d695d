//! Counts the requests to the API server.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use podweave_config_maps::source::{FailureKind, SourceError};

/// The purpose of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    List,
    Watch,
    StreamingList,
}

impl Verb {
    fn label(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::StreamingList => "streaming_list",
        }
    }
}

/// The outcome of a request; for a watch, the outcome until it reports changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    NotFound,
    Failed(FailureKind),
}

impl Outcome {
    pub fn of<T>(result: &Result<T, SourceError>) -> Self {
        result
            .as_ref()
            .map_or_else(|error| Self::Failed(error.kind), |_| Self::Ok)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotFound => "not_found",
            Self::Failed(FailureKind::Expired) => "expired",
            Self::Failed(FailureKind::Refused) => "refused",
            Self::Failed(FailureKind::Busy) => "busy",
            Self::Failed(FailureKind::Unreachable) => "unreachable",
            Self::Failed(FailureKind::Broken) => "broken",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    verb: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DialLabels {
    outcome: &'static str,
}

/// Metrics of the requests to the API server. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct ApiServerMetrics {
    requests: Family<RequestLabels, Counter>,
    dials: Family<DialLabels, Counter>,
    connections: Gauge,
    streams: Gauge,
    in_flight: Gauge,
    read_bytes: Counter,
}

impl ApiServerMetrics {
    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "podweave_api_server_requests",
            "Requests for ConfigMaps to the API server, by verb and outcome",
            self.requests.clone(),
        );
        registry.register(
            "podweave_api_server_dials",
            "Connections to the API server that were tried, by outcome",
            self.dials.clone(),
        );
        registry.register(
            "podweave_api_server_connections",
            "Open connections to the API server",
            self.connections.clone(),
        );
        registry.register(
            "podweave_api_server_streams",
            "HTTP/2 streams in use on the connections, a watch being one",
            self.streams.clone(),
        );
        registry.register(
            "podweave_api_server_requests_in_flight",
            "Requests that wait for the head of their answer",
            self.in_flight.clone(),
        );
        registry.register(
            "podweave_api_server_read_bytes",
            "Bytes read from the API server, without TLS",
            self.read_bytes.clone(),
        );
    }

    pub(crate) fn request(&self, verb: Verb, outcome: Outcome) {
        self.requests
            .get_or_create(&RequestLabels {
                verb: verb.label(),
                outcome: outcome.label(),
            })
            .inc();
    }

    pub(crate) fn dial(&self, succeeded: bool) {
        let outcome = if succeeded { "ok" } else { "failed" };
        self.dials.get_or_create(&DialLabels { outcome }).inc();
    }

    pub(crate) fn read(&self, bytes: usize) {
        self.read_bytes.inc_by(bytes as u64);
    }

    pub(crate) fn connection(&self) -> Open {
        Open::new(&self.connections)
    }

    pub(crate) fn stream(&self) -> Open {
        Open::new(&self.streams)
    }

    pub(crate) fn flight(&self) -> Open {
        Open::new(&self.in_flight)
    }
}

/// Something that a gauge counts until it is dropped.
pub(crate) struct Open(Gauge);

impl Open {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
