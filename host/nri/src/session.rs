//! Serves one connection to the runtime: incoming messages become calls of the plugin, and answers to its own
//! calls.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tracing::warn;

use crate::answer::{Outgoing, Running, answer, of_handler};
use crate::dispatch::{self, Dispatch, PLUGIN_SERVICE, RUNTIME_SERVICE};
use crate::lock::lock;
use crate::plugin::{Call, Plugin};
use crate::wire::mux::ConnectionId;
use crate::wire::ttrpc::{Kind, Request, Response};
use crate::wire::{Inbound, Incoming, outbound};
use crate::{Code, Error, Status};

/// The maximum number of concurrent calls. The runtime makes one after the other, except for validations.
const MAX_CALLS: usize = 64;

/// The runtime's timeout if it does not report one.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

/// The client with which the plugin calls the runtime.
#[derive(Clone)]
pub(crate) struct Client {
    out: mpsc::Sender<Outgoing>,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    last: u32,
    calls: HashMap<u32, oneshot::Sender<Response>>,
}

/// Removes a call whose caller has been dropped.
struct Pending<'a>(&'a Client, u32);

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.waiting().calls.remove(&self.1);
    }
}

impl Client {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }

    /// Calls the runtime. Dropping the future cancels the call; no message is left half-written.
    pub(crate) async fn call<M: Message + Default>(
        &self,
        method: &str,
        message: &impl Message,
        timeout: Duration,
    ) -> Result<M, Error> {
        let request = Request {
            service: RUNTIME_SERVICE.to_owned(),
            method: method.to_owned(),
            payload: message.encode_to_vec(),
            timeout_nano: i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX),
        };
        // Reserve the place in the queue first: streams must be sent in the order of their numbers.
        let place = self.out.reserve().await.map_err(|_| Error::Closed)?;
        let (answer, answered) = oneshot::channel();
        let stream = {
            let mut waiting = self.waiting();
            let stream = if waiting.last == 0 {
                1
            } else {
                waiting.last.checked_add(2).ok_or(Error::Closed)?
            };
            let bytes = outbound(
                ConnectionId::RUNTIME,
                stream,
                Kind::Request,
                &request.encode_to_vec(),
            )
            .ok_or(Error::TooLarge)?;
            waiting.last = stream;
            waiting.calls.insert(stream, answer);
            place.send((bytes, None));
            stream
        };
        let _pending = Pending(self, stream);
        let response = tokio::time::timeout(timeout, answered)
            .await
            .map_err(|_| Error::Timeout)?
            .map_err(|_| Error::Closed)?;
        match Status::of_wire(response.status) {
            Some(status) => Err(Error::Runtime(status)),
            None => M::decode(response.payload.as_slice())
                .map_err(|_| Error::Runtime(Status::new(Code::Internal, "cannot decode the answer"))),
        }
    }
}

/// A connection that is being served.
pub(crate) struct Session {
    pub(crate) client: Client,
    running: Arc<AtomicUsize>,
    tasks: JoinSet<Result<(), Error>>,
}

impl Session {
    /// Serves the connection until it breaks or the session is dropped. The plugin's handlers run in the
    /// runtime `handlers`.
    pub(crate) fn start<P: Plugin>(
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        dispatch: Arc<Dispatch<P>>,
        handlers: Handle,
    ) -> Self {
        let (read, mut write) = tokio::io::split(stream);
        let (out, mut outgoing) = mpsc::channel::<Outgoing>(2 * MAX_CALLS);
        let client = Client {
            out,
            waiting: Arc::default(),
        };
        let running = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        // All writes go through this task, so that cancelling a caller cannot leave a partial frame on the
        // wire.
        tasks.spawn(async move {
            while let Some((bytes, written)) = outgoing.recv().await {
                write.write_all(&bytes).await?;
                if let Some(written) = written {
                    written();
                }
            }
            Ok(())
        });
        let reader = Reader {
            dispatch,
            handlers,
            client: client.clone(),
            running: running.clone(),
            calls: JoinSet::new(),
            last: 0,
        };
        tasks.spawn(reader.read(read));
        Self {
            client,
            running,
            tasks,
        }
    }

    /// Why the connection ended.
    pub(crate) async fn ended(&mut self) -> Error {
        match self.tasks.join_next().await {
            Some(Ok(Err(error))) => error,
            _ => Error::Closed,
        }
    }

    /// Waits until no call is running and all answers are written, but not longer than this.
    pub(crate) async fn finish(&mut self, patience: Duration) {
        let idle = async {
            while self.running.load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = idle => {}
            _ = self.tasks.join_next() => {}
            () = tokio::time::sleep(patience) => {}
        }
    }
}

impl Drop for Session {
    /// Fails all pending calls of the plugin: their answers will not come.
    fn drop(&mut self) {
        self.client.waiting().calls.clear();
    }
}

struct Reader<P> {
    dispatch: Arc<Dispatch<P>>,
    handlers: Handle,
    client: Client,
    running: Arc<AtomicUsize>,
    calls: JoinSet<()>,
    /// The last stream that the runtime opened.
    last: u32,
}

impl<P: Plugin> Reader<P> {
    async fn read(mut self, mut read: impl AsyncRead + Unpin) -> Result<(), Error> {
        let mut inbound = Inbound::default();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = read.read(&mut buffer).await?;
            if length == 0 {
                return Err(Error::Closed);
            }
            let mut messages = Vec::new();
            inbound.take(&buffer[..length], |incoming| messages.push(incoming))?;
            for message in messages {
                self.message(message).await?;
            }
            while self.calls.try_join_next().is_some() {}
        }
    }

    async fn message(
        &mut self,
        Incoming {
            connection,
            header,
            message,
        }: Incoming,
    ) -> Result<(), Error> {
        let stream = header.stream;
        match (connection, header.kind) {
            (ConnectionId::RUNTIME, Kind::Response) => {
                if let Some(waiting) = self.client.waiting().calls.remove(&stream) {
                    let unreadable = || Response {
                        status: Some(Status::invalid("cannot decode the answer").into_wire()),
                        payload: Vec::new(),
                    };
                    let response = message
                        .and_then(|message| Response::decode(message.as_slice()).ok())
                        .unwrap_or_else(unreadable);
                    // The caller may have been dropped.
                    let _ = waiting.send(response);
                }
                Ok(())
            }
            (ConnectionId::PLUGIN, Kind::Request) => {
                let request = match message.as_deref().map(Request::decode) {
                    None => Err(Status::new(
                        Code::ResourceExhausted,
                        "the message is longer than 4 MiB",
                    )),
                    Some(Err(error)) => Err(Status::invalid(format!("cannot decode the request: {error}"))),
                    Some(Ok(_)) if stream % 2 == 0 || stream <= self.last => {
                        Err(Status::invalid("streams must be odd and increase"))
                    }
                    Some(Ok(request)) if request.service != PLUGIN_SERVICE => Err(Status::new(
                        Code::Unimplemented,
                        format!("there is no service {:?}", request.service),
                    )),
                    Some(Ok(_)) if self.running.load(Ordering::Acquire) >= MAX_CALLS => Err(Status::new(
                        Code::ResourceExhausted,
                        format!("{MAX_CALLS} calls are running already"),
                    )),
                    Some(Ok(request)) => Ok(request),
                };
                self.last = self.last.max(stream);
                match request {
                    Ok(request) => self.call(stream, request),
                    Err(status) => answer(&self.client.out, stream, Err(status), None).await?,
                }
                Ok(())
            }
            (ConnectionId::PLUGIN, Kind::Data) => {
                answer(
                    &self.client.out,
                    stream,
                    Err(Status::invalid("streams are not supported")),
                    None,
                )
                .await
            }
            // Ignored, for compatibility with later versions.
            _ => Ok(()),
        }
    }

    /// How long the handler of a call may take: a part of the runtime's patience.
    fn budget(&self, request: &Request) -> Duration {
        let of_request = u64::try_from(request.timeout_nano)
            .ok()
            .filter(|nanos| *nanos > 0)
            .map(Duration::from_nanos);
        let of_runtime = self
            .dispatch
            .runtime()
            .and_then(|runtime| runtime.request_timeout);
        let timeout = [of_request, of_runtime].into_iter().flatten().min();
        let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT);
        // Reserve a quarter for sending the answer, but at most 250 ms.
        timeout - (timeout / 4).min(Duration::from_millis(250))
    }

    /// Runs a call in two tasks: one for the handler, and one that answers in time whatever the handler does.
    fn call(&mut self, stream: u32, request: Request) {
        let budget = self.budget(&request);
        let deadline = Instant::now() + budget.min(Duration::from_secs(3600));
        let (dispatch, out, running) = (
            self.dispatch.clone(),
            self.client.out.clone(),
            Running::one_more(&self.running),
        );
        let handlers = self.handlers.clone();
        self.calls.spawn(async move {
            let Request { method, payload, .. } = request;
            let mut handler = JoinSet::new();
            let (handled, called) = (dispatch.clone(), method.clone());
            handler.spawn_on(
                async move { handled.answer(&called, &payload, Call { deadline }).await },
                &handlers,
            );
            let answered = match tokio::time::timeout_at(deadline.into(), handler.join_next()).await {
                Ok(Some(Ok(answered))) => answered.map_err(|status| of_handler(&method, status)),
                Ok(_) => Err(Status::new(
                    Code::Internal,
                    format!("the plugin panicked in {method}; see its log"),
                )),
                Err(_) => Err(Status::new(
                    Code::Aborted,
                    format!(
                        "the plugin did not finish {method} within {} ms",
                        budget.as_millis()
                    ),
                )),
            };
            if let Err(status) = &answered {
                warn!(method, code = ?status.code, error = %status, "answering call with an error");
            }
            let written: Option<Box<dyn FnOnce() + Send>> = match &answered {
                Ok(payload) => {
                    let more = method == "Synchronize" && dispatch::more(payload);
                    Some(Box::new(move || {
                        dispatch.answered(&method, more);
                        drop(running);
                    }))
                }
                Err(_) => Some(Box::new(move || drop(running))),
            };
            // If the connection is gone, the answer is dropped.
            let _ = answer(&out, stream, answered, written).await;
        });
    }
}
