//! Serves one connection of a plugin: passes messages on one after the other, and does harm between them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use podweave_nri::wire::mux::ConnectionId;
use podweave_nri::wire::ttrpc::{Kind, Request, Response};
use podweave_nri::wire::{Inbound, Incoming, outbound};
use prost::Message;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Shared;
use super::strike::{Harm, Step};

/// Messages that were read and not passed on.
const QUEUE: usize = 256;

/// The end of a connection. Both sides are closed when the [`Connection`] is dropped.
struct End;

#[derive(Clone, Copy)]
enum Side {
    Runtime,
    Plugin,
}

struct Connection {
    shared: Arc<Shared>,
    /// The plugin's process.
    plugin: Option<Pid>,
    to_runtime: OwnedWriteHalf,
    to_plugin: OwnedWriteHalf,
    /// Whether the runtime has closed its side.
    runtime_closed: watch::Receiver<bool>,
    /// Calls that were passed on but not answered, by connection and stream.
    calls: HashMap<(ConnectionId, u32), (Request, Instant)>,
}

/// Passes messages on until one side closes.
pub(super) async fn serve(shared: Arc<Shared>, plugin: UnixStream, mut cuts: watch::Receiver<()>) {
    // Without a runtime, the plugin's connection is closed.
    let Ok(runtime) = UnixStream::connect(&shared.runtime).await else {
        return;
    };
    let pid = plugin
        .peer_cred()
        .ok()
        .and_then(|credentials| credentials.pid())
        .and_then(Pid::from_raw);
    let ((from_runtime, to_runtime), (from_plugin, to_plugin)) = (runtime.into_split(), plugin.into_split());
    let mut readers = JoinSet::new();
    let (runtime_closing, runtime_closed) = watch::channel(false);
    let mut from_runtime = read(&mut readers, from_runtime, Some(runtime_closing));
    let mut from_plugin = read(&mut readers, from_plugin, None);
    let _open = Open::new(Arc::clone(&shared));
    let mut connection = Connection {
        shared,
        plugin: pid,
        to_runtime,
        to_plugin,
        runtime_closed,
        calls: HashMap::new(),
    };
    let passing = async {
        loop {
            // Data that was sent before a side closed is passed on, until there is nothing more to receive.
            let (side, message) = tokio::select! {
                message = from_runtime.recv() => (Side::Runtime, message),
                message = from_plugin.recv() => (Side::Plugin, message),
            };
            let Some(message) = message else { return };
            if connection.pass(side, message).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = passing => {}
        _ = cuts.changed() => {}
    }
}

/// Reads all input, so that the end of a connection is noticed while nothing is passed on.
fn read(
    readers: &mut JoinSet<()>,
    mut from: OwnedReadHalf,
    closing: Option<watch::Sender<bool>>,
) -> mpsc::Receiver<Incoming> {
    let (messages, receiver) = mpsc::channel(QUEUE);
    readers.spawn(async move {
        let (mut inbound, mut buffer) = (Inbound::default(), vec![0; 64 * 1024]);
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let mut complete = Vec::new();
            // A protocol violation: the start of the next message is unknown.
            if inbound
                .take(&buffer[..length], |message| complete.push(message))
                .is_err()
            {
                break;
            }
            for message in complete {
                if messages.send(message).await.is_err() {
                    return;
                }
            }
        }
        if let Some(closing) = closing {
            closing.send_replace(true);
        }
    });
    receiver
}

impl Connection {
    async fn pass(&mut self, from: Side, message: Incoming) -> Result<(), End> {
        let (connection, header) = (message.connection, message.header);
        // Too long for NRI: neither side sends such a message.
        let message = message.message.ok_or(End)?;
        let bytes = outbound(connection, header.stream, header.kind, &message).ok_or(End)?;
        match header.kind {
            Kind::Request => {
                let request = Request::decode(message.as_slice()).map_err(|_| End)?;
                self.shared.ledger().requested(&request.method);
                self.step(&request, Step::BeforeRequest).await?;
                self.write(from, &bytes).await?;
                self.calls
                    .insert((connection, header.stream), (request.clone(), Instant::now()));
                self.step(&request, Step::InCall).await
            }
            Kind::Response => {
                let Some((request, began)) = self.calls.remove(&(connection, header.stream)) else {
                    return self.write(from, &bytes).await;
                };
                let response = Response::decode(message.as_slice()).map_err(|_| End)?;
                let is_error = response.status.is_some_and(|status| status.code != 0);
                self.shared
                    .ledger()
                    .answered(&request.method, is_error, began.elapsed());
                self.step(&request, Step::BeforeAnswer).await?;
                let (first, second) = bytes.split_at(bytes.len() / 2);
                self.write(from, first).await?;
                self.step(&request, Step::HalfAnswer).await?;
                self.write(from, second).await?;
                self.step(&request, Step::AfterAnswer).await?;
                self.shared.ledger().completed(&request.method);
                Ok(())
            }
            _ => self.write(from, &bytes).await,
        }
    }

    async fn write(&mut self, from: Side, bytes: &[u8]) -> Result<(), End> {
        let to = match from {
            Side::Runtime => &mut self.to_plugin,
            Side::Plugin => &mut self.to_runtime,
        };
        to.write_all(bytes).await.map_err(|_| End)
    }

    /// Does the harm that was ordered for this step.
    async fn step(&mut self, request: &Request, step: Step) -> Result<(), End> {
        while let Some((harm, outcome)) = self.shared.strikes.take(request, step) {
            let mut thaws = self.shared.thaws.subscribe();
            let done = self.begin(&harm);
            let failed = done.is_err();
            outcome.send_replace(Some(done));
            match harm {
                Harm::Kill | Harm::Cut => return Err(End),
                Harm::Freeze if failed => return Err(End),
                Harm::Freeze => tokio::select! {
                    _ = thaws.changed() => {}
                    () = self.until_runtime_closes() => return Err(End),
                },
                Harm::Delay(delay) => tokio::select! {
                    () = tokio::time::sleep(delay) => {}
                    () = self.until_runtime_closes() => return Err(End),
                },
                Harm::Call(_) => {}
            }
        }
        Ok(())
    }

    /// Does harm that takes no time. The error is the reason why it was not done.
    fn begin(&self, harm: &Harm) -> Result<(), String> {
        let signal = match harm {
            Harm::Kill => Signal::KILL,
            Harm::Freeze => Signal::STOP,
            Harm::Call(call) => {
                call();
                return Ok(());
            }
            Harm::Cut | Harm::Delay(_) => return Ok(()),
        };
        let plugin = self.plugin.ok_or("the plugin's process is not known")?;
        if plugin == rustix::process::getpid() {
            return Err(format!("{harm:?}: the plugin is in this process"));
        }
        if signal == Signal::STOP {
            self.shared.frozen().push(plugin);
        }
        kill_process(plugin, signal).map_err(|error| format!("cannot send a signal to the plugin: {error}"))
    }

    async fn until_runtime_closes(&self) {
        // An error means that the reader is gone, which is the end as well.
        let _ = self.runtime_closed.clone().wait_for(|closed| *closed).await;
    }
}

/// Counts a connection as open until it is dropped, however it ends.
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
