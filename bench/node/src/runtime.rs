//! Plays the runtime's side of NRI for one plugin, to measure the plugin's answers without the other work of
//! a real runtime.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use podweave_nri::api::{
    ConfigureRequest, ConfigureResponse, CreateContainerRequest, CreateContainerResponse, Empty,
    SynchronizeRequest, SynchronizeResponse,
};
use podweave_nri::wire::mux::ConnectionId;
use podweave_nri::wire::ttrpc::{Kind, Request, Response};
use podweave_nri::wire::{Inbound, Incoming, outbound};
use prost::Message;

const PLUGIN_SERVICE: &str = "nri.pkg.api.v1alpha1.Plugin";

/// How long containerd waits for an answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The name and version of the played runtime, and the version of NRI, which a plugin waits for.
const RUNTIME: (&str, &str, &str) = ("containerd", "v2.3.4", "v0.12.0");

/// A connected plugin.
pub struct Plugin {
    stream: UnixStream,
    inbound: Inbound,
    come: Vec<Incoming>,
    last: u32,
}

impl Plugin {
    /// Waits for a plugin, accepts its registration and reports an empty node to it. Blocks.
    ///
    /// # Errors
    /// The plugin does not follow the protocol.
    pub fn accept(listener: &UnixListener) -> Result<Self> {
        let (stream, _) = listener.accept()?;
        stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
        let mut plugin = Self {
            stream,
            inbound: Inbound::default(),
            come: Vec::new(),
            last: 0,
        };
        let registration = plugin.next()?;
        ensure!(
            (registration.connection, registration.header.kind) == (ConnectionId::RUNTIME, Kind::Request),
            "the plugin does not register"
        );
        plugin.send(
            ConnectionId::RUNTIME,
            registration.header.stream,
            Kind::Response,
            &Response {
                status: None,
                payload: Empty {}.encode_to_vec(),
            },
        )?;
        let (runtime_name, runtime_version, nri_version) =
            (RUNTIME.0.to_owned(), RUNTIME.1.to_owned(), RUNTIME.2.to_owned());
        let request_timeout = REQUEST_TIMEOUT.as_millis() as i64;
        let configure = ConfigureRequest {
            runtime_name,
            runtime_version,
            nri_version,
            request_timeout,
            ..ConfigureRequest::default()
        };
        plugin.call::<ConfigureResponse>("Configure", &configure)?;
        plugin.call::<SynchronizeResponse>("Synchronize", &SynchronizeRequest::default())?;
        Ok(plugin)
    }

    /// Asks about the creation of a container; returns the answer and how long it took.
    ///
    /// # Errors
    /// The plugin answers with an error.
    pub fn create(
        &mut self,
        request: &CreateContainerRequest,
    ) -> Result<(CreateContainerResponse, Duration)> {
        let began = Instant::now();
        let answer = self.call("CreateContainer", request)?;
        Ok((answer, began.elapsed()))
    }

    fn call<M: Message + Default>(&mut self, method: &str, message: &impl Message) -> Result<M> {
        let stream = if self.last == 0 { 1 } else { self.last + 2 };
        self.last = stream;
        let timeout_nano = REQUEST_TIMEOUT.as_nanos() as i64;
        let request = Request {
            service: PLUGIN_SERVICE.to_owned(),
            method: method.to_owned(),
            payload: message.encode_to_vec(),
            timeout_nano,
        };
        self.send(ConnectionId::PLUGIN, stream, Kind::Request, &request)?;
        loop {
            let incoming = self.next().with_context(|| format!("no answer to {method}"))?;
            if (incoming.connection, incoming.header.stream, incoming.header.kind)
                != (ConnectionId::PLUGIN, stream, Kind::Response)
            {
                continue;
            }
            let response = Response::decode(incoming.message.unwrap_or_default().as_slice())?;
            if let Some(status) = response.status.filter(|status| status.code != 0) {
                bail!("the plugin answers {method} with an error: {}", status.message);
            }
            return Ok(M::decode(response.payload.as_slice())?);
        }
    }

    fn send(
        &mut self,
        connection: ConnectionId,
        stream: u32,
        kind: Kind,
        message: &impl Message,
    ) -> Result<()> {
        let bytes = outbound(connection, stream, kind, &message.encode_to_vec())
            .context("the message is too long")?;
        Ok(self.stream.write_all(&bytes)?)
    }

    fn next(&mut self) -> Result<Incoming> {
        let mut buffer = vec![0; 64 << 10];
        while self.come.is_empty() {
            let length = self.stream.read(&mut buffer)?;
            ensure!(length > 0, "the plugin has closed the connection");
            self.inbound
                .take(&buffer[..length], |incoming| self.come.push(incoming))?;
        }
        Ok(self.come.remove(0))
    }
}

/// Listens for plugins.
///
/// # Errors
/// The socket cannot be created.
pub fn listen(socket: &Path) -> Result<UnixListener> {
    UnixListener::bind(socket).with_context(|| format!("cannot create {}", socket.display()))
}
