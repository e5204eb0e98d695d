//! Provides the plugins of one pod: a tag means one manifest for as long as the pod lives, and the plugins
//! that the pod uses stay on disk. docs/decisions/014-tags-are-pinned.md says why.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use podweave_core::digest::Digest;
use podweave_core::pod::Pod;
use podweave_core::reference::PluginReference;
use podweave_pipeline::PluginSource;
use podweave_plugin_store::{ReadyPlugin, Request, Store, StoreError};

use crate::metrics::Metrics;
use crate::pull_secrets::{Kept, PullSecrets};

/// What the references of a pod resolve to, and its credentials for registries.
#[derive(Default)]
pub(super) struct ResolvedPlugins {
    plugins: Mutex<BTreeMap<PluginReference, Resolved>>,
    pull_secrets: Kept,
}

struct Resolved {
    manifest: Digest,
    /// Keeps the plugin on disk; `None` if the manifest is only known from a record.
    _ready: Option<ReadyPlugin>,
}

impl ResolvedPlugins {
    /// Creates them from a record.
    pub(super) fn recorded(manifests: &BTreeMap<String, Digest>) -> Self {
        let plugins = manifests.iter().filter_map(|(reference, manifest)| {
            Some((
                PluginReference::parse(reference).ok()?,
                Resolved {
                    manifest: *manifest,
                    _ready: None,
                },
            ))
        });
        Self {
            plugins: Mutex::new(plugins.collect()),
            pull_secrets: Kept::default(),
        }
    }

    /// Converts them to what a record keeps.
    pub(super) fn to_record(&self) -> BTreeMap<String, Digest> {
        self.lock()
            .iter()
            .map(|(reference, resolved)| (reference.to_string(), resolved.manifest))
            .collect()
    }

    fn get(&self, reference: &PluginReference) -> Option<Digest> {
        self.lock().get(reference).map(|resolved| resolved.manifest)
    }

    fn keep(&self, reference: &PluginReference, ready: &ReadyPlugin) {
        if let Some(manifest) = ready.manifest {
            self.lock().insert(
                reference.clone(),
                Resolved {
                    manifest,
                    _ready: Some(ready.clone()),
                },
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PluginReference, Resolved>> {
        self.plugins.lock()
    }
}

/// Answers for one pod.
pub(super) struct PodPlugins<'a> {
    pub store: &'a Store,
    pub pull_secrets: &'a PullSecrets,
    pub metrics: &'a Metrics,
    pub pod: &'a Pod,
    pub resolved_plugins: Arc<ResolvedPlugins>,
}

impl PluginSource for PodPlugins<'_> {
    async fn plugin(
        &self,
        reference: &PluginReference,
        namespace: &str,
    ) -> Result<ReadyPlugin, Arc<StoreError>> {
        self.get(reference, namespace)
            .await
            .inspect_err(|error| self.metrics.count_plugin_failure(error.name()))
    }
}

impl PodPlugins<'_> {
    async fn get(
        &self,
        reference: &PluginReference,
        namespace: &str,
    ) -> Result<ReadyPlugin, Arc<StoreError>> {
        let mut request = Request {
            pinned: self.resolved_plugins.get(reference),
            ..Request::new(reference, namespace)
        };
        // Checked first: a pod must not make the agent read Secrets for a plugin that the pod may not use.
        if self.store.is_for_registry(&request)? && self.store.settings().pod_credentials {
            request.credentials = self
                .pull_secrets
                .of(self.pod, &self.resolved_plugins.pull_secrets)
                .await;
        }
        let ready = self.store.plugin(&request).await?;
        self.resolved_plugins.keep(reference, &ready);
        Ok(ready)
    }
}
