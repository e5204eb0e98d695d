//! The agent's HTTP and its status: which client may request what, and what hostile clients cannot do.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::http::{self, Health, HttpError};
use podweave_agent::status::{
    Agent, ApiServerStatus, ContainerState, ContainerStatus, FetchError, NodeStatus, PluginStatus, PodStatus,
    RuntimeState, RuntimeStatus, fetch,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::task::JoinSet;

/// A simulated agent with settable health.
#[derive(Default)]
struct Told {
    dead: Mutex<Option<String>>,
    missing: Mutex<Vec<String>>,
}

impl Health for Told {
    fn live(&self) -> Result<(), String> {
        self.dead.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn ready(&self) -> Result<(), Vec<String>> {
        let missing = self.missing.lock().unwrap().clone();
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    }

    fn status(&self) -> NodeStatus {
        status()
    }
}

fn container(name: &str, state: ContainerState) -> ContainerStatus {
    ContainerStatus {
        name: name.to_owned(),
        state,
        plugins: vec![PluginStatus {
            reference: "handlebars".to_owned(),
            digest: Some("sha256:00".to_owned()),
        }],
        inputs_digest: None,
        output_digest: None,
        rendered_at: Some((UNIX_EPOCH + Duration::from_secs(1_790_000_000)).into()),
        oldest_input_seconds: Some(3),
        failure: None,
    }
}

fn status() -> NodeStatus {
    let runtime = RuntimeStatus {
        state: RuntimeState::Ready,
        failure: None,
        name: Some("containerd".into()),
        version: None,
        nri: None,
        request_timeout_millis: None,
    };
    let agent = Agent {
        version: "0.1.0".into(),
        node: "node".into(),
        started_at: (UNIX_EPOCH + Duration::from_secs(1_790_000_000)).into(),
        runtime,
        api_server: ApiServerStatus {
            reachable: true,
            failure: None,
            failed_at: None,
        },
        protection: None,
    };
    let pod = |name: &str, failure: Option<&str>, containers| PodStatus {
        namespace: "shop".into(),
        name: name.into(),
        uid: format!("uid-{name}"),
        failure: failure.map(str::to_owned),
        containers,
    };
    let states = [
        ContainerState::Rendered,
        ContainerState::Skipped,
        ContainerState::Ignored,
        ContainerState::Failed,
        ContainerState::Waiting,
    ];
    let containers = states.map(|state| container(state.name(), state)).to_vec();
    NodeStatus::new(
        agent,
        vec![
            pod("web", None, containers),
            pod(
                "api",
                Some("annotation podweave.dev/plugin: is required"),
                Vec::new(),
            ),
        ],
    )
}

struct Bench {
    directory: tempfile::TempDir,
    configuration: AgentConfiguration,
    told: Arc<Told>,
    tasks: JoinSet<()>,
}

impl Bench {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Other processes do not get this port again soon.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let configuration = AgentConfiguration {
            listen_address: free,
            status_socket: directory.path().join("run/agent.sock"),
            ..AgentConfiguration::default()
        };
        let mut bench = Self {
            directory,
            configuration,
            told: Arc::default(),
            tasks: JoinSet::new(),
        };
        bench.serve().await.unwrap();
        bench
    }

    async fn serve(&mut self) -> Result<(), HttpError> {
        let mut registry = Registry::default();
        let answer: Counter = Counter::default();
        answer.inc_by(42);
        registry.register("answer", "The answer", answer);
        http::serve(
            &mut self.tasks,
            &self.configuration,
            registry,
            Arc::clone(&self.told) as Arc<dyn Health>,
        )
        .await
    }

    fn address(&self) -> SocketAddr {
        self.configuration.listen_address
    }

    fn socket(&self) -> PathBuf {
        self.configuration.status_socket.clone()
    }

    async fn port(&self, request: &str) -> String {
        let (address, request) = (self.address(), request.to_owned());
        blocking(move || exchange(TcpStream::connect(address).unwrap(), &request)).await
    }

    async fn over_socket(&self, request: &str) -> String {
        let (socket, request) = (self.socket(), request.to_owned());
        blocking(move || exchange(UnixStream::connect(socket).unwrap(), &request)).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn exchange(mut stream: impl std::io::Read + std::io::Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    // The server may close the connection early; what it sent until then counts.
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: agent\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_say_what_is_wrong() {
    let bench = Bench::new().await;
    for path in ["/healthz", "/readyz"] {
        for answer in [bench.port(&get(path)).await, bench.over_socket(&get(path)).await] {
            assert!(
                answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nok\n"),
                "{answer}"
            );
        }
    }
    *bench.told.dead.lock().unwrap() = Some("a task has ended".to_owned());
    *bench.told.missing.lock().unwrap() = vec!["no runtime".to_owned(), "no pods yet".to_owned()];
    let (health, ready) = (
        bench.port(&get("/healthz")).await,
        bench.port(&get("/readyz")).await,
    );
    assert!(
        health.starts_with("HTTP/1.1 503 ") && health.ends_with("\r\n\r\na task has ended\n"),
        "{health}"
    );
    assert!(
        ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("\r\n\r\nno runtime\nno pods yet\n"),
        "{ready}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_those_of_the_registry_and_of_http() {
    let bench = Bench::new().await;
    bench.port(&get("/healthz")).await;
    bench.port(&get("/secret-looking-path")).await;
    let answer = bench.port(&get("/metrics")).await;
    assert!(
        answer.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
        "{answer}"
    );
    for line in [
        "answer_total 42\n",
        "podweave_http_requests_total{side=\"port\",route=\"/healthz\",code=\"200\"} 1\n",
        "podweave_http_requests_total{side=\"port\",route=\"other\",code=\"404\"} 1\n",
        "# EOF\n",
    ] {
        assert!(answer.contains(line), "{line}{answer}");
    }
    assert!(
        !answer.contains("secret-looking-path"),
        "paths do not become series"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_on_the_socket_only() {
    let bench = Bench::new().await;
    assert_eq!(fetch(&bench.socket()).await.unwrap(), status());
    let answer = bench.port(&get("/v1/status")).await;
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && !answer.contains("shop"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_get_is_answered() {
    let bench = Bench::new().await;
    let post = bench
        .port("POST /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello")
        .await;
    assert!(post.starts_with("HTTP/1.1 405 "), "{post}");
    let head = bench.port("HEAD /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(
        head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    let garbage = bench.port("\x16\x03\x01 garbage\r\n\r\n").await;
    assert!(
        garbage.is_empty() || garbage.starts_with("HTTP/1.1 400 "),
        "{garbage}"
    );
    let large = bench
        .port(&format!(
            "GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n",
            "x".repeat(100_000)
        ))
        .await;
    assert!(!large.contains("200 OK"), "{large}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_connections_do_not_block_probes() {
    let bench = Bench::new().await;
    let address = bench.address();
    let held = blocking(move || {
        let connect = |_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /healthz HT").unwrap();
            stream
        };
        (0..200).map(connect).collect::<Vec<_>>()
    })
    .await;
    let answer = bench.port(&get("/healthz")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let cut = blocking(move || {
        let mut first = held.into_iter().next().unwrap();
        first.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        first.read(&mut [0; 1])
    });
    assert!(matches!(cut.await, Ok(0) | Err(_)), "the oldest was closed");
    let metrics = bench.port(&get("/metrics")).await;
    assert!(
        metrics.contains("podweave_http_cut_connections_total{side=\"port\"} 1"),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_is_private_and_removed_with_the_agent() {
    let mut bench = Bench::new().await;
    let metadata = fs::symlink_metadata(bench.socket()).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let parent = bench.socket().parent().unwrap().to_owned();
    assert_eq!(fs::metadata(&parent).unwrap().permissions().mode() & 0o777, 0o700);
    bench.tasks.shutdown().await;
    assert!(!bench.socket().exists());
    assert_eq!(fs::read_dir(&parent).unwrap().count(), 1, "the lock's file stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_agent_is_refused_and_a_stale_socket_replaced() {
    let mut bench = Bench::new().await;
    let mut second = JoinSet::new();
    let configuration = AgentConfiguration {
        listen_address: "127.0.0.1:0".parse().unwrap(),
        ..bench.configuration.clone()
    };
    let error = http::serve(
        &mut second,
        &configuration,
        Registry::default(),
        Arc::clone(&bench.told) as Arc<dyn Health>,
    )
    .await
    .unwrap_err();
    assert!(matches!(error, HttpError::Another { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("another agent of this node is running"),
        "{error}"
    );
    assert_eq!(
        fetch(&bench.socket()).await.unwrap(),
        status(),
        "the first one goes on"
    );

    bench.tasks.shutdown().await;
    // As a killed agent leaves it.
    drop(std::os::unix::net::UnixListener::bind(bench.socket()).unwrap());
    bench.serve().await.unwrap();
    assert_eq!(fetch(&bench.socket()).await.unwrap(), status());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_an_error_with_a_remedy() {
    let bench = Bench::new().await;
    let configuration = AgentConfiguration {
        status_socket: bench.directory.path().join("other.sock"),
        ..bench.configuration.clone()
    };
    let error = http::serve(
        &mut JoinSet::new(),
        &configuration,
        Registry::default(),
        Arc::clone(&bench.told) as Arc<dyn Health>,
    )
    .await
    .unwrap_err()
    .to_string();
    assert!(
        error.starts_with(&format!("cannot listen on {}: ", bench.address()))
            && error.contains("set listenAddress"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_agent_is_an_error_with_a_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("agent.sock");
    let error = fetch(&path).await.unwrap_err();
    assert!(matches!(error, FetchError::Connect { .. }));
    assert!(
        error.to_string().ends_with("agent.sock: there is no such socket")
            && error.remedy().contains("kubectl exec -n podweave"),
        "{error}"
    );
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let error = fetch(&path).await.unwrap_err().to_string();
    assert!(error.contains("no process listens there any more"), "{error}");

    for (answer, reason) in [
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "it answers 404 Not Found",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            "not a NodeStatus",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
            "is not an agent of this podweave version",
        ),
        (
            "SSH-2.0-OpenSSH_9.2\r\n",
            "is not an agent of this podweave version",
        ),
    ] {
        fs::remove_file(&path).unwrap();
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let served = blocking(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let (error, ()) = tokio::join!(fetch(&path), served);
        let error = error.unwrap_err().to_string();
        assert!(error.contains(reason), "{answer}: {error}");
    }
}

#[test]
fn the_document_has_the_shape_that_is_documented() {
    let status = status();
    let counts = status.counts;
    assert_eq!(
        (
            counts.pods,
            counts.containers,
            counts.rendered,
            counts.skipped,
            counts.ignored,
            counts.failed,
            counts.waiting
        ),
        (2, 5, 1, 1, 1, 2, 1)
    );
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(
        (json["apiVersion"].as_str(), json["kind"].as_str()),
        (Some("podweave.dev/v1alpha1"), Some("NodeStatus"))
    );
    assert_eq!(json["agent"]["startedAt"], "2026-09-21T14:13:20Z");
    assert_eq!(json["pods"][0]["name"], "api", "sorted");
    assert_eq!(
        json["pods"][1]["containers"][0]["plugins"][0]["ref"],
        "handlebars"
    );
    assert!(
        json["agent"]["runtime"].get("failure").is_none(),
        "what is not known is left out"
    );
    let time: SystemTime = status.agent.started_at.into();
    assert_eq!(time, UNIX_EPOCH + Duration::from_secs(1_790_000_000));
}
