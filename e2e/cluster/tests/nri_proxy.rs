//! The NRI proxy passes everything on, and does harm exactly at the ordered step. Runtime and plugin are only
//! bytes on sockets here; `node.rs` has real ones.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use podweave_cluster::{Harm, NriProxy, Step, Strike};
use podweave_nri::api::{CreateContainerRequest, PodSandbox};
use podweave_nri::wire::mux::ConnectionId;
use podweave_nri::wire::outbound;
use podweave_nri::wire::ttrpc::{Kind, Request, Response, ResponseStatus};
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// A timeout that only a failing test reaches.
const PATIENCE: Duration = Duration::from_secs(20);

/// A runtime, a plugin, and the proxy between them.
struct Scene {
    proxy: NriProxy,
    listener: UnixListener,
    runtime: UnixStream,
    plugin: UnixStream,
    last: u32,
    _directory: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let (socket, of_runtime) = (
            directory.path().join("proxy.sock"),
            directory.path().join("runtime.sock"),
        );
        let listener = UnixListener::bind(&of_runtime)?;
        let proxy = NriProxy::start(&socket, &of_runtime)?;
        let plugin = UnixStream::connect(&socket).await?;
        let (runtime, _) = listener.accept().await?;
        Ok(Self {
            proxy,
            listener,
            runtime,
            plugin,
            last: 0,
            _directory: directory,
        })
    }

    /// Opens a new connection after the end of another one.
    async fn reconnect(&mut self) -> Result<()> {
        self.plugin = UnixStream::connect(self.proxy.socket()).await?;
        (self.runtime, self.last) = (self.listener.accept().await?.0, 0);
        Ok(())
    }

    /// Returns the bytes of the next call about this pod, and of its answer.
    fn call(&mut self, method: &str, pod: &str) -> (Vec<u8>, Vec<u8>) {
        self.last += 2;
        let stream = self.last - 1;
        let payload = CreateContainerRequest {
            pod: Some(PodSandbox {
                name: pod.to_owned(),
                ..PodSandbox::default()
            }),
            container: None,
        }
        .encode_to_vec();
        let request = Request {
            service: "nri.pkg.api.v1alpha1.Plugin".to_owned(),
            method: method.to_owned(),
            payload,
            timeout_nano: 0,
        };
        (
            bytes(stream, Kind::Request, &request),
            bytes(
                stream,
                Kind::Response,
                &Response {
                    status: None,
                    payload: vec![1; 100],
                },
            ),
        )
    }

    /// Makes a whole call; true if it was completed.
    async fn succeeds(&mut self, method: &str, pod: &str) -> Result<bool> {
        let (request, answer) = self.call(method, pod);
        self.runtime.write_all(&request).await?;
        if arrived(&mut self.plugin, request.len()).await? != request {
            return Ok(false);
        }
        // The connection may be cut meanwhile.
        let _ = self.plugin.write_all(&answer).await;
        Ok(arrived(&mut self.runtime, answer.len()).await? == answer)
    }
}

fn bytes(stream: u32, kind: Kind, message: &impl Message) -> Vec<u8> {
    outbound(ConnectionId::PLUGIN, stream, kind, &message.encode_to_vec()).expect("it is short")
}

/// Returns how many of these bytes arrive before the connection ends.
async fn arrived(from: &mut UnixStream, length: usize) -> Result<Vec<u8>> {
    let (mut bytes, mut from) = (Vec::new(), from.take(length as u64));
    match tokio::time::timeout(PATIENCE, from.read_to_end(&mut bytes))
        .await
        .context("nothing arrives, and the connection stays open")?
    {
        // The error of an end with unread bytes.
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => Err(error.into()),
        _ => Ok(bytes),
    }
}

#[tokio::test]
async fn unharmed_calls_pass_both_ways_and_are_counted() -> Result<()> {
    let mut scene = Scene::new().await?;
    assert!(
        scene.succeeds("CreateContainer", "web").await?
            && scene.succeeds("CreateContainer", "web").await?
            && scene.succeeds("StopContainer", "web").await?
    );
    let (request, _) = scene.call("CreateContainer", "web");
    scene.runtime.write_all(&request).await?;
    arrived(&mut scene.plugin, request.len()).await?;
    let refusal = Response {
        status: Some(ResponseStatus {
            code: 9,
            message: "no".to_owned(),
        }),
        payload: Vec::new(),
    };
    let refusal = bytes(scene.last - 1, Kind::Response, &refusal);
    scene.plugin.write_all(&refusal).await?;
    assert_eq!(arrived(&mut scene.runtime, refusal.len()).await?, refusal);

    let calls = scene.proxy.calls("CreateContainer");
    assert_eq!(
        (calls.requests, calls.answers, calls.errors, calls.durations.len()),
        (3, 3, 1, 3)
    );
    assert_eq!(
        (
            scene.proxy.calls("StopContainer").answers,
            scene.proxy.calls("Synchronize").answers
        ),
        (1, 0)
    );
    Ok(())
}

#[tokio::test]
async fn a_message_of_many_frames_passes_completely() -> Result<()> {
    let mut scene = Scene::new().await?;
    let request = Request {
        method: "Synchronize".to_owned(),
        payload: vec![7; 3 << 20],
        ..Request::default()
    };
    let request = bytes(1, Kind::Request, &request);
    let (writing, reading) = tokio::join!(
        scene.runtime.write_all(&request),
        arrived(&mut scene.plugin, request.len())
    );
    writing?;
    assert!(reading? == request);
    Ok(())
}

#[tokio::test]
async fn each_step_is_at_its_place() -> Result<()> {
    let mut scene = Scene::new().await?;
    for step in Step::ALL {
        let (request, answer) = scene.call("CreateContainer", "web");
        let mut struck = scene
            .proxy
            .strike(Strike::new("CreateContainer", step, Harm::Cut));
        scene.runtime.write_all(&request).await?;
        let read = arrived(&mut scene.plugin, request.len()).await?;
        // After a cut of the connection, writing has no effect.
        let _ = scene.plugin.write_all(&answer).await;
        let answered = arrived(&mut scene.runtime, answer.len()).await?;
        struck.done(PATIENCE).await?;

        assert_eq!(
            read.len(),
            if step == Step::BeforeRequest {
                0
            } else {
                request.len()
            },
            "{step:?}"
        );
        let expected = match step {
            Step::BeforeRequest | Step::InCall | Step::BeforeAnswer => 0,
            Step::HalfAnswer => answer.len() / 2,
            Step::AfterAnswer => answer.len(),
        };
        assert_eq!(answered, answer[..expected], "{step:?}");
        // Cut, whether or not bytes have passed.
        assert!(
            arrived(&mut scene.runtime, 1).await?.is_empty()
                && arrived(&mut scene.plugin, 1).await?.is_empty(),
            "{step:?}"
        );
        scene.reconnect().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_strike_comes_once_and_only_to_its_call_and_pod() -> Result<()> {
    let mut scene = Scene::new().await?;
    let mut struck = scene
        .proxy
        .strike(Strike::new("CreateContainer", Step::BeforeAnswer, Harm::Cut).of_pod("web"));
    assert!(
        scene.succeeds("StopContainer", "web").await? && scene.succeeds("CreateContainer", "shop").await?
    );
    assert!(!struck.is_done());
    assert!(!scene.succeeds("CreateContainer", "web").await?);
    struck.done(PATIENCE).await?;
    scene.reconnect().await?;
    assert!(scene.succeeds("CreateContainer", "web").await?);
    Ok(())
}

#[tokio::test]
async fn nothing_passes_before_the_harm_is_done() -> Result<()> {
    let mut scene = Scene::new().await?;
    let (request, answer) = scene.call("CreateContainer", "web");
    let was_called = Arc::new(AtomicBool::new(false));
    let called = Arc::clone(&was_called);
    let _delayed = scene.proxy.strike(Strike::new(
        "CreateContainer",
        Step::InCall,
        Harm::Delay(Duration::from_millis(50)),
    ));
    let _called = scene.proxy.strike(Strike::new(
        "CreateContainer",
        Step::InCall,
        Harm::Call(Arc::new(move || called.store(true, Ordering::SeqCst))),
    ));
    scene.runtime.write_all(&request).await?;
    arrived(&mut scene.plugin, request.len()).await?;
    scene.plugin.write_all(&answer).await?;
    // The call comes after the delay, the answer after the call.
    assert_eq!(arrived(&mut scene.runtime, answer.len()).await?, answer);
    assert!(was_called.load(Ordering::SeqCst));
    Ok(())
}

#[tokio::test]
async fn a_plugin_in_the_tests_process_is_not_killed_with_it() -> Result<()> {
    let mut scene = Scene::new().await?;
    let mut struck = scene
        .proxy
        .strike(Strike::new("CreateContainer", Step::InCall, Harm::Kill));
    assert!(!scene.succeeds("CreateContainer", "web").await?);
    let error = struck.done(PATIENCE).await.expect_err("no process was killed");
    assert_eq!(error.to_string(), "kill: the plugin is in this process");
    Ok(())
}

#[tokio::test]
async fn refused_plugins_reconnect_when_the_proxy_is_restored() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.proxy.refuse();
    assert!(
        arrived(&mut scene.plugin, 1).await?.is_empty() && arrived(&mut scene.runtime, 1).await?.is_empty()
    );
    let mut refused = UnixStream::connect(scene.proxy.socket()).await?;
    assert!(arrived(&mut refused, 1).await?.is_empty());
    scene.proxy.restore();
    scene.reconnect().await?;
    assert!(scene.succeeds("CreateContainer", "web").await?);
    assert_eq!(scene.proxy.connections(), 1);
    Ok(())
}

#[tokio::test]
async fn without_a_runtime_the_plugins_connection_is_closed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let proxy = NriProxy::start(
        &directory.path().join("proxy.sock"),
        &PathBuf::from("/nonexistent/nri.sock"),
    )?;
    let mut plugin = UnixStream::connect(proxy.socket()).await?;
    assert!(arrived(&mut plugin, 1).await?.is_empty());
    Ok(())
}
