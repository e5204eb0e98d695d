//! The agent's HTTP: health and metrics on a TCP port, and its status on a Unix socket that is for podweave's user only.
//!
//! The port can be reached by every pod of the cluster. So nothing on it costs much, no connection lasts, and when there are too many, the
//! oldest gives way: nobody can keep the kubelet's probes out by holding on.

mod connections;
mod metrics;
mod routes;
mod socket;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing::info;

use crate::configuration::AgentConfiguration;
use crate::directory::DirectoryError;
use crate::status::NodeStatus;

use metrics::{Exposition, Metrics};
use routes::{Routes, Side};
use socket::Socket;

/// What the agent tells of itself. It is asked often: no answer may wait.
pub trait Health: Send + Sync + 'static {
    /// Whether it works; else why it should be started anew.
    ///
    /// # Errors
    /// What a new start would mend.
    fn live(&self) -> Result<(), String>;

    /// Whether it can do its work now.
    ///
    /// # Errors
    /// What is missing.
    fn ready(&self) -> Result<(), Vec<String>>;

    /// What runs on this node.
    fn status(&self) -> NodeStatus;
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The port cannot be had.
    #[error("cannot listen on {address}: {error}; end what has the port, or set listenAddress in the agent's configuration")]
    Port {
        /// The address.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
    /// The socket's directory cannot be used.
    #[error("the status socket: {0}")]
    Directory(#[from] DirectoryError),
    /// The socket cannot be had.
    #[error("cannot listen at {}: {error}; set statusSocket in the agent's configuration to another path", .path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Another agent is running.
    #[error("another agent of this node is running: it holds {}; two of them would refuse each other's containers. End one (two DaemonSets? an agent outside of its pod?)", .lock.display())]
    Another {
        /// What it holds.
        lock: PathBuf,
    },
}

/// Listens on the configured address and socket, and serves until `tasks` are ended. The socket goes with its task.
///
/// # Errors
/// One of them cannot be had; another agent is running.
pub async fn serve(tasks: &mut JoinSet<()>, configuration: &AgentConfiguration, mut registry: Registry, health: Arc<dyn Health>) -> Result<(), HttpError> {
    let metrics = Metrics::default();
    metrics.register(&mut registry);
    let routes = Arc::new(Routes { health, exposition: Exposition::new(registry), metrics });
    let socket = Socket::bind(&configuration.status_socket)?;
    let address = configuration.listen_address;
    let listener = TcpListener::bind(address).await.map_err(|error| HttpError::Port { address, error })?;
    // Port 0 is any: tests ask for it, and have to learn which.
    info!(address = %listener.local_addr().unwrap_or(address), socket = %configuration.status_socket.display(), "health, metrics and status are served");
    let for_socket = Arc::clone(&routes);
    tasks.spawn(async move { connections::serve(&listener, &routes, Side::Port).await });
    tasks.spawn(async move { connections::serve(&socket, &for_socket, Side::Socket).await });
    Ok(())
}
