//! Events that a store reports while it works.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use podweave_core::digest::Digest;
use podweave_sandbox::compiled::NotUsable;

use crate::error::StoreError;
use crate::trust::Prefix;

/// Receives the events of a store.
pub type Observer = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// A step or a problem while a store makes a plugin ready.
#[derive(Debug)]
pub enum Event<'a> {
    /// A component is being compiled, which can take seconds.
    Compiling {
        /// The plugin, as it was requested.
        plugin: &'a str,
        /// The component's size in bytes.
        size: usize,
    },
    /// The component is compiled.
    Compiled {
        /// The plugin, as it was requested.
        plugin: &'a str,
        /// How long the compilation took, without waiting for its turn.
        took: Duration,
    },
    /// The component cannot be compiled.
    CompileFailed {
        /// The plugin, as it was requested.
        plugin: &'a str,
        /// Why it cannot be compiled.
        reason: &'a StoreError,
    },
    /// A component is being pulled.
    Pulling {
        /// The plugin, by its digest.
        plugin: &'a str,
    },
    /// A part of the component has arrived.
    Progress {
        /// The plugin, by its digest.
        plugin: &'a str,
        /// The bytes that have arrived.
        done: u64,
        /// The component's size in bytes.
        total: u64,
    },
    /// The component is pulled.
    Pulled {
        /// The plugin, by its digest.
        plugin: &'a str,
        /// The component's size in bytes.
        size: u64,
        /// How long the pull took.
        took: Duration,
    },
    /// The component cannot be pulled.
    PullFailed {
        /// The plugin, by its digest.
        plugin: &'a str,
        /// Why it cannot be pulled.
        reason: &'a StoreError,
    },
    /// A plugin from a registry is allowed to run. Reported once for each manifest and namespace.
    Trusted {
        /// The plugin, as it was requested.
        plugin: &'a str,
        /// The manifest's digest, which identifies the plugin.
        manifest: Digest,
        /// The namespace of the pod.
        namespace: &'a str,
        /// The rule that allows it.
        rule: &'a Prefix,
        /// The signer, if the rule requires a signature.
        signed_by: Option<&'a str>,
    },
    /// The registry does not answer, so the last known manifest of the tag is used.
    LastKnownGood {
        /// The plugin, as it was requested.
        plugin: &'a str,
        /// The manifest's digest.
        manifest: Digest,
        /// When the registry gave this answer.
        resolved: SystemTime,
        /// Why the tag cannot be resolved now.
        reason: &'a StoreError,
    },
    /// Cached code cannot be used. The component is compiled again.
    CacheUnusable {
        /// The plugin, as it was requested.
        plugin: &'a str,
        /// Why the code cannot be used.
        reason: &'a NotUsable,
    },
    /// Code could not be stored. The next process compiles again.
    CacheNotWritten {
        /// The cache's directory.
        directory: &'a Path,
        /// Why it could not be stored.
        reason: String,
    },
}
