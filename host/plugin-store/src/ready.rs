//! What a store is asked for, and what it gives.

use std::fmt;
use std::sync::Arc;

use podweave_core::digest::Digest;
use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;
use podweave_sandbox::Plugin;

use crate::registries::PodCredentials;
use crate::shelf::Lease;

/// Who wants which plugin.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The plugin, as an annotation names it.
    pub reference: &'a PluginReference,
    /// The namespace of the pod that wants it; `None`: no pod does yet.
    pub namespace: Option<&'a str>,
    /// The manifest that the pod was given before: a tag means one for as long as the pod lives.
    pub pinned: Option<Digest>,
    /// The pod's credentials for registries.
    pub credentials: PodCredentials,
}

impl<'a> Request<'a> {
    /// A plugin for a new pod of this namespace, which has no credentials of its own.
    #[must_use]
    pub fn new(reference: &'a PluginReference, namespace: &'a str) -> Self {
        Self { namespace: Some(namespace), ..Self::ahead(reference) }
    }

    /// A plugin that pods may want later.
    #[must_use]
    pub fn ahead(reference: &'a PluginReference) -> Self {
        Self { reference, namespace: None, pinned: None, credentials: PodCredentials::default() }
    }
}

/// A plugin that is ready to render, and on which terms. Clones share it; while one lives, nothing of the plugin is removed from disk.
#[derive(Clone)]
pub struct Ready {
    /// The plugin.
    pub plugin: Plugin,
    /// What it may cost and set.
    pub terms: Arc<Terms>,
    /// The manifest that it was pulled by, if it was pulled.
    pub manifest: Option<Digest>,
    pub(crate) leases: Vec<Lease>,
}

impl fmt::Debug for Ready {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Ready")
            .field("digest", &self.plugin.digest())
            .field("manifest", &self.manifest)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

impl Ready {
    /// A plugin on the terms that hold for all.
    #[must_use]
    pub fn on_default_terms(plugin: Plugin) -> Self {
        Self { plugin, terms: Arc::default(), manifest: None, leases: Vec::new() }
    }

    /// Its files on disk, which stay while this lives.
    #[must_use]
    pub fn leases(&self) -> &[Lease] {
        &self.leases
    }
}
