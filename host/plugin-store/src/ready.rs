//! What a store is asked for, and what it gives.

use std::sync::Arc;

use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;
use podweave_sandbox::Plugin;

/// Who wants which plugin.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The plugin, as an annotation names it.
    pub reference: &'a PluginReference,
    /// The namespace of the pod that wants it.
    pub namespace: &'a str,
}

impl<'a> Request<'a> {
    /// A plugin for a pod of this namespace.
    #[must_use]
    pub fn new(reference: &'a PluginReference, namespace: &'a str) -> Self {
        Self { reference, namespace }
    }
}

/// A plugin that is ready to render, and on which terms. Clones share it.
#[derive(Clone)]
pub struct Ready {
    /// The plugin.
    pub plugin: Plugin,
    /// What it may cost and set.
    pub terms: Arc<Terms>,
}
