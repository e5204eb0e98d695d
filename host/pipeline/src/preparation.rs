//! What a pod's renders need before they can run: its bindings, and their plugins.

use std::collections::HashMap;

use podweave_core::binding::{self, Binding};
use podweave_core::pod::Pod;
use podweave_core::reference::PluginReference;
use podweave_plugin_store::ReadyPlugin;

use crate::error::Error;
use crate::source::PluginSource;

/// The plugins of some bindings, prepared for renders.
pub type Plugins = HashMap<PluginReference, ReadyPlugin>;

/// Reads what a pod asks for; empty if it has not opted in.
///
/// # Errors
/// An annotation is wrong.
pub fn bindings(pod: &Pod) -> Result<Vec<Binding>, Error> {
    binding::bindings(pod).map_err(|error| Error {
        pod: pod.identity(),
        container: None,
        plugin: None,
        cause: Box::new(error.into()),
    })
}

/// Prepares the plugins of some bindings.
///
/// # Errors
/// A plugin is unknown or invalid.
pub async fn plugins(source: &impl PluginSource, pod: &Pod, bindings: &[Binding]) -> Result<Plugins, Error> {
    let mut plugins = Plugins::new();
    for binding in bindings {
        for render in &binding.renders {
            if !plugins.contains_key(&render.plugin) {
                let plugin = source
                    .plugin(&render.plugin, &pod.namespace)
                    .await
                    .map_err(|error| Error::of_render(pod, binding, render, error.into()))?;
                plugins.insert(render.plugin.clone(), plugin);
            }
        }
    }
    Ok(plugins)
}
