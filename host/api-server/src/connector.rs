//! Makes connections to the API server: TCP, TLS, HTTP/2.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kube::client::{Body, ConfigExt};
use podweave_core::text::chain;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::activity::{Activity, Io, MonitoredIo};
use crate::error::{ApiServerError, DialError};
use crate::metrics::ApiServerMetrics;
use crate::options::ApiServerOptions;

/// The part of an HTTP/2 connection that must be polled so that requests are sent.
pub(crate) type Driver = http2::Connection<TokioIo<MonitoredIo>, Body, TokioExecutor>;

/// How much one stream may send before it is read. A large answer may have to wait until others are read
/// (`large`).
const STREAM_WINDOW: u32 = 128 * 1024;
/// The same for a whole connection: more than all its streams, so that those that wait do not hold up the
/// others.
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
/// Requests have no or small bodies.
const SEND_BUFFER: usize = 64 * 1024;

pub(crate) struct Connector {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    http2: http2::Builder<TokioExecutor>,
    dial_timeout: Duration,
    connect_timeout: Duration,
    metrics: ApiServerMetrics,
}

/// A new connection, for which the API server has announced how many streams it allows.
pub(crate) struct Dialled {
    pub sender: SendRequest<Body>,
    pub driver: Driver,
    pub activity: Arc<Activity>,
}

impl Connector {
    pub fn new(
        config: &kube::Config,
        options: &ApiServerOptions,
        metrics: &ApiServerMetrics,
    ) -> Result<Self, ApiServerError> {
        let url = &config.cluster_url;
        let unusable = |reason| ApiServerError::Url {
            url: url.to_string(),
            reason,
        };
        let host = url.host().ok_or_else(|| unusable("it has no host"))?;
        // An IPv6 address is in brackets in a URL, and without them everywhere else.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (tls, default_port) = match url.scheme_str() {
            Some("https") => {
                let mut tls = config
                    .rustls_client_config()
                    .map_err(|source| ApiServerError::Tls(Box::new(source)))?;
                tls.alpn_protocols = vec![b"h2".to_vec()];
                let name = config.tls_server_name.as_ref().unwrap_or(&host);
                let name = ServerName::try_from(name.clone())
                    .map_err(|_| unusable("the server's name is neither a DNS name nor an IP address"))?;
                (Some((TlsConnector::from(Arc::new(tls)), name)), 443)
            }
            Some("http") => (None, 80),
            _ => return Err(unusable("its scheme is neither https nor http")),
        };
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(options.ping_interval)
            .keep_alive_timeout(options.ping_timeout)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            // No streams until the API server's settings arrive, which say how many it allows.
            .initial_max_send_streams(0);
        Ok(Self {
            host,
            port: url.port_u16().unwrap_or(default_port),
            tls,
            http2,
            dial_timeout: options.dial_timeout,
            connect_timeout: options.connect_timeout,
            metrics: metrics.clone(),
        })
    }

    /// Connects. The number of earlier failures decides which of the host's addresses is tried first.
    pub async fn dial(&self, failures: usize) -> Result<Dialled, DialError> {
        let dialled = match timeout(self.dial_timeout, self.dial_in_time(failures)).await {
            Ok(dialled) => dialled,
            Err(_) => Err(DialError::new(format!(
                "no HTTP/2 connection within {:?}",
                self.dial_timeout
            ))),
        };
        self.metrics.dial(dialled.is_ok());
        dialled.map_err(|error| error.at(&self.host, self.port))
    }

    async fn dial_in_time(&self, failures: usize) -> Result<Dialled, DialError> {
        let tcp = self.connect(failures).await?;
        // Requests are small, and a caller waits for each.
        tcp.set_nodelay(true)
            .map_err(|error| DialError::new(error.to_string()))?;
        let io: Box<dyn Io> = match &self.tls {
            None => Box::new(tcp),
            Some((connector, name)) => {
                let tls = connector
                    .connect(name.clone(), tcp)
                    .await
                    .map_err(|error| DialError::new(format!("TLS: {}", chain(&error))))?;
                if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
                    return Err(DialError::new("the server does not speak HTTP/2"));
                }
                Box::new(tls)
            }
        };
        let activity = Arc::new(Activity::new());
        let io = TokioIo::new(MonitoredIo::new(io, activity.clone(), &self.metrics));
        let (sender, mut driver) = self
            .http2
            .handshake(io)
            .await
            .map_err(|error| DialError::new(format!("HTTP/2: {}", chain(&error))))?;
        poll_fn(|context| {
            activity.settled.register(context.waker());
            match Pin::new(&mut driver).poll(context) {
                Poll::Ready(Ok(())) => {
                    Poll::Ready(Err(DialError::new("HTTP/2: the server closed the connection")))
                }
                Poll::Ready(Err(error)) => {
                    Poll::Ready(Err(DialError::new(format!("HTTP/2: {}", chain(&error)))))
                }
                Poll::Pending if driver.current_max_send_streams() > 0 => Poll::Ready(Ok(())),
                Poll::Pending => Poll::Pending,
            }
        })
        .await?;
        Ok(Dialled {
            sender,
            driver,
            activity,
        })
    }

    async fn connect(&self, failures: usize) -> Result<TcpStream, DialError> {
        let found = lookup_host((self.host.as_str(), self.port)).await;
        let mut addresses: Vec<SocketAddr> = found
            .map_err(|error| DialError::new(format!("the name does not resolve: {error}")))?
            .collect();
        if addresses.is_empty() {
            return Err(DialError::new("the name resolves to no address"));
        }
        // So that a silent address among several costs its time only once.
        let first = failures % addresses.len();
        addresses.rotate_left(first);
        let mut problem = None;
        for address in addresses {
            let error = match timeout(self.connect_timeout, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => error,
                Err(_) => io::Error::new(io::ErrorKind::TimedOut, "no answer"),
            };
            problem.get_or_insert(DialError::new(error.to_string()));
        }
        // There was an address, and connecting to it failed.
        Err(problem.unwrap_or_else(|| DialError::new("no address")))
    }
}
