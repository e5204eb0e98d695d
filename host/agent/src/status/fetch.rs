//! Fetches the status of this node from its agent.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::rt::TokioIo;
use podweave_core::api::API_VERSION;
use podweave_core::text;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{KIND, NodeStatus, PATH};

/// The timeout of the agent's answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The maximum size of an answer.
const MAX_BYTES: usize = 64 << 20;

/// The reason why there is no status. [`FetchError::remedy`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No process listens at the socket.
    #[error("no agent answers at {}: {}", .socket.display(), what_is_there(.error))]
    Connect {
        /// The socket.
        socket: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// The agent does not answer in time.
    #[error("the agent at {} does not answer within {} s", .socket.display(), PATIENCE.as_secs())]
    Timeout {
        /// The socket.
        socket: PathBuf,
    },
    /// The answer is not that of an agent of this version.
    #[error("the process that answers at {} is not an agent of this podweave version: {reason}", .socket.display())]
    Answer {
        /// The socket.
        socket: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl FetchError {
    /// Returns what to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Connect { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                "run this where the agent runs (kubectl exec -n podweave ds/podweave-agent -- podweave ...), or name its socket: --socket, or statusSocket in its configuration"
            }
            Self::Connect { error, .. } if error.kind() == io::ErrorKind::PermissionDenied => {
                "run this as root"
            }
            Self::Connect { .. } => "find out why it has ended: kubectl get pods -n podweave -o wide",
            Self::Timeout { .. } => {
                "check its log: kubectl logs -n podweave -l app.kubernetes.io/component=agent"
            }
            Self::Answer { .. } => "use the podweave of the agent's own image",
        }
    }
}

fn what_is_there(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such socket".to_owned(),
        io::ErrorKind::ConnectionRefused => "no process listens there any more".to_owned(),
        _ => error.to_string(),
    }
}

/// Fetches the status from the agent that listens at this socket.
///
/// # Errors
/// No agent listens there, it does not answer in time, or it answers something else.
pub async fn fetch(socket: &Path) -> Result<NodeStatus, FetchError> {
    timeout(PATIENCE, ask(socket)).await.unwrap_or_else(|_| {
        Err(FetchError::Timeout {
            socket: socket.to_owned(),
        })
    })
}

async fn ask(socket: &Path) -> Result<NodeStatus, FetchError> {
    let answer = |reason: String| FetchError::Answer {
        socket: socket.to_owned(),
        reason: text::printable(&reason, 300),
    };
    let stream = UnixStream::connect(socket)
        .await
        .map_err(|error| FetchError::Connect {
            socket: socket.to_owned(),
            error,
        })?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| answer(error.to_string()))?;
    let request = Request::get(PATH)
        .header(header::HOST, "podweave")
        .body(Empty::<Bytes>::new())
        .map_err(|error| answer(error.to_string()))?;
    let exchange = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| answer(error.to_string()))?;
        if response.status() != StatusCode::OK {
            return Err(answer(format!("it answers {}", response.status())));
        }
        let body = Limited::new(response.into_body(), MAX_BYTES)
            .collect()
            .await
            .map_err(|error| answer(error.to_string()))?;
        Ok(body.to_bytes())
    };
    let body = tokio::select! {
        body = exchange => body,
        // An error of the connection also ends the exchange, which knows whether the answer was complete.
        () = async { drop(connection.await); std::future::pending().await } => Err(answer("it closed the connection".to_owned())),
    }?;
    let status: NodeStatus = serde_json::from_slice(&body).map_err(|error| {
        answer(format!(
            "line {}, column {}: not a {KIND}",
            error.line(),
            error.column()
        ))
    })?;
    if (status.api_version.as_str(), status.kind.as_str()) != (API_VERSION, KIND) {
        return Err(answer(format!(
            "it sends a {} of {}",
            text::quoted(&status.kind),
            text::quoted(&status.api_version)
        )));
    }
    Ok(status)
}
