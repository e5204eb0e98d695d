//! What is wrong with a configuration.

use std::io;
use std::path::{Path, PathBuf};

use podweave_core::node::ShapeError;
use podweave_core::yaml::YamlError;

use super::{KIND, NODE_NAME};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It is no YAML.
    #[error("configuration {}: {error}", .path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        error: YamlError,
    },
    /// It is of another kind or version.
    #[error("configuration {}: it is no {KIND} of {}; begin it with `apiVersion: {}` and `kind: {KIND}`", .path.display(), podweave_core::report::API_VERSION, podweave_core::report::API_VERSION)]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// A field is wrong.
    #[error("configuration {}: {error}", .path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Which, and what would be right.
        error: ShapeError,
    },
    /// Nothing says which node this is.
    #[error("nothing says the name of this node; set nodeName in the configuration, or the variable {NODE_NAME} (in a pod from fieldRef spec.nodeName)")]
    NodeName,
}

impl ConfigurationError {
    pub(super) fn absent(path: &Path) -> Self {
        Self::File { path: path.to_owned(), error: io::Error::from(io::ErrorKind::NotFound) }
    }
}
