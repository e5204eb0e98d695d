//! Errors of the agent's configuration file.

use std::io;
use std::path::{Path, PathBuf};

use podweave_core::node::ShapeError;
use podweave_core::yaml::YamlError;

use super::{KIND, NODE_NAME};

/// The reason why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// The file is not valid YAML.
    #[error("configuration {}: {error}", .path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        error: YamlError,
    },
    /// The file has another `kind` or `apiVersion`.
    #[error("configuration {}: it is not an {KIND} of {}; begin it with `apiVersion: {}` and `kind: {KIND}`", .path.display(), podweave_core::api::API_VERSION, podweave_core::api::API_VERSION)]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// A field is wrong.
    #[error("configuration {}: {error}", .path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// The field's path, what is wrong with its value, and what is allowed.
        error: ShapeError,
    },
    /// Neither the configuration nor the environment has the node's name.
    #[error(
        "the name of this node is not set; set nodeName in the configuration, or the variable {NODE_NAME} (in a pod from fieldRef spec.nodeName)"
    )]
    NodeName,
}

impl ConfigurationError {
    pub(super) fn absent(path: &Path) -> Self {
        Self::File {
            path: path.to_owned(),
            error: io::Error::from(io::ErrorKind::NotFound),
        }
    }
}
