//! What a store tells while it works.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use podweave_core::digest::Digest;
use podweave_sandbox::compiled::NotUsable;

use crate::error::StoreError;
use crate::trust::Prefix;

/// Whom a store tells.
pub type Observer = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// Something that a person may want to see while a plugin is made ready.
#[derive(Debug)]
pub enum Event<'a> {
    /// A component is being compiled, which takes a while.
    Compiling {
        /// The plugin, as it was asked for.
        plugin: &'a str,
        /// Bytes of the component.
        size: usize,
    },
    /// It is compiled.
    Compiled {
        /// The plugin, as it was asked for.
        plugin: &'a str,
    },
    /// A component is being pulled.
    Pulling {
        /// The plugin, by its digest.
        plugin: &'a str,
    },
    /// Some of it is here.
    Progress {
        /// The plugin, by its digest.
        plugin: &'a str,
        /// Bytes that are here.
        done: u64,
        /// Bytes of the component.
        total: u64,
    },
    /// All of it is here.
    Pulled {
        /// The plugin, by its digest.
        plugin: &'a str,
        /// Bytes of the component.
        size: u64,
        /// How long that took.
        took: Duration,
    },
    /// A plugin of a registry may run; said once for each manifest and namespace.
    Trusted {
        /// The plugin, as it was asked for.
        plugin: &'a str,
        /// The manifest's digest, which counts.
        manifest: Digest,
        /// The namespace of the pod.
        namespace: &'a str,
        /// The rule that allows it.
        rule: &'a Prefix,
        /// Who has signed it, if the rule asks for that.
        signed_by: Option<&'a str>,
    },
    /// The registry does not say what a tag means, so it means what it meant last.
    LastKnownGood {
        /// The plugin, as it was asked for.
        plugin: &'a str,
        /// The manifest's digest.
        manifest: Digest,
        /// When the registry said so.
        resolved: SystemTime,
        /// Why it does not say now.
        reason: &'a StoreError,
    },
    /// Code was there and could not be used; it is made anew.
    CacheUnusable {
        /// The plugin, as it was asked for.
        plugin: &'a str,
        /// Why.
        reason: &'a NotUsable,
    },
    /// Code could not be kept; the next process compiles again.
    CacheNotWritten {
        /// The cache's directory.
        directory: &'a Path,
        /// Why.
        reason: String,
    },
}
