//! The node's plugins: where they come from, which may run, and that they are ready before a pod wants them.

use std::sync::Arc;

use podweave_core::reference::PluginReference;
use podweave_plugin_store::cache::Cache;
use podweave_plugin_store::library::Library;
use podweave_plugin_store::{BuiltIn, Event, Parts, Request, Store, own_program};
use podweave_registry::{RegistryClient, RegistryLimits};
use podweave_sandbox::Sandbox;
use podweave_sandbox::compile::{CompileLimits, Compiler, container_memory};
use tracing::{debug, info, warn};

use crate::configuration::AgentConfiguration;
use crate::directory::Directory;

mod reload;
mod settings;

pub use reload::keep_up;
pub use settings::{PluginsError, settings};

/// What the agent takes at its worst beside rendered files, compilations, plugins' memory and large ConfigMaps: what pods ask for, their results, what is
/// read of the API server at a time, and the agent itself.
const OWN_BYTES: u64 = 192 << 20;

/// The memory that a container needs in which the agent runs with this configuration, so that each compilation can have what it may take.
#[must_use]
pub fn memory_needed(configuration: &AgentConfiguration) -> u64 {
    let compilations = (configuration.plugin_limits.compilations as u64).saturating_mul(CompileLimits::default().memory_bytes);
    reserved(configuration).saturating_add(compilations)
}

/// What compilations cannot have. Rendered files are on a tmpfs, which counts as memory of who has written them.
fn reserved(configuration: &AgentConfiguration) -> u64 {
    let memory = [configuration.limits.node_memory_bytes, configuration.config_maps.memory_bytes];
    memory.iter().fold(OWN_BYTES.saturating_add(configuration.limits.node_file_bytes), |sum, bytes| sum.saturating_add(*bytes as u64))
}

/// A compilation that takes more than there is would have the kernel end it, or all of the container: it is to end by its own limit.
fn compile_limits(configuration: &AgentConfiguration, container_bytes: Option<u64>) -> CompileLimits {
    let limits = CompileLimits::in_container(container_bytes, reserved(configuration), configuration.plugin_limits.compilations);
    if let Some(container) = container_bytes.filter(|container| *container < memory_needed(configuration)) {
        warn!(
            container,
            needed = memory_needed(configuration),
            compilation = limits.memory_bytes,
            "the container's memory limit leaves less than 2 GiB for compiling a plugin; large plugins may need it (agent.resources.limits in the chart)"
        );
    }
    limits
}

/// The store of the node's plugins.
///
/// # Errors
/// A directory of plugins is not this process's user's alone, this program cannot be found, or what the configuration names cannot be read.
pub fn store(configuration: &AgentConfiguration, sandbox: Arc<Sandbox>) -> Result<Store, PluginsError> {
    let directories = &configuration.directories;
    for directory in [&directories.code, &directories.plugins] {
        // What is in them is executed; the store looks at them again before each use.
        Directory::private(directory).map_err(PluginsError::Directory)?;
    }
    let this_program = own_program().map_err(PluginsError::Program)?;
    let registries = RegistryLimits { time: configuration.registries.timeout, ..RegistryLimits::default() };
    let store = Store::new(Parts {
        sandbox,
        compiler: Compiler::new(this_program.clone(), vec!["compile-component".into()], compile_limits(configuration, container_memory())),
        compilations: configuration.plugin_limits.compilations,
        cache: Cache::bounded(directories.code.clone(), configuration.plugin_limits.code_bytes).remembering_failures(),
        library: Library::bounded(directories.plugins.clone(), configuration.plugin_limits.component_bytes),
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
