//! Provides the plugins of one pod: a tag means one manifest for as long as the pod lives, and the plugins
//! that the pod uses stay on disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use podweave_core::digest::Digest;
use podweave_core::reference::PluginReference;
use podweave_pipeline::PluginSource;
use podweave_plugin_store::{ReadyPlugin, Request, Store, StoreError};

use super::pod::PodRenders;
use crate::pull_secrets::{Kept, PullSecrets};

/// What the references of a pod resolve to, and its credentials for registries.
#[derive(Default)]
pub(super) struct Pins {
    pins: Mutex<BTreeMap<PluginReference, Pin>>,
    pull_secrets: Kept,
}

struct Pin {
    manifest: Digest,
    /// Keeps the plugin on disk; `None` if the manifest is only known from a record.
    _ready: Option<ReadyPlugin>,
}

impl Pins {
    /// Creates them from a record.
    pub(super) fn recorded(manifests: &BTreeMap<String, Digest>) -> Self {
        let pins = manifests.iter().filter_map(|(reference, manifest)| {
            Some((
                PluginReference::parse(reference).ok()?,
                Pin {
                    manifest: *manifest,
                    _ready: None,
                },
            ))
        });
        Self {
            pins: Mutex::new(pins.collect()),
            pull_secrets: Kept::default(),
        }
    }

    /// Converts them to what a record keeps.
    pub(super) fn to_record(&self) -> BTreeMap<String, Digest> {
        self.lock()
            .iter()
            .map(|(reference, pin)| (reference.to_string(), pin.manifest))
            .collect()
    }

    fn get(&self, reference: &PluginReference) -> Option<Digest> {
        self.lock().get(reference).map(|pin| pin.manifest)
    }

    fn keep(&self, reference: &PluginReference, ready: &ReadyPlugin) {
        if let Some(manifest) = ready.manifest {
            self.lock().insert(
                reference.clone(),
                Pin {
                    manifest,
                    _ready: Some(ready.clone()),
                },
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PluginReference, Pin>> {
        // A panic cannot leave the map in an inconsistent state.
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers for one pod.
pub(super) struct PodPlugins<'a> {
    pub store: &'a Store,
    pub pull_secrets: &'a PullSecrets,
    pub pod: &'a PodRenders,
    pub pins: Arc<Pins>,
}

impl PluginSource for PodPlugins<'_> {
    async fn plugin(
        &self,
        reference: &PluginReference,
        namespace: &str,
    ) -> Result<ReadyPlugin, Arc<StoreError>> {
        let mut request = Request {
            pinned: self.pins.get(reference),
            ..Request::new(reference, namespace)
        };
        // Checked first: a pod must not make the agent read Secrets for a plugin that the pod may not use.
        if self.store.is_for_registry(&request)? && self.store.settings().pod_credentials {
            request.credentials = self.pull_secrets.of(&self.pod.pod, &self.pins.pull_secrets).await;
        }
        let ready = self.store.plugin(&request).await?;
        self.pins.keep(reference, &ready);
        Ok(ready)
    }
}
