//! Runs podweave's processes on a node, outside of pods, so that tests can kill, freeze and cut them off.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::directory::Directory;
use crate::metrics::Metrics;
use crate::node::Node;
use crate::server::{Probe, Server};
use crate::{kubeconfig, ports, request};

/// The log message of either process once the runtime calls it.
const ASKED: &str = "synchronized with the runtime";

/// The agent and the guard of a node, which are stopped when this is dropped.
pub struct Podweave {
    agent: Server,
    guard: Server,
    port: u16,
    volumes: PathBuf,
    records: PathBuf,
    plugins: PathBuf,
    status_socket: PathBuf,
    /// The fields of the agent's configuration that this needs.
    needed: Value,
    // Dropped last: the processes write into it.
    directory: Directory,
}

/// The options of agent and guard.
#[derive(Debug, Clone, Default)]
pub struct PodweaveOptions {
    /// The NRI socket of the agent, instead of the node's: an [`crate::NriProxy`], for example.
    pub agent_nri: Option<PathBuf>,
    /// The NRI socket of the guard.
    pub guard_nri: Option<PathBuf>,
    /// The API server's URL for the agent, instead of the cluster's: a [`crate::Proxy`], for example.
    pub api_server: Option<String>,
    /// The memory limits of the agent and the guard in bytes, like those of containers; none by default.
    pub memory: Option<(u64, u64)>,
    /// Fields of the agent's configuration, which override those that this needs.
    pub configuration: serde_json::Map<String, Value>,
}

/// The binary that `make e2e` builds.
fn program() -> Result<PathBuf> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/podweave");
    program
        .canonicalize()
        .with_context(|| format!("there is no {}: run cargo build --release", program.display()))
}

/// The kubeconfig of an administrator, for this URL or for the cluster's own.
async fn kubeconfig(node: &Node<'_>, url: Option<String>) -> Result<String> {
    let url = match url {
        Some(url) => url,
        None => node.cluster().server_url().await?,
    };
    let certificates = &node.cluster().own()?.certificates;
    let kubeconfig = kubeconfig::of_certificate(&url, &certificates.authority, &certificates.admin)?;
    Ok(serde_json::to_string(&kubeconfig)?)
}

/// Limits a process's memory to so many bytes, and sets the allocator as the chart sets it.
fn limited(server: Server, node: &Node<'_>, group: &str, bytes: u64) -> Result<Server> {
    Ok(server
        .in_group(node.limited_group(group, bytes)?)
        .with_env("MALLOC_MMAP_THRESHOLD_", "131072"))
}

impl Podweave {
    /// Prepares both, without starting them.
    pub async fn new(node: &Node<'_>, options: PodweaveOptions) -> Result<Self> {
        let program = program()?;
        let directory = Directory::new()?;
        let port = ports::free()?;
        let path = |name: &str| directory.join(name);
        let (volumes, records, status_socket) =
            (path("run/volumes"), path("lib/records"), path("run/agent.sock"));
        let nri = |socket: &Option<PathBuf>| socket.clone().unwrap_or_else(|| node.nri_socket().to_owned());
        let mut configuration = json!({
            "apiVersion": "podweave.dev/v1alpha1",
            "kind": "AgentConfiguration",
            "nodeName": node.name(),
            "nri": { "socket": nri(&options.agent_nri) },
            "directories": { "volumes": volumes, "records": records, "code": path("lib/code"), "plugins": path("lib/plugins") },
            "statusSocket": status_socket,
            "listenAddress": format!("127.0.0.1:{port}"),
        });
        let needed = configuration.clone();
        for (field, value) in options.configuration {
            configuration[field] = value;
        }
        let file = directory.write("agent.yaml", &configuration.to_string())?;
        let kubeconfig = directory.write("kubeconfig", &kubeconfig(node, options.api_server).await?)?;
        let mut agent = Server::new(
            "agent",
            program.clone(),
            vec!["agent".into(), format!("--config={}", file.display())],
            &directory,
            Probe::Log(ASKED),
        )
        .with_env("KUBECONFIG", &kubeconfig.display().to_string());
        let mut guard = Server::new(
            "guard",
            program,
            vec![
                "guard".into(),
                format!("--socket={}", nri(&options.guard_nri).display()),
            ],
            &directory,
            Probe::Log(ASKED),
        );
        if let Some((of_agent, of_guard)) = options.memory {
            agent = limited(agent, node, "podweave-agent", of_agent)?.with_env("MALLOC_ARENA_MAX", "2");
            guard = limited(guard, node, "podweave-guard", of_guard)?;
        }
        let plugins = path("lib/plugins");
        Ok(Self {
            agent,
            guard,
            port,
            volumes,
            records,
            plugins,
            status_socket,
            needed,
            directory,
        })
    }

    /// Prepares both and starts them.
    pub async fn start(node: &Node<'_>, options: PodweaveOptions) -> Result<Self> {
        let podweave = Self::new(node, options).await?;
        tokio::try_join!(podweave.agent.start(), podweave.guard.start())?;
        Ok(podweave)
    }

    /// Returns the agent's process.
    pub fn agent(&self) -> &Server {
        &self.agent
    }

    /// Returns the guard's process.
    pub fn guard(&self) -> &Server {
        &self.guard
    }

    /// Returns the port of health and metrics, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the agent's metrics.
    pub async fn metrics(&self) -> Result<Metrics> {
        let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .context("the agent does not listen")?;
        let answer = request::get(connection, "/metrics")
            .await
            .context("cannot get the agent's metrics")?;
        ensure!(
            answer.status == 200,
            "the agent's metrics: {} {}",
            answer.status,
            answer.body
        );
        Ok(Metrics::new(answer.body))
    }

    /// Returns the directory of rendered files.
    pub fn volumes(&self) -> &Path {
        &self.volumes
    }

    /// Returns the directory of records.
    pub fn records(&self) -> &Path {
        &self.records
    }

    /// Returns the directory of pulled plugins.
    pub fn plugins(&self) -> &Path {
        &self.plugins
    }

    /// Writes another configuration for the running agent, with these fields overriding those that this
    /// needs.
    pub fn reconfigure(&self, fields: serde_json::Map<String, Value>) -> Result<()> {
        let mut configuration = self.needed.clone();
        for (field, value) in fields {
            configuration[field] = value;
        }
        self.directory
            .write("agent.yaml", &configuration.to_string())
            .map(drop)
    }

    /// Returns the status socket.
    pub fn status_socket(&self) -> &Path {
        &self.status_socket
    }
}
