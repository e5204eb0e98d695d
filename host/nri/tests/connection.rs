//! A simulated runtime that misbehaves: wrong frames, wrong calls, silence. It uses the crate's own wire
//! format.

mod support;

use std::time::Duration;

use podweave_nri::api::{
    ConfigureRequest, ConfigureResponse, CreateContainerRequest, Event, PodSandbox, StateChangeEvent,
    SynchronizeRequest,
};
use podweave_nri::wire::mux::ConnectionId;
use podweave_nri::wire::ttrpc::{Kind, Request, Response};
use podweave_nri::wire::{Inbound, Incoming, outbound};
use podweave_nri::{Error, Events, State};
use prost::Message;
use support::{Running, TestPlugin};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

struct Runtime {
    stream: UnixStream,
    inbound: Inbound,
    received: std::collections::VecDeque<Incoming>,
    stream_id: u32,
}

impl Runtime {
    /// Accepts the plugin's connection and its registration.
    async fn accept(listener: &UnixListener) -> Self {
        let stream = listener.accept().await.unwrap().0;
        let mut runtime = Self {
            stream,
            inbound: Inbound::default(),
            received: Default::default(),
            stream_id: 1,
        };
        let registration = runtime.receive().await.unwrap();
        let request = Request::decode(registration.message.unwrap().as_slice()).unwrap();
        assert_eq!(
            (request.service.as_str(), request.method.as_str()),
            ("nri.pkg.api.v1alpha1.Runtime", "RegisterPlugin")
        );
        runtime
            .send(
                ConnectionId::RUNTIME,
                registration.header.stream,
                Kind::Response,
                &Response::default(),
            )
            .await;
        runtime
    }

    async fn send(&mut self, connection: ConnectionId, stream: u32, kind: Kind, message: &impl Message) {
        self.stream
            .write_all(&outbound(connection, stream, kind, &message.encode_to_vec()).unwrap())
            .await
            .unwrap();
    }

    /// Returns the next message, or `None` once the plugin has closed the connection.
    async fn receive(&mut self) -> Option<Incoming> {
        while self.received.is_empty() {
            let mut bytes = [0; 4096];
            let length = tokio::time::timeout(Duration::from_secs(10), self.stream.read(&mut bytes))
                .await
                .unwrap()
                .unwrap_or(0);
            if length == 0 {
                return None;
            }
            self.inbound
                .take(&bytes[..length], |incoming| self.received.push_back(incoming))
                .unwrap();
        }
        self.received.pop_front()
    }

    /// Makes a call, and returns the code of its answer and the answer.
    async fn call(&mut self, method: &str, message: &impl Message) -> (i32, Vec<u8>) {
        let stream = self.stream_id;
        self.stream_id += 2;
        self.call_on(stream, "nri.pkg.api.v1alpha1.Plugin", method, message)
            .await
    }

    async fn call_on(
        &mut self,
        stream: u32,
        service: &str,
        method: &str,
        message: &impl Message,
    ) -> (i32, Vec<u8>) {
        let request = Request {
            service: service.to_owned(),
            method: method.to_owned(),
            payload: message.encode_to_vec(),
            timeout_nano: 0,
        };
        self.send(ConnectionId::PLUGIN, stream, Kind::Request, &request)
            .await;
        let answer = self.receive().await.unwrap();
        assert_eq!(
            (answer.connection, answer.header.stream, answer.header.kind),
            (ConnectionId::PLUGIN, stream, Kind::Response)
        );
        let response = Response::decode(answer.message.unwrap().as_slice()).unwrap();
        (response.status.map_or(0, |status| status.code), response.payload)
    }

    /// Makes a call and returns the status of its answer.
    async fn code(&mut self, method: &str, message: &impl Message) -> i32 {
        self.call(method, message).await.0
    }

    /// Sends messages on unknown connections, of unknown types, and answers to no call.
    async fn send_what_is_ignored(&mut self) {
        self.send(ConnectionId(77), 1, Kind::Request, &Request::default())
            .await;
        self.send(ConnectionId::PLUGIN, 1, Kind::Other(9), &Request::default())
            .await;
        self.send(ConnectionId::RUNTIME, 99, Kind::Response, &Response::default())
            .await;
    }

    async fn configure(&mut self) -> i32 {
        let request = ConfigureRequest {
            runtime_name: "containerd".into(),
            runtime_version: "v2.3.0".into(),
            ..ConfigureRequest::default()
        };
        let (code, payload) = self.call("Configure", &request).await;
        assert_eq!(code, 0);
        ConfigureResponse::decode(payload.as_slice()).unwrap().events
    }
}

fn listen() -> (tempfile::TempDir, UnixListener, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("nri.sock");
    (directory, UnixListener::bind(&socket).unwrap(), socket)
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_calls_are_answered_and_the_connection_stays() {
    let (_directory, listener, socket) = listen();
    let running = Running::start(&socket, TestPlugin::default());
    let mut runtime = Runtime::accept(&listener).await;
    let (invalid, unimplemented) = (3, 12);
    let (service, request) = ("nri.pkg.api.v1alpha1.Plugin", SynchronizeRequest::default());
    assert_eq!(
        runtime.code("Synchronize", &request).await,
        invalid,
        "before Configure"
    );
    assert_eq!(runtime.configure().await, (1 << 14) - 1);
    assert_eq!(
        runtime
            .code(
                "Configure",
                &ConfigureRequest {
                    runtime_version: "v2.3.0".into(),
                    runtime_name: "containerd".into(),
                    ..Default::default()
                }
            )
            .await,
        invalid
    );
    assert_eq!(runtime.code("FrobnicateContainer", &request).await, unimplemented);
    assert_eq!(
        runtime.call_on(101, "nri.Other", "Configure", &request).await.0,
        unimplemented
    );
    assert_eq!(
        runtime.call_on(101, service, "Synchronize", &request).await.0,
        invalid,
        "a stream twice"
    );
    assert_eq!(
        runtime.call_on(102, service, "Synchronize", &request).await.0,
        invalid,
        "an even stream"
    );
    runtime.stream_id = 201;
    assert_eq!(
        runtime
            .code("CreateContainer", &CreateContainerRequest::default())
            .await,
        invalid,
        "no pod"
    );
    assert_eq!(
        runtime
            .code("CreateContainer", &"no such message".to_owned())
            .await,
        invalid
    );
    runtime.send_what_is_ignored().await;
    assert!(!running.handle.state().borrow().is_ready());
    assert_eq!(runtime.code("Synchronize", &request).await, 0);
    running.wait(State::is_ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protocol_violation_makes_the_plugin_reconnect() {
    let (_directory, listener, socket) = listen();
    let running = Running::start(&socket, TestPlugin::default());
    for frame in [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]] {
        let mut runtime = Runtime::accept(&listener).await;
        runtime.stream.write_all(&frame).await.unwrap();
        assert!(runtime.receive().await.is_none(), "the plugin closes");
    }
    let mut runtime = Runtime::accept(&listener).await;
    runtime.configure().await;
    assert_eq!(
        runtime.code("Synchronize", &SynchronizeRequest::default()).await,
        0
    );
    running.wait(State::is_ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_that_dies_within_a_frame_is_dropped() {
    let (_directory, listener, socket) = listen();
    let running = Running::start(&socket, TestPlugin::default());
    let mut runtime = Runtime::accept(&listener).await;
    runtime
        .stream
        .write_all(&[0, 0, 0, 1, 0, 0, 1, 0, 1, 2, 3])
        .await
        .unwrap();
    drop(runtime);
    running
        .wait(|state| matches!(state, State::Disconnected(Some(error)) if matches!(**error, Error::Closed)))
        .await;
    Runtime::accept(&listener).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_the_plugin_did_not_ask_for_do_not_reach_it() {
    let (_directory, listener, socket) = listen();
    let running = Running::start(&socket, TestPlugin::wanting(|_| Ok(Events::default())));
    let mut runtime = Runtime::accept(&listener).await;
    let mask = runtime.configure().await;
    assert!(mask.count_ones() == 1, "0 would mean all events");
    let mut event = StateChangeEvent {
        pod: Some(PodSandbox::default()),
        ..StateChangeEvent::default()
    };
    event.set_event(Event::RemovePodSandbox);
    assert_eq!(runtime.code("StateChange", &event).await, 0);
    assert_eq!(
        runtime
            .call("CreateContainer", &CreateContainerRequest::default())
            .await,
        (0, Vec::new())
    );
    assert!(running.plugin.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_update_fails_in_time() {
    let (_directory, listener, socket) = listen();
    let running = Running::start(&socket, TestPlugin::default());
    let mut runtime = Runtime::accept(&listener).await;
    runtime.configure().await;
    runtime.call("Synchronize", &SynchronizeRequest::default()).await;
    running.wait(State::is_ready).await;
    assert!(matches!(
        running.handle.update_containers(Vec::new()).await,
        Err(Error::Timeout)
    ));
    let waiting = tokio::spawn({
        let handle = running.handle.clone();
        async move { handle.update_containers(Vec::new()).await }
    });
    assert!(runtime.receive().await.is_some() && runtime.receive().await.is_some());
    drop(runtime);
    assert!(
        matches!(waiting.await.unwrap(), Err(Error::Closed)),
        "at once when the connection breaks"
    );
}
