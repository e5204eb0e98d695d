//! Errors of the connection.

use std::error::Error as _;
use std::path::PathBuf;

use crate::Status;
use crate::wire::Violation;

/// The reason why there is no connection, or why a call of the runtime failed. `Display` shows the error
/// without its causes; [`Error::chain`] has all of them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A runtime would refuse this name or index.
    #[error(
        "{0:?} is not a valid index and name of a plugin; use two digits, a dash, and letters, digits or \"_.+-\""
    )]
    Name(String),
    /// The socket cannot be connected to.
    #[error(
        "cannot connect to {socket:?} (is NRI enabled in the runtime, and the socket's directory mounted, not the socket?)"
    )]
    Connect {
        /// The socket.
        socket: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection to the runtime broke")]
    Io(#[from] std::io::Error),
    /// The runtime closed the connection. It does so, too, if it refuses a plugin or has waited too long for
    /// it; its log has the reason.
    #[error("the runtime closed the connection")]
    Closed,
    /// The runtime violates the protocol.
    #[error("the runtime violates the protocol")]
    Protocol(#[from] Violation),
    /// The runtime refused the registration.
    #[error("the runtime refused to register the plugin")]
    Registration(#[source] Box<Error>),
    /// The plugin refused the runtime: its handler of Configure or Synchronize returned this error.
    #[error("the plugin refused the runtime")]
    Refused(#[source] Status),
    /// The runtime answered with an error.
    #[error("the runtime answered with an error")]
    Runtime(#[source] Status),
    /// The runtime did not answer in time.
    #[error("the runtime did not answer in time")]
    Timeout,
    /// The runtime has not registered the plugin, or not yet.
    #[error("not connected to the runtime")]
    NotReady,
    /// The request is longer than 4 MiB.
    #[error("the request is longer than 4 MiB")]
    TooLarge,
}

impl Error {
    /// Describes the error and its causes in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
