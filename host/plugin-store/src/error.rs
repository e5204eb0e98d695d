//! Why a reference gives no plugin.

use std::io;
use std::path::PathBuf;

use std::sync::Arc;
use std::time::Duration;

use podweave_core::text;
use podweave_registry::{DockerConfigError, RegistryError};
use podweave_sandbox::LoadError;
use podweave_sandbox::compile::CompileError;

use crate::trust::Denied;

/// Why a reference gives no plugin.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing is known by this name.
    #[error(
        "there is no plugin {reference}{suggestion}; built in are {built_in}. Another one is given as --plugin {name}=FILE.wasm, on a node in the agent's configuration (plugins)"
    )]
    Unknown {
        /// The reference, quoted.
        reference: String,
        /// The reference as it is.
        name: String,
        /// The nearest name, as text to append.
        suggestion: String,
        /// The built-in names, as text.
        built_in: String,
    },
    /// It is meant to be in a registry, and is no reference to one.
    #[error("{0}")]
    Reference(String),
    /// The policy does not let it run.
    #[error("plugin {reference} may not run: {reason}")]
    NotTrusted {
        /// The reference.
        reference: String,
        /// Why.
        reason: Denied,
    },
    /// Its name is for other namespaces.
    #[error("plugin {name} is for the namespaces {allowed}, and not for {}; the platform's engineer can add it (plugins in the agent's configuration)", text::quoted(.namespace))]
    NotForNamespace {
        /// The plugin's name.
        name: String,
        /// The namespaces, as text.
        allowed: String,
        /// The pod's.
        namespace: String,
    },
    /// There are credentials for its registry that cannot be read.
    #[error("plugin {reference}: {error}")]
    Credentials {
        /// The reference.
        reference: String,
        /// What is wrong with them.
        error: DockerConfigError,
    },
    /// A registry does not give it.
    #[error("{error}")]
    Registry {
        /// Why.
        error: RegistryError,
    },
    /// It failed a moment ago.
    #[error("{error} (not tried again before {} s are over)", .left.as_secs() + 1)]
    BackOff {
        /// What went wrong.
        error: Arc<StoreError>,
        /// The pause that is left.
        left: Duration,
    },
    /// It could not be compiled, maybe by an earlier process.
    #[error("{source_name}: {reason} (not tried again before {} s are over; to try at once, remove {})", .left.as_secs() + 1, .file.display())]
    CompileFailedBefore {
        /// The file, or the built-in plugin.
        source_name: String,
        /// What went wrong.
        reason: String,
        /// The pause that is left.
        left: Duration,
        /// What remembers it.
        file: PathBuf,
    },
    /// Registries must not be asked.
    #[error(
        "plugin {reference} is not here, and registries are not asked (pull policy Never); pull it: podweave plugin pull {reference}, or render with --pull missing"
    )]
    NotHere {
        /// The reference.
        reference: String,
    },
    /// There is no place for what is pulled.
    #[error("plugins cannot be kept in {}: {reason}; free space there, or see to its owner and mode", .directory.display())]
    NoPlaceForPlugins {
        /// The directory.
        directory: PathBuf,
        /// The system's error.
        reason: String,
    },
    /// What was pulled has changed since.
    #[error("{source_name}: the component on disk is not what was pulled (it has the digest {actual}); it is thrown away, and pulled again next time")]
    Damaged {
        /// The plugin.
        source_name: String,
        /// The digest of what is there.
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
    /// It cannot be compiled.
    #[error("{source_name}: {error}")]
    Compile {
        /// The file, or the built-in plugin.
        source_name: String,
        /// Why.
        error: CompileError,
    },
    /// It is no plugin for this podweave.
    #[error("{source_name}: {error}")]
    Load {
        /// The file, or the built-in plugin.
        source_name: String,
        /// Why.
        error: LoadError,
    },
    /// There is no place for its code, not even in memory.
    #[error("there is no place for compiled code: {0}")]
    NoPlace(io::Error),
}

impl StoreError {
    /// Whether the same may go well a moment later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Registry { error } => error.failure.may_pass(),
            Self::BackOff { error, .. } => error.may_pass(),
            _ => false,
        }
    }
}
