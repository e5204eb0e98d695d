//! Renders metrics as text for Prometheus, and has the metrics of HTTP itself.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Side;

/// The minimum interval between two collections, however often Prometheus scrapes.
const EXPOSED_FOR: Duration = Duration::from_secs(1);

/// All metrics as text.
pub(super) struct Exposition {
    registry: Arc<Registry>,
    /// Locked during a collection, so that there is one at a time.
    latest: Mutex<Option<(Instant, Bytes)>>,
}

impl Exposition {
    pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    pub fn new(registry: Registry) -> Self {
        Self {
            registry: Arc::new(registry),
            latest: Mutex::default(),
        }
    }

    /// Returns the metrics. They are collected on a thread that may wait for the disk, since some are about
    /// files; the threads of the agent also answer the runtime.
    pub async fn now(&self) -> Bytes {
        let mut latest = self.latest.lock().await;
        let now = Instant::now();
        match &*latest {
            Some((at, text)) if now.duration_since(*at) < EXPOSED_FOR => text.clone(),
            _ => {
                let registry = Arc::clone(&self.registry);
                let collected = tokio::task::spawn_blocking(move || collect(&registry));
                // Nothing is collected by a collector that panics, as by one that fails.
                let text = collected.await.unwrap_or_default();
                *latest = Some((now, text.clone()));
                text
            }
        }
    }
}

fn collect(registry: &Registry) -> Bytes {
    let mut text = String::new();
    // Writing to a String does not fail, and a collector that fails leaves out its own metrics only.
    let _ = text::encode(&mut text, registry);
    text.into()
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    side: &'static str,
    route: &'static str,
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SideLabels {
    side: &'static str,
}

/// Metrics of HTTP.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    requests: Family<RequestLabels, Counter>,
    cut: Family<SideLabels, Counter>,
}

impl Metrics {
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("podweave_http");
        registry.register(
            "requests",
            "Requests that the agent has answered, by listener, route and status",
            self.requests.clone(),
        );
        registry.register(
            "cut_connections",
            "Connections that were closed because there were too many",
            self.cut.clone(),
        );
    }

    pub fn count_request(&self, side: Side, route: &'static str, status: StatusCode) {
        self.requests
            .get_or_create(&RequestLabels {
                side: side.label(),
                route,
                code: status.as_u16(),
            })
            .inc();
    }

    pub fn count_cut(&self, side: Side) {
        self.cut.get_or_create(&SideLabels { side: side.label() }).inc();
    }
}

impl Side {
    fn label(self) -> &'static str {
        match self {
            Self::Port => "port",
            Self::Socket => "socket",
        }
    }
}
