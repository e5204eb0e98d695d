//! Defines the errors of connections and requests.

use std::time::Duration;

use tokio::time::Instant;

/// Why [`crate::ApiServer`] cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum ApiServerError {
    /// The URL of the API server cannot be used.
    #[error("the API server's URL {url}: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// Why it cannot be used.
        reason: &'static str,
    },
    /// A proxy is configured.
    #[error(
        "the API server is configured to be reached through a proxy (proxy-url), which podweave does not support; use a kubeconfig without it"
    )]
    Proxy,
    /// The certificates or keys cannot be used.
    #[error("the TLS settings for the API server cannot be used: {0}")]
    Tls(#[source] Box<kube::Error>),
    /// The credentials cannot be read.
    #[error("the credentials for the API server cannot be used: {0}")]
    Credentials(String),
    /// There is no tokio runtime.
    #[error("a connection to the API server needs a tokio runtime")]
    NoRuntime,
}

/// Why there is no connection. All callers that wait for one get this.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct DialError(String);

impl DialError {
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub fn at(self, host: &str, port: u16) -> Self {
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        Self(format!(
            "no connection to the API server at {host}:{port}: {}",
            self.0
        ))
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error("the credentials for the API server cannot be used: {0}")]
    Credentials(String),
    #[error("the API server did not answer within {0:?}")]
    Timeout(Duration),
    #[error("the connection to the API server broke: {0}")]
    Cut(String),
}

/// Why the body of an answer ended early.
#[derive(Debug, thiserror::Error)]
#[error("the connection to the API server broke: {message}")]
pub(crate) struct BodyError {
    pub message: String,
    pub last_received: Instant,
}
