//! Defines why a render fails.

use crate::bindings::exports::podweave::plugin::renderer;

/// The result of a render: no value, since all outputs are set through [`outputs`](crate::outputs).
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why a render failed. podweave adds the pod, the container and the plugin to it.
///
/// The message reaches logs and the pod's Events: say what is wrong and what to write instead, but do not
/// repeat a value. `?` turns every [`std::error::Error`] into [`Error::Other`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A value of a ConfigMap that the plugin cannot accept.
    InvalidValue {
        /// The alias of the ConfigMap.
        config_map: String,
        /// The key in it.
        key: String,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// Parameters that the plugin cannot accept.
    InvalidParams {
        /// Where: `env.PORT`, `files[2].path`. Empty for all parameters.
        path: String,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// Anything else.
    Other(String),
}

impl Error {
    /// Creates the error for a value of a ConfigMap that the plugin cannot accept.
    pub fn invalid_value(
        config_map: impl Into<String>,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::InvalidValue {
            config_map: config_map.into(),
            key: key.into(),
            message: message.into(),
        }
    }

    /// Creates the error for parameters that the plugin cannot accept.
    pub fn invalid_params(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidParams {
            path: path.into(),
            message: message.into(),
        }
    }

    /// Creates any other error.
    pub fn other(message: impl Into<String>) -> Self {
        Self::Other(message.into())
    }
}

// `Error` is not a `std::error::Error` itself: that makes this conversion possible, as in `anyhow`.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::Other(message)
    }
}

impl From<Error> for renderer::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidValue {
                config_map,
                key,
                message,
            } => Self::InvalidValue(renderer::InvalidValue {
                config_map,
                key,
                message,
            }),
            Error::InvalidParams { path, message } => {
                Self::InvalidParams(renderer::InvalidParams { path, message })
            }
            Error::Other(message) => Self::Other(message),
        }
    }
}
