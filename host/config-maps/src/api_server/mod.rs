//! ConfigMaps from the API server.
//!
//! [`ApiServer`] speaks HTTP/2 over a few connections of its own, which also carry whatever else is asked through [`ApiServer::client`].
//! The way through it:
//!
//! - `connector` makes a connection, `pulse` knows when it was last heard of, `pool` keeps as few as the server's limit on streams allows,
//!   `credentials` completes a request, `transport` sends it over one of them;
//! - `request` is what is asked, `decode` and `answer` what is told, `lines` puts together what comes in pieces;
//! - `read` asks once, `watch` follows, `horizon` knows from which version it can, and `confirmation` which one is as good as a quorum read.
//!
//! Nothing here waits without a limit, except for the caller's turn: a dial, the head of an answer and a short body have time-outs, a silent
//! connection is found out by PING, and a watch has its lifetime.

mod answer;
mod confirmation;
mod connector;
mod credentials;
mod decode;
mod error;
mod horizon;
mod lines;
mod metrics;
mod node;
mod options;
mod pool;
mod pulse;
mod read;
mod request;
mod transport;
mod watch;

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures_util::future::BoxFuture;
use leaky_bucket::RateLimiter;
use tokio::time::timeout;

use crate::name::NamespacedName;
use crate::object::Object;
use crate::room::Room;
use crate::source::{Observer, Read, Source, SourceError, Start};

use confirmation::Confirmations;
use horizon::Horizon;
use transport::Transport;
use watch::StreamingLists;

pub use error::{ApiServerError, chain};
pub use metrics::ApiServerMetrics;
pub use options::{ApiServerOptions, Qps};

/// A server that ends a watch does so at the end of its lifetime. One that does not is left after so much more.
const LIFETIME_GRACE: Duration = Duration::from_secs(60);

/// ConfigMaps from the API server.
pub struct ApiServer {
    transport: Transport,
    client: kube::Client,
    options: ApiServerOptions,
    limiter: Option<RateLimiter>,
    streaming_lists: StreamingLists,
    horizon: Horizon,
    confirmations: Confirmations,
    /// How many watches are to begin with a read that has not been answered.
    reading: AtomicUsize,
    room: Room,
    metrics: ApiServerMetrics,
}

impl ApiServer {
    /// Prepares to talk to an API server; it connects with the first request. Reads certificates and credentials, and blocks while it runs
    /// the program that a kubeconfig may name for them.
    ///
    /// # Errors
    /// What cannot be used of the configuration, or that this is no tokio runtime.
    pub fn new(config: kube::Config, options: ApiServerOptions) -> Result<Self, ApiServerError> {
        // The client spawns a task, and panics where it can't.
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
            options,
            limiter,
            streaming_lists: StreamingLists::default(),
            horizon: Horizon::default(),
            confirmations: Confirmations::default(),
            reading: AtomicUsize::new(0),
            metrics,
        })
    }

    /// A client for other requests over the same connections, with the same credentials. The rate limit does not hold for it.
    #[must_use]
    pub fn client(&self) -> &kube::Client {
        &self.client
    }

    /// The figures of its requests.
    #[must_use]
    pub fn metrics(&self) -> &ApiServerMetrics {
        &self.metrics
    }
}

impl Source for ApiServer {
    fn get<'a>(&'a self, name: &'a NamespacedName, read: Read) -> BoxFuture<'a, Result<Option<Object>, SourceError>> {
        Box::pin(async move {
            self.connected().await?;
            self.limit().await;
            self.read(name, read).await
        })
    }

    fn watch<'a>(&'a self, name: &'a NamespacedName, start: Start, observe: &'a mut Observer<'_>) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async move {
            // In a box of its own: it needs much more memory than what follows, and for a moment only.
            let Some(mut watch) = Box::pin(self.open(name, start, observe)).await? else { return Ok(()) };
            let lifetime = self.options.watch_lifetime.end().saturating_add(LIFETIME_GRACE);
            let ended = timeout(lifetime, watch.follow(name, &self.around(), observe)).await.unwrap_or(Ok(()));
            ended.inspect_err(|error| self.horizon.failed(None, error))
        })
    }
}
