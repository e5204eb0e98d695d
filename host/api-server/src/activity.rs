//! Records when a connection last received something.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::metrics::{ApiServerMetrics, Open};

/// When a connection last received something.
pub(crate) struct Activity {
    opened: Instant,
    last_micros: AtomicU64,
    /// Woken after received data has been processed: it may contain settings or a GOAWAY, which hyper does
    /// not report.
    pub settled: AtomicWaker,
}

impl Activity {
    pub fn new() -> Self {
        Self {
            opened: Instant::now(),
            last_micros: AtomicU64::new(0),
            settled: AtomicWaker::new(),
        }
    }

    pub fn last_received(&self) -> Instant {
        self.opened + Duration::from_micros(self.last_micros.load(Ordering::Relaxed))
    }

    fn record(&self) {
        let micros = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last_micros.store(micros, Ordering::Relaxed);
    }
}

/// A TCP or a TLS connection.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection that records when it receives something.
pub(crate) struct MonitoredIo {
    io: Box<dyn Io>,
    activity: Arc<Activity>,
    metrics: ApiServerMetrics,
    unsettled: bool,
    _open: Open,
}

impl MonitoredIo {
    pub fn new(io: Box<dyn Io>, activity: Arc<Activity>, metrics: &ApiServerMetrics) -> Self {
        Self {
            io,
            activity,
            metrics: metrics.clone(),
            unsettled: false,
            _open: metrics.connection(),
        }
    }
}

impl AsyncRead for MonitoredIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        if read > 0 {
            self.activity.record();
            self.metrics.read(read);
            self.unsettled = true;
        } else if polled.is_pending() && self.unsettled {
            // h2 reads more only after it has processed what it read before.
            self.unsettled = false;
            self.activity.settled.wake();
        }
        polled
    }
}

impl AsyncWrite for MonitoredIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
