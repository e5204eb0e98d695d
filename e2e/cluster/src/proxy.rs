//! A TCP proxy between clients and the API server that fails in the ways networks do.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::ports;

/// The maximum number of reads in transit in one direction. With a delay, it bounds the throughput.
const IN_FLIGHT: usize = 256;

/// A TCP proxy on a loopback port. Belongs to the runtime that started it. Its connections are cut when it is
/// dropped.
pub struct Proxy {
    address: SocketAddr,
    listener: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    /// Whether bytes are passed on.
    passes: watch::Sender<bool>,
    delay: Mutex<Duration>,
    connections: Mutex<JoinSet<()>>,
    open: AtomicUsize,
    accepted: AtomicUsize,
    to_server: AtomicU64,
    to_client: AtomicU64,
}

impl Proxy {
    /// Starts a proxy to `target`, a `host:port` ([`crate::Cluster::server_address`]).
    pub async fn start(target: impl Into<String>) -> Result<Self> {
        let shared = Shared {
            target: target.into(),
            passes: watch::Sender::new(true),
            delay: Mutex::default(),
            connections: Mutex::default(),
            open: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
        };
        let mut proxy = Self {
            address: (Ipv4Addr::LOCALHOST, ports::free()?).into(),
            listener: None,
            shared: Arc::new(shared),
        };
        proxy.listen().await?;
        Ok(proxy)
    }

    /// Returns the address at which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `https://` and the address.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Returns the number of open connections.
    pub fn connections(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Returns the number of connections that were accepted since the start.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Returns the bytes that were passed on from clients to the server.
    pub fn bytes_to_server(&self) -> u64 {
        self.shared.to_server.load(Ordering::SeqCst)
    }

    /// Returns the bytes that were passed on from the server to clients.
    pub fn bytes_to_client(&self) -> u64 {
        self.shared.to_client.load(Ordering::SeqCst)
    }

    /// Closes all connections. When this returns they are closed; new ones are accepted.
    pub async fn cut(&self) {
        let mut connections = std::mem::take(&mut *self.shared.connections());
        connections.shutdown().await;
    }

    /// Closes all connections, and refuses new ones until [`Proxy::restore`].
    pub async fn refuse(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.abort();
            // The task ends with "aborted"; what counts is that its socket is closed.
            let _ = listener.await;
        }
        self.cut().await;
    }

    /// Keeps existing and new connections open without passing a byte in either direction until
    /// [`Proxy::restore`]. Then the pending bytes arrive, as after a network partition.
    pub fn black_hole(&self) {
        self.shared.passes.send_replace(false);
    }

    /// Delays all bytes that are read from now on, in each direction.
    pub fn delay(&self, delay: Duration) {
        *self.shared.delay.lock() = delay;
    }

    /// Ends [`Proxy::refuse`], [`Proxy::black_hole`] and [`Proxy::delay`].
    pub async fn restore(&mut self) -> Result<()> {
        self.delay(Duration::ZERO);
        self.shared.passes.send_replace(true);
        if self.listener.is_none() {
            self.listen().await?;
        }
        Ok(())
    }

    async fn listen(&mut self) -> Result<()> {
        let listener = TcpListener::bind(self.address)
            .await
            .with_context(|| format!("the proxy cannot listen on {}", self.address))?;
        let shared = self.shared.clone();
        self.listener = Some(tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((client, _)) => shared.serve(client),
                    // The client has closed already, or no file descriptors are left for now.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        }));
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.abort();
        }
        self.shared.connections().abort_all();
    }
}

impl Shared {
    fn connections(&self) -> parking_lot::MutexGuard<'_, JoinSet<()>> {
        self.connections.lock()
    }

    fn serve(self: &Arc<Self>, client: TcpStream) {
        self.accepted.fetch_add(1, Ordering::SeqCst);
        let open = Open::new(self.clone());
        let mut connections = self.connections();
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            let shared = &open.0;
            shared.wait_until_bytes_pass().await;
            // To the client, a refusing server looks like one that closes at once.
            let Ok(server) = TcpStream::connect(&shared.target).await else {
                return;
            };
            // Only `delay` may add latency.
            if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
                return;
            }
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::join!(
                shared.pass(from_client, to_server, &shared.to_server),
                shared.pass(from_server, to_client, &shared.to_client)
            );
        });
    }

    /// Passes bytes on in one direction until it ends. Reads on while earlier bytes wait for their time.
    async fn pass(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, passed: &AtomicU64) {
        let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(IN_FLIGHT);
        let reading = async move {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(length @ 1..) = from.read(&mut buffer).await {
                let delay = *self.delay.lock();
                if sender
                    .send((Instant::now() + delay, buffer[..length].to_vec()))
                    .await
                    .is_err()
                {
                    return;
                }
            }
        };
        let writing = async move {
            while let Some((when, bytes)) = receiver.recv().await {
                tokio::time::sleep_until(when).await;
                self.wait_until_bytes_pass().await;
                if to.write_all(&bytes).await.is_err() {
                    return;
                }
                passed.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            }
            self.wait_until_bytes_pass().await;
            // The other side has closed already.
            let _ = to.shutdown().await;
        };
        // After the end of reading, writing ends when everything is written. A failed write ends both.
        tokio::select! {
            () = writing => {}
            () = async { reading.await; pending().await } => {}
        }
    }

    async fn wait_until_bytes_pass(&self) {
        // An error would mean that the sender was dropped, but `self` owns it.
        let _ = self.passes.subscribe().wait_for(|passes| *passes).await;
    }
}

/// Counts a connection as open until it is dropped, however its task ends.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: Arc<Shared>) -> Self {
        shared.open.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
