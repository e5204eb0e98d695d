//! An agent that serves, and a status for it to serve.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::for_tests::http::{self, Health, HttpError};
use podweave_agent::status::{
    Agent, ApiServerStatus, ContainerState, ContainerStatus, NodeStatus, PluginStatus, PodStatus,
    RuntimeState, RuntimeStatus,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::task::JoinSet;

/// A simulated agent with settable health.
#[derive(Default)]
pub struct Told {
    pub dead: Mutex<Option<String>>,
    pub missing: Mutex<Vec<String>>,
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

pub fn container(name: &str, state: ContainerState) -> ContainerStatus {
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
        change: None,
    }
}

pub fn status() -> NodeStatus {
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

pub struct Bench {
    pub directory: tempfile::TempDir,
    pub configuration: AgentConfiguration,
    pub told: Arc<Told>,
    pub tasks: JoinSet<()>,
}

impl Bench {
    pub async fn new() -> Self {
        let mut registry = Registry::default();
        let answer: Counter = Counter::default();
        answer.inc_by(42);
        registry.register("answer", "The answer", answer);
        Self::with(registry).await
    }

    pub async fn with(registry: Registry) -> Self {
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
        bench.serve(registry).await.unwrap();
        bench
    }

    pub async fn serve(&mut self, registry: Registry) -> Result<(), HttpError> {
        http::serve(
            &mut self.tasks,
            &self.configuration,
            registry,
            Arc::clone(&self.told) as Arc<dyn Health>,
        )
        .await
    }

    pub fn address(&self) -> SocketAddr {
        self.configuration.listen_address
    }

    pub fn socket(&self) -> PathBuf {
        self.configuration.status_socket.clone()
    }

    pub async fn port(&self, request: &str) -> String {
        let (address, request) = (self.address(), request.to_owned());
        blocking(move || exchange(TcpStream::connect(address).unwrap(), &request)).await
    }

    pub async fn over_socket(&self, request: &str) -> String {
        let (socket, request) = (self.socket(), request.to_owned());
        blocking(move || exchange(UnixStream::connect(socket).unwrap(), &request)).await
    }
}

pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

pub fn exchange(mut stream: impl std::io::Read + std::io::Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    // The server may close the connection early; what it sent until then counts.
    let _ = stream.read_to_string(&mut answer);
    answer
}

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: agent\r\n\r\n")
}
