//! Keeps the connections to the API server: as few as their limits on streams allow.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use hyper::client::conn::http2::SendRequest;
use kube::client::Body;
use parking_lot::{Mutex, MutexGuard};
use podweave_core::backoff::{Backoff, jittered};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::activity::Activity;
use crate::connector::{Connector, Dialled, Driver};
use crate::error::DialError;
use crate::metrics::{ApiServerMetrics, Open};
use crate::options::ApiServerOptions;

/// The outcome of connecting; `None` while it is running.
type Outcome = Option<Result<(), DialError>>;

/// The connections. Clones share them; those without streams close when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    connector: Arc<Connector>,
    /// The runtime that drives the connections: that of the pool, not that of the first request. A runtime
    /// that is busy with one watch must not delay the streams of others.
    runtime: Option<Handle>,
    state: Mutex<State>,
    /// Notified when a stream ends: a caller that waits for a new connection may take its place.
    freed: Notify,
    streams_per_connection: usize,
    idle_timeout: Duration,
    metrics: ApiServerMetrics,
}

struct State {
    connections: Vec<Arc<Connection>>,
    /// The one attempt to connect that is running, including the pause before it.
    dial: Option<watch::Receiver<Outcome>>,
    backoff: Backoff,
    not_before: Option<Instant>,
}

struct Connection {
    sender: SendRequest<Body>,
    activity: Arc<Activity>,
    limit: AtomicUsize,
    /// Increases only under the lock of the state, so that the limit holds.
    streams: AtomicUsize,
    /// How often the connection was used. If it is the same at two times, the connection was idle in between.
    uses: AtomicU64,
}

/// A place for one stream on a connection. Dropping it frees the place.
pub(crate) struct Lease {
    connection: Arc<Connection>,
    pool: Arc<Shared>,
    _open: Open,
}

impl Lease {
    pub fn sender(&self) -> SendRequest<Body> {
        self.connection.sender.clone()
    }

    pub fn last_received(&self) -> Instant {
        self.connection.activity.last_received()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.connection.streams.fetch_sub(1, Ordering::Release);
        self.pool.freed.notify_one();
    }
}

impl Pool {
    pub fn new(connector: Connector, options: &ApiServerOptions, metrics: &ApiServerMetrics) -> Self {
        Self(Arc::new(Shared {
            connector: Arc::new(connector),
            runtime: Handle::try_current().ok(),
            state: Mutex::new(State {
                connections: Vec::new(),
                dial: None,
                backoff: Backoff::new(*options.dial_back_off.start(), *options.dial_back_off.end()),
                not_before: None,
            }),
            freed: Notify::new(),
            streams_per_connection: options.streams_per_connection.max(1),
            idle_timeout: options.idle_timeout,
            metrics: metrics.clone(),
        }))
    }

    /// Returns a place on the fullest connection with room, if there is one.
    pub fn lease_now(&self) -> Option<Lease> {
        self.0.place(&mut self.0.lock())
    }

    /// Returns a place on the fullest connection with room; if there is none, on a new one. While the server
    /// is unreachable, callers wait for the next attempt to connect and get its failure.
    pub async fn lease(&self) -> Result<Lease, DialError> {
        loop {
            let mut dial = {
                let mut state = self.0.lock();
                if let Some(lease) = self.0.place(&mut state) {
                    return Ok(lease);
                }
                self.0.join_dial(&mut state)
            };
            tokio::select! {
                outcome = dial.wait_for(Option::is_some) => match outcome.as_deref() {
                    Ok(Some(Err(error))) => return Err(error.clone()),
                    Ok(_) => {}
                    // The task ended with its runtime or by a panic.
                    Err(_) => return Err(DialError::new("connecting was aborted")),
                },
                () = self.0.freed.notified() => {}
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(task)),
            None => drop(tokio::spawn(task)),
        }
    }

    fn place(self: &Arc<Self>, state: &mut State) -> Option<Lease> {
        state
            .connections
            .retain(|connection| !connection.sender.is_closed());
        let free = |connection: &&Arc<Connection>| {
            connection.streams.load(Ordering::Acquire) < connection.limit.load(Ordering::Relaxed)
        };
        // The fullest first, so that the others become empty and can be closed.
        let connection = state
            .connections
            .iter()
            .filter(free)
            .max_by_key(|connection| connection.streams.load(Ordering::Relaxed))?
            .clone();
        connection.streams.fetch_add(1, Ordering::Relaxed);
        connection.uses.fetch_add(1, Ordering::Relaxed);
        Some(Lease {
            connection,
            pool: self.clone(),
            _open: self.metrics.stream(),
        })
    }

    fn join_dial(self: &Arc<Self>, state: &mut State) -> watch::Receiver<Outcome> {
        // A closed channel without an outcome means that the task is gone.
        if let Some(dial) = state.dial.as_ref().filter(|dial| dial.has_changed().is_ok()) {
            return dial.clone();
        }
        let (tell, dial) = watch::channel(None);
        state.dial = Some(dial.clone());
        let (connector, pool) = (self.connector.clone(), Arc::downgrade(self));
        let (failures, not_before) = (state.backoff.failures() as usize, state.not_before);
        // It runs in its own task, because the first caller may stop waiting.
        self.spawn(async move {
            if let Some(time) = not_before {
                sleep_until(time).await;
            }
            let dialled = connector.dial(failures).await;
            if let Some(pool) = pool.upgrade() {
                tell.send_replace(Some(pool.finish_dial(dialled)));
            }
        });
        dial
    }

    fn finish_dial(self: &Arc<Self>, dialled: Result<Dialled, DialError>) -> Result<(), DialError> {
        let mut state = self.lock();
        state.dial = None;
        match dialled {
            Ok(Dialled {
                sender,
                driver,
                activity,
            }) => {
                state.backoff.reset();
                state.not_before = None;
                let limit = AtomicUsize::new(self.limit_of(&driver));
                let connection = Arc::new(Connection {
                    sender,
                    activity,
                    limit,
                    streams: AtomicUsize::new(0),
                    uses: AtomicU64::new(0),
                });
                self.spawn(drive(
                    driver,
                    Arc::downgrade(&connection),
                    connection.activity.clone(),
                    Arc::downgrade(self),
                    self.idle_timeout,
                ));
                state.connections.push(connection);
                Ok(())
            }
            Err(error) => {
                let pause = jittered(state.backoff.next_pause(), fastrand::f64());
                state.not_before = Some(Instant::now() + pause);
                Err(error)
            }
        }
    }

    fn limit_of(&self, driver: &Driver) -> usize {
        driver.current_max_send_streams().min(self.streams_per_connection)
    }

    /// Drops a connection that is not needed, because there is another one.
    fn retire(&self, connection: &Arc<Connection>) {
        let mut state = self.lock();
        if state.connections.len() > 1 && connection.streams.load(Ordering::Acquire) == 0 {
            state.connections.retain(|other| !Arc::ptr_eq(other, connection));
        }
    }
}

/// Drives a connection until it closes, and drops it when it is idle and not the only one. Holds neither the
/// pool nor the connection: hyper closes it when the last sender is dropped.
async fn drive(
    mut driver: Driver,
    connection: Weak<Connection>,
    activity: Arc<Activity>,
    pool: Weak<Shared>,
    idle_timeout: Duration,
) {
    let mut driving = pin!(poll_fn(|context| {
        activity.settled.register(context.waker());
        let polled = Pin::new(&mut driver).poll(context);
        if let (Some(connection), Some(pool)) = (connection.upgrade(), pool.upgrade()) {
            connection.limit.store(pool.limit_of(&driver), Ordering::Relaxed);
        }
        polled
    }));
    let mut uses = 0;
    loop {
        tokio::select! {
            // The requests that wait on it learn why it ended.
            _ = &mut driving => break,
            () = sleep(idle_timeout) => {}
        }
        if let (Some(connection), Some(pool)) = (connection.upgrade(), pool.upgrade()) {
            let now = connection.uses.load(Ordering::Relaxed);
            if now == uses {
                pool.retire(&connection);
            }
            uses = now;
        }
    }
    // Callers that wait for room find the others, or open a new one.
    if let Some(pool) = pool.upgrade() {
        pool.freed.notify_one();
    }
}
