//! Why a source of ConfigMaps fails.

use std::time::Duration;

use tokio::time::Instant;

/// The kind of a failure, as far as a caller can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The version to continue from is too old (410 Gone, Expired): start with a fresh watch.
    Expired,
    /// The source refuses (401, 403), and will do so until the permissions are corrected.
    Refused,
    /// The source is busy and asks to wait (429, 503).
    Busy,
    /// No connection, a cut connection, or no answer in time.
    Unreachable,
    /// The answer is invalid, or the source failed internally (5xx).
    Broken,
}

/// A read or a watch that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// The kind of failure.
    pub kind: FailureKind,
    /// What happened and what to do, without the name of the ConfigMap and without any of its contents.
    pub message: String,
    /// How long the source asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
    /// When the failed connection last received something: up to then, a watch had reported everything.
    pub last_received: Option<Instant>,
}

impl SourceError {
    /// Creates a failure with only a kind and a message.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
            last_received: None,
        }
    }
}
