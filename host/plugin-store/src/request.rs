//! Requests to a store, and the ready plugins that it returns: the two ends of a plugin's way.

use std::fmt;
use std::sync::Arc;

use podweave_core::digest::Digest;
use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;
use podweave_sandbox::Plugin;

use crate::disk_cache::Lease;
use crate::settings::PodCredentials;

/// A request for a plugin.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The plugin, as an annotation names it.
    pub reference: &'a PluginReference,
    /// The namespace of the pod; `None` if the request is not for a pod.
    pub namespace: Option<&'a str>,
    /// The manifest that the pod was given before: a tag means the same manifest for as long as the pod
    /// lives.
    pub pinned: Option<Digest>,
    /// The pod's credentials for registries.
    pub credentials: PodCredentials,
}

impl<'a> Request<'a> {
    /// Requests a plugin for a new pod in this namespace, without pull Secrets of the pod.
    #[must_use]
    pub fn new(reference: &'a PluginReference, namespace: &'a str) -> Self {
        Self {
            namespace: Some(namespace),
            ..Self::ahead(reference)
        }
    }

    /// Requests a plugin before a pod wants it.
    #[must_use]
    pub fn ahead(reference: &'a PluginReference) -> Self {
        Self {
            reference,
            namespace: None,
            pinned: None,
            credentials: PodCredentials::default(),
        }
    }
}

/// A plugin that is ready to render, with its terms. Clones share it; while one lives, the plugin's files
/// stay on disk.
#[derive(Clone)]
pub struct ReadyPlugin {
    /// The plugin.
    pub plugin: Plugin,
    /// What it may use and set.
    pub terms: Arc<Terms>,
    /// The digest of its manifest, if it was pulled.
    pub manifest: Option<Digest>,
    pub(crate) leases: Vec<Lease>,
}

impl fmt::Debug for ReadyPlugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReadyPlugin")
            .field("digest", &self.plugin.digest())
            .field("manifest", &self.manifest)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

impl ReadyPlugin {
    /// A plugin on the default terms.
    #[must_use]
    pub fn on_default_terms(plugin: Plugin) -> Self {
        Self {
            plugin,
            terms: Arc::default(),
            manifest: None,
            leases: Vec::new(),
        }
    }

    /// The leases on its files on disk.
    #[must_use]
    pub fn leases(&self) -> &[Lease] {
        &self.leases
    }
}
