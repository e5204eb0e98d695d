//! Sets up the node's plugins: where they come from, which may run, and that they are ready before a pod
//! needs them.

use std::sync::Arc;

use podweave_core::reference::PluginReference;
use podweave_plugin_store::{
    ArtifactStore, BuiltIn, CodeCache, Event, Request, Store, StoreParts, own_program,
};
use podweave_registry::{RegistryClient, RegistryLimits};
use podweave_sandbox::Sandbox;
use podweave_sandbox::compile::{CompileLimits, Compiler, container_memory};
use tracing::{debug, info, warn};

use self::counted_registry::CountedRegistry;
use crate::configuration::AgentConfiguration;
use crate::directory::Directory;

mod counted_registry;
mod metrics;
mod reload;
mod settings;

pub use metrics::PluginMetrics;
pub use reload::keep_up;
pub use settings::{PluginsError, settings};

/// The agent's worst-case memory in addition to rendered files, compilations, plugins' memory and large
/// ConfigMaps: bindings, results, answers of the API server that are being read, and the agent itself.
const OWN_BYTES: u64 = 192 << 20;

/// Returns the memory limit that the agent's container needs with this configuration, so that each
/// compilation can have its maximum.
#[must_use]
pub fn memory_needed(configuration: &AgentConfiguration) -> u64 {
    let compilations = (configuration.plugin_limits.compilations as u64)
        .saturating_mul(CompileLimits::default().memory_bytes);
    reserved(configuration).saturating_add(compilations)
}

/// The memory that is not available to compilations. Rendered files are on a tmpfs, which counts as memory of
/// the process that writes them.
fn reserved(configuration: &AgentConfiguration) -> u64 {
    let memory = [
        configuration.limits.node_memory_bytes,
        configuration.config_maps.memory_bytes,
    ];
    memory.iter().fold(
        OWN_BYTES.saturating_add(configuration.limits.node_file_bytes),
        |sum, bytes| sum.saturating_add(*bytes as u64),
    )
}

/// Limits a compilation to the memory that is there. Otherwise the kernel could kill the whole container.
fn compile_limits(configuration: &AgentConfiguration, container_bytes: Option<u64>) -> CompileLimits {
    let limits = CompileLimits::in_container(
        container_bytes,
        reserved(configuration),
        configuration.plugin_limits.compilations,
    );
    if let Some(container) = container_bytes.filter(|container| *container < memory_needed(configuration)) {
        warn!(
            container,
            needed = memory_needed(configuration),
            compilation = limits.memory_bytes,
            "the container's memory limit leaves less than 2 GiB for compiling a plugin, which large plugins may need; raise agent.resources.limits in the chart"
        );
    }
    limits
}

/// Opens the store of the node's plugins.
///
/// # Errors
/// A directory of plugins is not private to this process's user, this program's file cannot be found, or a
/// file that the configuration names cannot be read.
pub fn store(
    configuration: &AgentConfiguration,
    sandbox: Arc<Sandbox>,
    metrics: &PluginMetrics,
) -> Result<Store, PluginsError> {
    let directories = &configuration.directories;
    for directory in [&directories.code, &directories.plugins] {
        // The files in these directories are executed; the store checks them again before each use.
        Directory::private(directory).map_err(PluginsError::Directory)?;
    }
    let this_program = own_program().map_err(PluginsError::Program)?;
    let registries = RegistryLimits {
        time: configuration.registries.timeout,
        ..RegistryLimits::default()
    };
    let store = Store::new(StoreParts {
        sandbox,
        compiler: Compiler::new(
            this_program.clone(),
            vec!["compile-component".into()],
            compile_limits(configuration, container_memory()),
        ),
        compilations: configuration.plugin_limits.compilations,
        cache: CodeCache::bounded(directories.code.clone(), configuration.plugin_limits.code_bytes)
            .remembering_failures(),
        artifacts: ArtifactStore::bounded(
            directories.plugins.clone(),
            configuration.plugin_limits.component_bytes,
        ),
        registry: Arc::new(CountedRegistry {
            client: RegistryClient::new(this_program, vec!["registry-request".into()], registries),
            metrics: metrics.clone(),
        }),
        observer: {
            let metrics = metrics.clone();
            Arc::new(move |event: &Event<'_>| {
                metrics.count_event(event);
                log(event);
            })
        },
    });
    store.configure(settings(configuration)?);
    Ok(store)
}

fn log(event: &Event<'_>) {
    match event {
        Event::Pulling { plugin } => info!(plugin, "pulling plugin"),
        Event::Progress { plugin, done, total } => debug!(plugin, done, total, "downloading plugin"),
        Event::Pulled { plugin, size, took } => {
            info!(plugin, size, milliseconds = took.as_millis(), "pulled plugin")
        }
        Event::Trusted {
            plugin,
            manifest,
            namespace,
            rule,
            signed_by,
        } => {
            info!(plugin, %manifest, namespace, %rule, signed_by, "allowed plugin");
        }
        Event::LastKnownGood {
            plugin,
            manifest,
            reason,
            ..
        } => {
            warn!(plugin, %manifest, %reason, "cannot resolve the tag at its registry; using its last known manifest (lastKnownGood)");
        }
        Event::Compiling { plugin, size } => info!(plugin, size, "compiling plugin"),
        Event::Compiled { plugin, took } => {
            info!(plugin, milliseconds = took.as_millis(), "compiled plugin")
        }
        // The pods that need the plugin show the error.
        Event::PullFailed { plugin, reason } => debug!(plugin, %reason, "cannot pull plugin"),
        Event::CompileFailed { plugin, reason } => debug!(plugin, %reason, "cannot compile plugin"),
        Event::CacheUnusable { plugin, reason } => {
            warn!(plugin, %reason, "cannot use cached compiled code; compiling the plugin again")
        }
        Event::CacheNotWritten { directory, reason } => {
            warn!(directory = %directory.display(), reason, "cannot write to the plugin cache; pulled plugins and compiled code are not kept");
        }
    }
}

/// Prepares the plugins that the configuration names, so that no pod waits for them.
pub async fn warm_up(store: &Store) {
    let built_in = BuiltIn::ALL
        .iter()
        .filter_map(|built_in| PluginReference::parse(built_in.name).ok());
    let named: Vec<PluginReference> = store.settings().named.keys().cloned().collect();
    for reference in built_in.chain(named) {
        match store.plugin(&Request::ahead(&reference)).await {
            Ok(ready) => debug!(plugin = %reference, digest = %ready.plugin.digest(), "prepared plugin"),
            Err(error) => {
                warn!(plugin = %reference, %error, "cannot prepare the plugin; pods that name it are refused")
            }
        }
    }
}
