//! The plugins of one run: each is looked at once, however many pods and cases ask for it.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use podweave_core::reference::PluginReference;
use podweave_pipeline::PluginSource;
use podweave_plugin_store::{Component, StoreError};
use podweave_sandbox::Plugin;
use podweave_sandbox::compile::CompileLimits;
use tokio::sync::Mutex;

use crate::session::Session;

/// The plugins that were asked for since the run began. A new run makes a new one, since files change.
pub struct Resolved<'a> {
    session: &'a Session,
    known: Mutex<HashMap<Key, Result<Plugin, Arc<StoreError>>>>,
}

/// A reference, and the file that a case binds it to.
type Key = (PluginReference, Option<PathBuf>);

impl<'a> Resolved<'a> {
    /// Nothing is known yet.
    pub fn new(session: &'a Session) -> Self {
        Self { session, known: Mutex::default() }
    }

    async fn plugin(&self, key: Key) -> Result<Plugin, Arc<StoreError>> {
        let mut known = self.known.lock().await;
        if let Some(plugin) = known.get(&key) {
            return plugin.clone();
        }
        let plugin = self.load(&key).await.map_err(Arc::new);
        known.insert(key, plugin.clone());
        plugin
    }

    async fn load(&self, (reference, file): &Key) -> Result<Plugin, StoreError> {
        let store = &self.session.store;
        match file {
            None => store.plugin(reference).await,
            Some(file) => store.ready(&Component::from_file(file, CompileLimits::default().component_bytes)?, reference.as_str()).await,
        }
    }
}

impl PluginSource for Resolved<'_> {
    async fn plugin(&self, reference: &PluginReference) -> Result<Plugin, Arc<StoreError>> {
        self.plugin((reference.clone(), None)).await
    }
}

/// The plugins of a run as one case sees them: with the files that the case binds.
pub struct WithFiles<'a> {
    pub resolved: &'a Resolved<'a>,
    pub files: &'a BTreeMap<PluginReference, PathBuf>,
}

impl PluginSource for WithFiles<'_> {
    async fn plugin(&self, reference: &PluginReference) -> Result<Plugin, Arc<StoreError>> {
        let is_on_command_line = self.resolved.session.environment.plugins.iter().any(|(name, _)| name == reference);
        let file = self.files.get(reference).filter(|_| !is_on_command_line);
        self.resolved.plugin((reference.clone(), file.cloned())).await
    }
}
