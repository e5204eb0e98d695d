//! Caches the plugins of one run: each is resolved once, however many pods and cases ask for it.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use podweave_core::reference::PluginReference;
use podweave_pipeline::PluginSource;
use podweave_plugin_store::{Component, ReadyPlugin, Request, StoreError};
use podweave_sandbox::compile::CompileLimits;
use tokio::sync::Mutex;

use crate::session::Session;

/// The plugins that were resolved in this run. A new run creates a new cache, since files change.
pub struct Resolved<'a> {
    session: &'a Session,
    known: Mutex<HashMap<Key, Result<ReadyPlugin, Arc<StoreError>>>>,
}

/// A reference, and the file that a case binds it to.
type Key = (PluginReference, Option<PathBuf>);

impl<'a> Resolved<'a> {
    /// Creates an empty cache.
    pub fn new(session: &'a Session) -> Self {
        Self {
            session,
            known: Mutex::default(),
        }
    }

    async fn plugin(&self, key: Key, namespace: &str) -> Result<ReadyPlugin, Arc<StoreError>> {
        let mut known = self.known.lock().await;
        if let Some(plugin) = known.get(&key) {
            return plugin.clone();
        }
        let plugin = self.load(&key, namespace).await;
        known.insert(key, plugin.clone());
        plugin
    }

    async fn load(&self, (reference, file): &Key, namespace: &str) -> Result<ReadyPlugin, Arc<StoreError>> {
        let store = &self.session.store;
        let Some(file) = file else {
            return store.plugin(&Request::new(reference, namespace)).await;
        };
        let component =
            Component::from_file(file, CompileLimits::default().component_bytes).map_err(Arc::new)?;
        let plugin = store.ready(&component, reference.as_str()).await?;
        Ok(ReadyPlugin::on_default_terms(plugin))
    }
}

impl PluginSource for Resolved<'_> {
    async fn plugin(
        &self,
        reference: &PluginReference,
        namespace: &str,
    ) -> Result<ReadyPlugin, Arc<StoreError>> {
        self.plugin((reference.clone(), None), namespace).await
    }
}

/// The plugins of a run for one case, with the files that the case binds.
pub struct WithFiles<'a> {
    pub resolved: &'a Resolved<'a>,
    pub files: &'a BTreeMap<PluginReference, PathBuf>,
}

impl PluginSource for WithFiles<'_> {
    async fn plugin(
        &self,
        reference: &PluginReference,
        namespace: &str,
    ) -> Result<ReadyPlugin, Arc<StoreError>> {
        let is_on_command_line = self
            .resolved
            .session
            .environment
            .plugins
            .iter()
            .any(|(name, _)| name == reference);
        let file = self.files.get(reference).filter(|_| !is_on_command_line);
        self.resolved
            .plugin((reference.clone(), file.cloned()), namespace)
            .await
    }
}
