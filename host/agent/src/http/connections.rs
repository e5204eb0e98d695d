//! Accepts connections, and limits their number and how long each may take.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::Side;
use super::routes::Routes;

/// The maximum number of concurrent connections; one more replaces the oldest.
const MAX_CONNECTIONS: usize = 64;

/// The timeout for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// The timeout of a connection: one request and its answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum size of the head of a request.
const MAX_HEAD_BYTES: usize = 16 << 10;

const MAX_HEADERS: usize = 64;

/// The pause after a failed accept, such as when no file descriptor is left.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections.
pub(super) trait Accept {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Accepts the next one.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<TcpStream> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }
}

/// Serves until it is dropped, and all connections with it.
pub(super) async fn serve<L: Accept>(listener: &L, routes: &Arc<Routes>, side: Side) {
    let mut connections = JoinSet::new();
    let mut ages: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let stream = match listener.accept().await {
            Ok(stream) => stream,
            Err(error) => {
                warn!(%error, "cannot accept a connection; trying again soon");
                sleep(PAUSE).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        ages.retain(|connection| !connection.is_finished());
        if ages.len() >= MAX_CONNECTIONS
            && let Some(oldest) = ages.pop_front()
        {
            routes.metrics.count_cut(side);
            oldest.abort();
        }
        let routes = Arc::clone(routes);
        ages.push_back(connections.spawn(async move { connection(stream, routes, side).await }));
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Arc<Routes>,
    side: Side,
) {
    let service = service_fn(|request| {
        let routes = Arc::clone(&routes);
        async move { Ok::<_, std::convert::Infallible>(routes.answer(request, side).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(CONNECTION_TIMEOUT, served).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "connection failed"),
        Err(_) => debug!("connection timed out"),
    }
}
