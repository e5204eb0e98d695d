//! Talks to the API server over a few HTTP/2 connections, and is a source of its ConfigMaps.
//!
//! [`ApiServer`] implements [`podweave_config_maps::source::Source`]. The same connections also carry the
//! requests of [`ApiServer::client`], which is a client of kube for everything else. The modules:
//!
//! - `connector` opens connections, `activity` knows when each last received something, `pool` keeps as few
//!   as the server's limit on streams allows, `credentials` completes a request, `transport` sends it over
//!   one of the connections;
//! - `request` builds requests, `decode` and `answer` read answers, `lines` assembles what arrives in pieces;
//! - `read` reads once, `opening` opens a watch in one of several ways and `watch` follows it;
//!   `recent_revision` knows from which version a watch can start, `confirmation` which version is as good as
//!   a quorum read, and `streaming_lists` whether the API server has them.
//!
//! Nothing here waits without a limit, except for the caller's turn: connecting, the head of an answer and a
//! short body have time-outs, a PING detects a silent connection, and a watch has a lifetime.
//! docs/decisions/016-api-server-crate.md says why connections and source are one crate.

mod activity;
mod answer;
mod confirmation;
mod connector;
mod credentials;
mod decode;
mod error;
mod large;
mod lines;
mod metrics;
mod node;
mod opening;
mod options;
mod pool;
mod read;
mod recent_revision;
mod request;
mod streaming_lists;
mod transport;
mod watch;

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures_util::future::BoxFuture;
use leaky_bucket::RateLimiter;
use tokio::time::timeout;

use podweave_config_maps::object::Object;
use podweave_config_maps::room::Room;
use podweave_config_maps::source::{Observer, Read, Source, SourceError, Start};
use podweave_core::identity::NamespacedName;

use confirmation::Confirmations;
use large::Large;
use recent_revision::RecentRevision;
use streaming_lists::StreamingLists;
use transport::Transport;
use watch::Shared;

pub use error::ApiServerError;
pub use metrics::ApiServerMetrics;
pub use options::{ApiServerOptions, Qps};

/// A server ends a watch at the end of its lifetime. A watch that is still open this much later is abandoned.
const LIFETIME_GRACE: Duration = Duration::from_secs(60);

/// A source of ConfigMaps: the API server.
pub struct ApiServer {
    transport: Transport,
    client: kube::Client,
    options: ApiServerOptions,
    limiter: Option<RateLimiter>,
    streaming_lists: StreamingLists,
    recent_revision: RecentRevision,
    confirmations: Confirmations,
    /// How many watches are waiting for the read that they begin with.
    reading: AtomicUsize,
    room: Room,
    large: Large,
    metrics: ApiServerMetrics,
}

impl ApiServer {
    /// Prepares to talk to an API server; the first request connects. Reads certificates and credentials.
    /// Blocks while it runs the program that a kubeconfig may name for them.
    ///
    /// # Errors
    /// A part of the configuration that cannot be used, or there is no tokio runtime.
    pub fn new(config: kube::Config, options: ApiServerOptions) -> Result<Self, ApiServerError> {
        // The client spawns a task, and panics if it cannot.
        tokio::runtime::Handle::try_current().map_err(|_| ApiServerError::NoRuntime)?;
        if config.proxy_url.is_some() {
            return Err(ApiServerError::Proxy);
        }
        let metrics = ApiServerMetrics::default();
        let namespace = config.default_namespace.clone();
        let transport = Transport::new(config, &options, &metrics)?;
        let client = kube::Client::new(transport.clone(), namespace);
        let limiter = options.qps.map(Qps::limiter);
        Ok(Self {
            transport,
            client,
            room: Room::new(options.memory_bytes),
            large: Large::default(),
            options,
            limiter,
            streaming_lists: StreamingLists::default(),
            recent_revision: RecentRevision::default(),
            confirmations: Confirmations::default(),
            reading: AtomicUsize::new(0),
            metrics,
        })
    }

    /// Returns a client for other requests over the same connections, with the same credentials. The rate
    /// limit does not apply to it.
    #[must_use]
    pub fn client(&self) -> &kube::Client {
        &self.client
    }

    /// Returns the metrics of its requests.
    #[must_use]
    pub fn metrics(&self) -> &ApiServerMetrics {
        &self.metrics
    }
}

impl ApiServer {
    /// Returns what its watches share.
    pub(crate) fn shared(&self) -> Shared<'_> {
        Shared {
            recent_revision: &self.recent_revision,
            room: &self.room,
            large: &self.large,
        }
    }

    /// Waits until there is a connection. Later requests count against the rate limit, which an outage must
    /// not use up.
    pub(crate) async fn connected(&self) -> Result<(), SourceError> {
        Ok(self.transport.connected().await?)
    }

    /// Waits until one more short request may be sent.
    pub(crate) async fn limit(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.acquire_one().await;
        }
    }
}

impl Source for ApiServer {
    fn get<'a>(
        &'a self,
        name: &'a NamespacedName,
        read: Read,
    ) -> BoxFuture<'a, Result<Option<Object>, SourceError>> {
        Box::pin(async move {
            self.connected().await?;
            self.limit().await;
            self.read(name, read).await
        })
    }

    fn watch<'a>(
        &'a self,
        name: &'a NamespacedName,
        start: Start,
        observe: &'a mut Observer<'_>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async move {
            // Boxed: it needs much more memory than the rest, and only for a moment.
            let Some(mut watch) = Box::pin(self.open(name, start, observe)).await? else {
                return Ok(());
            };
            let lifetime = self.options.watch_lifetime.end().saturating_add(LIFETIME_GRACE);
            let ended = timeout(lifetime, watch.follow(name, &self.shared(), observe))
                .await
                .unwrap_or(Ok(()));
            ended.inspect_err(|error| self.recent_revision.invalidate(None, error))
        })
    }
}
