//! Runs a plugin: connects, registers and serves, and does so again when the runtime has restarted.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::UnixStream;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tracing::{debug, info, warn};

use crate::api::{
    ContainerUpdate, Empty, RegisterPluginRequest, UpdateContainersRequest, UpdateContainersResponse,
};
use crate::dispatch::Dispatch;
use crate::lock::lock;
use crate::session::{Client, Session};
use crate::{Error, Plugin, Runtime};

/// The default path of runtimes' socket. The runtime removes and recreates the socket at each start, so a
/// container must mount the directory, never the socket: a mounted socket stays the old one.
pub const DEFAULT_SOCKET: &str = "/var/run/nri/nri.sock";

/// The release of NRI whose messages these are.
const NRI_VERSION: &str = "v0.12.2";

/// After a connection that lasted at least this long, the next attempt comes at once.
const GOOD: Duration = Duration::from_secs(5);

/// How to connect. The public fields may be changed before use.
#[derive(Debug, Clone)]
pub struct Options {
    name: String,
    index: String,
    /// The runtime's socket.
    pub socket: PathBuf,
    /// How long to wait for the runtime to accept the registration. It registers one plugin at a time, and
    /// waits 5 s for each silent one; a plugin that gives up earlier goes to the end of the queue.
    pub registration_timeout: Duration,
    /// How long to wait for an answer to [`ServiceHandle::update_containers`].
    pub update_timeout: Duration,
    /// The pause after the first failed attempt; it doubles with each further one.
    pub first_pause: Duration,
    /// The longest pause between attempts.
    pub longest_pause: Duration,
    /// How long a stop waits for calls that are still running.
    pub stop_patience: Duration,
}

impl Options {
    /// Creates options for a plugin with this name, of letters, digits and `_.+-`, and this index, two
    /// digits: plugins are called in the order of their indexes.
    ///
    /// # Errors
    ///
    /// A runtime would refuse the name or the index.
    pub fn new(index: &str, name: &str) -> Result<Self, Error> {
        let index_is_good = index.len() == 2 && index.bytes().all(|byte| byte.is_ascii_digit());
        let name_is_good = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte));
        if !index_is_good || !name_is_good {
            return Err(Error::Name(format!("{index}-{name}")));
        }
        Ok(Self {
            name: name.to_owned(),
            index: index.to_owned(),
            socket: DEFAULT_SOCKET.into(),
            registration_timeout: Duration::from_secs(20),
            update_timeout: Duration::from_secs(10),
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_secs(1),
            stop_patience: Duration::from_secs(2),
        })
    }
}

/// The state of the connection to the runtime.
#[derive(Debug, Clone)]
pub enum State {
    /// Not connected. Has an error after the first failed attempt; the service retries by itself.
    Disconnected(Option<Arc<Error>>),
    /// Connected, but not synchronized yet. This may last while the runtime is busy.
    Registering,
    /// Registered: the runtime calls the plugin.
    Ready(Arc<Runtime>),
    /// Stopped as requested.
    Stopped,
}

impl State {
    /// Whether the runtime calls the plugin.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready(_))
    }
}

/// A handle on the running service: its state, and calls of the runtime.
#[derive(Clone)]
pub struct ServiceHandle {
    state: watch::Receiver<State>,
    client: Arc<Mutex<Option<Client>>>,
    timeout: Duration,
}

impl ServiceHandle {
    /// Returns a watch on the state.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Changes resources of containers, and returns those that the runtime could not change. Do not await it
    /// in a handler: the runtime accepts no such call while it waits for a plugin.
    ///
    /// # Errors
    ///
    /// The runtime is not connected, it fails, or it does not answer in time.
    pub async fn update_containers(
        &self,
        update: Vec<ContainerUpdate>,
    ) -> Result<Vec<ContainerUpdate>, Error> {
        let client = lock(&self.client).clone();
        let client = client
            .filter(|_| self.state.borrow().is_ready())
            .ok_or(Error::NotReady)?;
        let request = UpdateContainersRequest {
            update,
            evict: Vec::new(),
        };
        let response: UpdateContainersResponse =
            client.call("UpdateContainers", &request, self.timeout).await?;
        Ok(response.failed)
    }
}

/// A plugin with its connection to the runtime.
pub struct Service<P> {
    plugin: Arc<P>,
    options: Options,
    state: watch::Sender<State>,
    client: Arc<Mutex<Option<Client>>>,
}

impl<P: Plugin> Service<P> {
    /// Creates a service, which does nothing before [`Service::run`].
    pub fn new(options: Options, plugin: Arc<P>) -> Self {
        Self {
            plugin,
            options,
            state: watch::Sender::new(State::Disconnected(None)),
            client: Arc::default(),
        }
    }

    /// Returns a handle to watch the service and to call the runtime.
    #[must_use]
    pub fn handle(&self) -> ServiceHandle {
        ServiceHandle {
            state: self.state.subscribe(),
            client: self.client.clone(),
            timeout: self.options.update_timeout,
        }
    }

    /// Connects and serves, again and again, until `stop` is done. Then it answers the running calls, and
    /// closes. Dropping the future does the same without waiting for it.
    ///
    /// The connection has its own thread: calls are answered in time even if a handler blocks its thread, or
    /// all threads of the runtime in which this is awaited and handlers run. (Tokio may leave the timers to a
    /// worker that is blocked, even if another one is idle.)
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), Error> {
        let (stopping, stopped) = oneshot::channel::<()>();
        let (ending, ended) = oneshot::channel();
        let handlers = Handle::current();
        let own = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name("nri".to_owned())
            .spawn(move || {
                own.block_on(self.connect(handlers, stopped));
                // The receiver is gone if the future was dropped.
                let _ = ending.send(());
            })?;
        stop.await;
        drop(stopping);
        ended.await.map_err(|_| Error::Closed)
    }

    async fn connect(self, handlers: Handle, mut stop: oneshot::Receiver<()>) {
        // Not podweave's own backoff type: this crate is of use without podweave. Without jitter, since the
        // runtime of a node has few plugins.
        let (mut pause, mut last) = (self.options.first_pause, String::new());
        loop {
            let begun = Instant::now();
            let error = match UnixStream::connect(&self.options.socket).await {
                Err(source) => Error::Connect {
                    socket: self.options.socket.clone(),
                    source,
                },
                Ok(stream) => match self.serve(stream, &handlers, &mut stop).await {
                    None => break,
                    Some(error) => error,
                },
            };
            // Warn once for each cause, not once for each attempt.
            let cause = error.chain();
            if cause == last {
                debug!(cause, "still cannot connect to the runtime");
            } else {
                warn!(cause, socket = %self.options.socket.display(), "cannot connect to the runtime");
            }
            last = cause;
            self.state
                .send_replace(State::Disconnected(Some(Arc::new(error))));
            if begun.elapsed() > GOOD {
                pause = self.options.first_pause;
            }
            tokio::select! {
                _ = &mut stop => break,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(self.options.longest_pause);
        }
        info!("stopped");
        self.state.send_replace(State::Stopped);
    }

    /// Serves one connection until it breaks, and returns why, or until it is to stop.
    async fn serve(
        &self,
        stream: UnixStream,
        handlers: &Handle,
        mut stop: &mut oneshot::Receiver<()>,
    ) -> Option<Error> {
        self.state.send_replace(State::Registering);
        let dispatch = Arc::new(Dispatch::new(self.plugin.clone(), self.state.clone()));
        let mut session = Session::start(stream, dispatch.clone(), handlers.clone());
        let client = session.client.clone();
        let request = RegisterPluginRequest {
            plugin_name: self.options.name.clone(),
            plugin_idx: self.options.index.clone(),
            nri_version: NRI_VERSION.to_owned(),
        };
        let registered = client.call::<Empty>("RegisterPlugin", &request, self.options.registration_timeout);
        tokio::select! {
            _ = &mut stop => return None,
            error = session.ended() => return Some(dispatch.refusal().map_or(error, Error::Refused)),
            registered = registered => if let Err(error) = registered {
                return Some(Error::Registration(Box::new(error)));
            },
        }
        *lock(&self.client) = Some(client);
        let error = tokio::select! {
            _ = &mut stop => None,
            error = session.ended() => Some(dispatch.refusal().map_or(error, Error::Refused)),
        };
        if error.is_none() {
            session.finish(self.options.stop_patience).await;
        }
        lock(&self.client).take();
        error
    }
}
