//! Errors of the plugin store, each with its remedy.

use std::io;
use std::path::PathBuf;

use std::sync::Arc;
use std::time::Duration;

use podweave_core::text;
use podweave_registry::{DockerConfigError, RegistryError};
use podweave_sandbox::LoadError;
use podweave_sandbox::compile::CompileError;

use crate::trust::Denied;

/// Why a reference does not lead to a plugin that can run.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No plugin has this name.
    #[error(
        "unknown plugin {reference}{suggestion}; known plugins are {built_in}. Name another one with --plugin {name}=FILE.wasm, or on a node in the agent's configuration (plugins)"
    )]
    Unknown {
        /// The reference, quoted.
        reference: String,
        /// The reference, not quoted.
        name: String,
        /// The most similar name, as text to append.
        suggestion: String,
        /// The built-in and the configured names, as text.
        built_in: String,
    },
    /// It looks like a reference to a registry, but is not a valid one.
    #[error("{0}")]
    Reference(String),
    /// The trust policy does not allow it.
    #[error("plugin {reference} is not allowed to run: {reason}")]
    NotTrusted {
        /// The reference.
        reference: String,
        /// Why not.
        reason: Denied,
    },
    /// The named plugin is for other namespaces.
    #[error("plugin {name} is allowed in the namespaces {allowed}, not in {}; a platform engineer can add the namespace (plugins in the agent's configuration)", text::quoted(.namespace))]
    NotForNamespace {
        /// The plugin's name.
        name: String,
        /// The allowed namespaces, as text.
        allowed: String,
        /// The pod's namespace.
        namespace: String,
    },
    /// The credentials for its registry are invalid.
    #[error("plugin {reference}: {error}")]
    Credentials {
        /// The reference.
        reference: String,
        /// What is wrong with them.
        error: DockerConfigError,
    },
    /// The registry did not deliver it.
    #[error(transparent)]
    Registry {
        /// Why.
        error: RegistryError,
    },
    /// It failed recently, and the pause before the next attempt is not over.
    #[error("{error} (not retried for {} s)", .left.as_secs() + 1)]
    BackOff {
        /// The failure.
        error: Arc<StoreError>,
        /// The rest of the pause.
        left: Duration,
    },
    /// It could not be compiled, possibly by an earlier process.
    #[error("{source_name}: {reason} (not retried for {} s; to retry at once, remove {})", .left.as_secs() + 1, .file.display())]
    CompileFailedBefore {
        /// The file, or the built-in plugin.
        source_name: String,
        /// The failure.
        reason: String,
        /// The rest of the pause.
        left: Duration,
        /// The file in which the failure is remembered.
        file: PathBuf,
    },
    /// It was not pulled before, and the pull policy does not allow it now.
    #[error(
        "plugin {reference} was not pulled before, and the pull policy Never does not allow to pull it now; pull it: podweave plugin pull {reference}, or render with --pull missing"
    )]
    NotHere {
        /// The reference.
        reference: String,
    },
    /// Pulled plugins cannot be stored.
    #[error("cannot store plugins in {}: {reason}; free space there, or check its owner and mode", .directory.display())]
    NoPlaceForPlugins {
        /// The directory.
        directory: PathBuf,
        /// The system's error.
        reason: String,
    },
    /// The pulled component was changed on disk.
    #[error(
        "{source_name}: the component was changed on disk after it was pulled (it has the digest {actual}); it is removed now, and pulled again next time"
    )]
    Damaged {
        /// The plugin.
        source_name: String,
        /// The digest of the file on disk.
        actual: String,
    },
    /// The file of a component cannot be read.
    #[error("cannot read {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The component cannot be compiled.
    #[error("{source_name}: {error}")]
    Compile {
        /// The file, or the built-in plugin.
        source_name: String,
        /// Why.
        error: CompileError,
    },
    /// The component is not a plugin for this version of podweave.
    #[error("{source_name}: {error}")]
    Load {
        /// The file, or the built-in plugin.
        source_name: String,
        /// Why.
        error: LoadError,
    },
    /// Its code cannot be stored, not even in memory.
    #[error("cannot store compiled code, not even in memory: {0}")]
    NoPlace(io::Error),
}

impl StoreError {
    /// The reason in one word of snake_case, such as `not_trusted`, for metrics. That of an error that is not
    /// retried yet is the error's own.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown",
            Self::Reference(_) => "reference",
            Self::NotTrusted { .. } => "not_trusted",
            Self::NotForNamespace { .. } => "namespace",
            Self::Credentials { .. } => "credentials",
            Self::Registry { .. } => "registry",
            Self::BackOff { error, .. } => error.name(),
            Self::Compile { .. } | Self::CompileFailedBefore { .. } => "compile",
            Self::NotHere { .. } => "not_here",
            Self::NoPlaceForPlugins { .. } | Self::NoPlace(_) => "no_place",
            Self::Damaged { .. } => "damaged",
            Self::File { .. } => "file",
            Self::Load { .. } => "load",
        }
    }

    /// Whether the same request may succeed if it is retried later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Registry { error } => error.failure.may_pass(),
            Self::BackOff { error, .. } => error.may_pass(),
            _ => false,
        }
    }
}
