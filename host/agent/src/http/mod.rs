//! Serves the agent's HTTP: health and metrics on a TCP port, and its status on a Unix socket that only
//! podweave's user can use.
//!
//! Every pod of the cluster can reach the port. So every answer is cheap, no connection lasts long, and if
//! there are too many connections, the oldest is closed: idle connections cannot keep the kubelet's probes
//! out.

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
use routes::Routes;
use socket::Socket;

/// The listener that a request came to, and so its possible clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The TCP port: every pod of the cluster can connect, so answers name no pods.
    Port,
    /// The Unix socket: only podweave's user on this node can connect.
    Socket,
}

/// Reports the agent's health and status. Called often: no method may wait.
pub trait Health: Send + Sync + 'static {
    /// Checks whether the agent works, or should be restarted.
    ///
    /// # Errors
    /// The reason why it should be restarted.
    fn live(&self) -> Result<(), String>;

    /// Checks whether the agent can do its work now.
    ///
    /// # Errors
    /// What is missing.
    fn ready(&self) -> Result<(), Vec<String>>;

    /// Returns the status of this node.
    fn status(&self) -> NodeStatus;
}

/// The reason why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The agent cannot listen on the port.
    #[error(
        "cannot listen on {address}: {error}; stop the process that uses the port, or set listenAddress in the agent's configuration"
    )]
    Port {
        /// The address.
        address: SocketAddr,
        /// The cause.
        error: io::Error,
    },
    /// The socket's directory cannot be used.
    #[error("the status socket: {0}")]
    Directory(DirectoryError),
    /// The agent cannot listen at the socket.
    #[error("cannot listen at {}: {error}; set statusSocket in the agent's configuration to another path", .path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// Another agent is running on this node.
    #[error("another agent of this node is running: it holds {}; two agents would refuse each other's containers. Stop one of them (check for a second DaemonSet, or an agent outside of its pod)", .lock.display())]
    Another {
        /// The lock file that it holds.
        lock: PathBuf,
    },
}

// Not `#[from]`, which would make it a source: the message contains it already.
impl From<DirectoryError> for HttpError {
    fn from(error: DirectoryError) -> Self {
        Self::Directory(error)
    }
}

/// Listens on the configured address and socket, and serves until `tasks` are ended. The socket is removed
/// with its task.
///
/// # Errors
/// The agent cannot listen on one of them; another agent is running.
pub async fn serve(
    tasks: &mut JoinSet<()>,
    configuration: &AgentConfiguration,
    mut registry: Registry,
    health: Arc<dyn Health>,
) -> Result<(), HttpError> {
    let metrics = Metrics::default();
    metrics.register(&mut registry);
    let routes = Arc::new(Routes {
        health,
        exposition: Exposition::new(registry),
        metrics,
    });
    let socket = Socket::bind(&configuration.status_socket)?;
    let address = configuration.listen_address;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| HttpError::Port { address, error })?;
    // Port 0 means any free port: tests use it, and have to learn which one it is.
    info!(address = %listener.local_addr().unwrap_or(address), socket = %configuration.status_socket.display(), "serving health, metrics and status");
    let for_socket = Arc::clone(&routes);
    tasks.spawn(async move { connections::serve(&listener, &routes, Side::Port).await });
    tasks.spawn(async move { connections::serve(&socket, &for_socket, Side::Socket).await });
    Ok(())
}
