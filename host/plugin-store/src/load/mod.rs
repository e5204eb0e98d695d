//! Loads a component's code as a plugin. Each plugin is loaded once.

mod loaded_plugins;

use std::sync::Arc;

use podweave_core::digest::Digest;
use podweave_sandbox::inspect::Inspection;
use podweave_sandbox::{LoadError, Sandbox};

use crate::compile::{CachingCompiler, CompiledCode};
use crate::error::StoreError;
use crate::resolve::Component;
pub(crate) use loaded_plugins::LoadedPlugin;
use loaded_plugins::LoadedPlugins;

/// Loads plugins, and keeps them in memory.
pub(crate) struct Loader {
    sandbox: Arc<Sandbox>,
    code: CachingCompiler,
    loaded: LoadedPlugins,
}

impl Loader {
    pub(crate) fn new(sandbox: Arc<Sandbox>, code: CachingCompiler) -> Self {
        Self {
            sandbox,
            code,
            loaded: LoadedPlugins::default(),
        }
    }

    pub(crate) fn code(&self) -> &CachingCompiler {
        &self.code
    }

    /// The number of plugins in memory.
    pub(crate) fn count(&self) -> usize {
        self.loaded.count()
    }

    /// The plugin of this digest, if it is in memory.
    pub(crate) fn loaded(&self, digest: &Digest) -> Option<LoadedPlugin> {
        self.loaded.get(digest)
    }

    /// Loads a component as a plugin. `shown` names it in events.
    pub(crate) async fn load(
        &self,
        component: &Component,
        shown: &str,
    ) -> Result<LoadedPlugin, Arc<StoreError>> {
        let cell = self.loaded.cell(component.digest());
        // Concurrent calls for the same component wait here.
        cell.get_or_try_init(|| self.load_anew(component, shown))
            .await
            .cloned()
    }

    async fn load_anew(&self, component: &Component, shown: &str) -> Result<LoadedPlugin, Arc<StoreError>> {
        let no_plugin = |error| {
            Arc::new(StoreError::Load {
                source_name: component.source_name().to_owned(),
                error,
            })
        };
        if let Some(code) = self.code.cached(component, shown) {
            match self.sandbox.load(&code.file) {
                // The file is complete and belongs to this user, but is not code for this engine: handle it
                // as damaged.
                Err(LoadError::Code { .. }) => {}
                loaded => {
                    return loaded
                        .map(|plugin| LoadedPlugin {
                            plugin,
                            lease: code.lease,
                        })
                        .map_err(no_plugin);
                }
            }
        }
        let code = self.code.compile(component, shown).await?;
        let plugin = self.sandbox.load(&code.file).map_err(no_plugin)?;
        Ok(LoadedPlugin {
            plugin,
            lease: code.lease,
        })
    }

    pub(crate) async fn inspect(
        &self,
        component: &Component,
        shown: &str,
    ) -> Result<Inspection, Arc<StoreError>> {
        let inspect = |code: &CompiledCode| {
            let inspected = self.sandbox.inspect(&code.file, component.size());
            inspected.map_err(|error| {
                Arc::new(StoreError::Load {
                    source_name: component.source_name().to_owned(),
                    error,
                })
            })
        };
        if let Some(code) = self.code.cached(component, shown)
            && let Ok(inspection) = inspect(&code)
        {
            return Ok(inspection);
        }
        inspect(&self.code.compile(component, shown).await?)
    }
}
