//! Errors of the connection.

use std::path::PathBuf;

use crate::Status;
use crate::wire::Violation;

/// Why there is no connection, or why a call of the runtime failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A runtime would refuse this name or index.
    #[error("{0:?} cannot be a plugin's index and name: two digits, a dash, and letters, digits or \"_.+-\"")]
    Name(String),
    /// There is nothing to connect to.
    #[error("cannot connect to {socket:?}: {source} (is NRI enabled in the runtime, and the socket's directory mounted, not the socket?)")]
    Connect {
        /// Where.
        socket: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection to the runtime broke: {0}")]
    Io(#[from] std::io::Error),
    /// The connection is closed. So it does when it refuses a plugin or has waited too long for it: its log says which.
    #[error("the runtime closed the connection")]
    Closed,
    /// The runtime does not keep to the protocol.
    #[error("the runtime does not keep to the protocol: {0}")]
    Protocol(#[from] Violation),
    /// The runtime did not take the registration.
    #[error("the plugin was not registered: {0}")]
    Registration(#[source] Box<Error>),
    /// The plugin would not have the runtime: its handler of Configure or Synchronize answered with this.
    #[error("the plugin refused the runtime: {0}")]
    Refused(#[source] Status),
    /// The runtime answered with an error.
    #[error("the runtime says: {0}")]
    Runtime(#[source] Status),
    /// The runtime did not answer in time.
    #[error("the runtime did not answer in time")]
    Timeout,
    /// The runtime has not accepted the plugin, or not yet.
    #[error("there is no runtime at the moment")]
    NotReady,
    /// The request is longer than 4 MiB.
    #[error("the request is longer than 4 MiB")]
    TooLarge,
}
