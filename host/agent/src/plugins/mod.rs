//! The node's plugins: where they come from, which may run, and that they are ready before a pod wants them.

use std::sync::Arc;

use podweave_core::reference::PluginReference;
use podweave_plugin_store::cache::Cache;
use podweave_plugin_store::library::Library;
use podweave_plugin_store::{BuiltIn, Event, Parts, Request, Store, own_program};
use podweave_registry::{RegistryClient, RegistryLimits};
use podweave_sandbox::Sandbox;
use podweave_sandbox::compile::{CompileLimits, Compiler};
use tracing::{debug, info, warn};

use crate::configuration::AgentConfiguration;

mod reload;
mod settings;

pub use reload::keep_up;
pub use settings::{PluginsError, settings};

/// The store of the node's plugins.
///
/// # Errors
/// This program cannot be found, or what the configuration names cannot be read.
pub fn store(configuration: &AgentConfiguration, sandbox: Arc<Sandbox>) -> Result<Store, PluginsError> {
    let this_program = own_program().map_err(PluginsError::Program)?;
    let registries = RegistryLimits { time: configuration.registries.timeout, ..RegistryLimits::default() };
    let store = Store::new(Parts {
        sandbox,
        compiler: Compiler::new(this_program.clone(), vec!["compile-component".into()], CompileLimits::default()),
        compilations: configuration.plugin_limits.compilations,
        cache: Cache::bounded(configuration.directories.code.clone(), configuration.plugin_limits.code_bytes),
        library: Library::bounded(configuration.directories.plugins.clone(), configuration.plugin_limits.component_bytes),
        registry: Arc::new(RegistryClient::new(this_program, vec!["registry-request".into()], registries)),
        observer: Arc::new(tell),
    });
    store.configure(settings(configuration)?);
    Ok(store)
}

fn tell(event: &Event<'_>) {
    match event {
        Event::Pulling { plugin } => info!(plugin, "a plugin is pulled"),
        Event::Progress { plugin, done, total } => debug!(plugin, done, total, "a plugin is being pulled"),
        Event::Pulled { plugin, size, took } => info!(plugin, size, milliseconds = took.as_millis(), "the plugin is pulled"),
        Event::Trusted { plugin, manifest, namespace, rule, signed_by } => {
            info!(plugin, %manifest, namespace, %rule, signed_by, "the plugin may run");
        }
        Event::LastKnownGood { plugin, manifest, reason, .. } => {
            warn!(plugin, %manifest, %reason, "the registry does not say what the tag means; it means what it meant last (lastKnownGood)");
        }
        Event::Compiling { plugin, size } => info!(plugin, size, "a plugin is compiled"),
        Event::Compiled { plugin } => info!(plugin, "the plugin is compiled"),
        Event::CacheUnusable { plugin, reason } => warn!(plugin, %reason, "compiled code cannot be used; it is made anew"),
        Event::CacheNotWritten { directory, reason } => warn!(directory = %directory.display(), reason, "what is made here cannot be kept"),
    }
}

/// Makes the plugins ready that are known by name, so that no pod waits for it.
pub async fn warm_up(store: &Store) {
    let built_in = BuiltIn::ALL.iter().filter_map(|built_in| PluginReference::parse(built_in.name).ok());
    let named: Vec<PluginReference> = store.settings().named.keys().cloned().collect();
    for reference in built_in.chain(named) {
        match store.plugin(&Request::ahead(&reference)).await {
            Ok(ready) => debug!(plugin = %reference, digest = %ready.plugin.digest(), "the plugin is ready"),
            Err(error) => warn!(plugin = %reference, %error, "the plugin cannot be made ready; pods that name it are refused"),
        }
    }
}
