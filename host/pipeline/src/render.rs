//! Renders for a pod's containers: runs the plugins of each, in order.

use std::sync::Arc;

use podweave_core::binding::{Binding, Render};
use podweave_core::inputs::{Bound, Inputs};
use podweave_core::limits::{Limits, Usage};
use podweave_core::merge::{RenderResult, Rendered, merge};
use podweave_core::pod::Pod;
use podweave_core::reference::PluginReference;
use podweave_sandbox::{Failure, Line, RenderError, Sandbox};

use crate::error::{Cause, Error};
use crate::preparation::Plugins;
use crate::source::ConfigMapSource;

/// Everything that renders need, for the lifetime of a process.
pub struct Pipeline<C> {
    sandbox: Arc<Sandbox>,
    config_maps: C,
    limits: Arc<Limits>,
}

/// A line of a plugin's log, with the plugin that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The plugin, as the annotation names it.
    pub plugin: PluginReference,
    /// The line.
    pub line: Line,
}

/// The outcome of a container's renders.
#[derive(Debug)]
pub struct ContainerRender {
    /// The container's name.
    pub container: String,
    /// What it gets, or why it has no result.
    pub result: Result<Rendered, Error>,
    /// What its plugins logged, including those that failed.
    pub log: Vec<LogLine>,
    /// The most memory that one of its plugins used, in bytes.
    pub memory_bytes: usize,
}

impl<C: ConfigMapSource> Pipeline<C> {
    /// Creates a pipeline from a sandbox and a source of ConfigMaps.
    pub fn new(sandbox: Arc<Sandbox>, config_maps: C, limits: Limits) -> Self {
        Self {
            sandbox,
            config_maps,
            limits: Arc::new(limits),
        }
    }

    /// Returns the source of ConfigMaps.
    pub fn config_maps(&self) -> &C {
        &self.config_maps
    }

    /// Renders for one container: runs its renders in order, with one set of limits.
    ///
    /// # Panics
    /// If the binding is not of this pod, or `plugins` not of this binding.
    pub async fn render(&self, pod: &Arc<Pod>, binding: &Binding, plugins: &Plugins) -> ContainerRender {
        let (mut log, mut memory_bytes) = (Vec::new(), 0);
        let result = self
            .render_all(pod, binding, plugins, &mut log, &mut memory_bytes)
            .await;
        ContainerRender {
            container: binding.container.clone(),
            result,
            log,
            memory_bytes,
        }
    }

    async fn render_all(
        &self,
        pod: &Arc<Pod>,
        binding: &Binding,
        plugins: &Plugins,
        log: &mut Vec<LogLine>,
        memory_bytes: &mut usize,
    ) -> Result<Rendered, Error> {
        let index = pod
            .containers
            .iter()
            .position(|container| container.name == binding.container)
            .expect("a binding names a container of its pod");
        let mut usage = Usage::default();
        let mut results = Vec::with_capacity(binding.renders.len());
        for render in &binding.renders {
            let plugin = &plugins[&render.plugin];
            let failed = |cause: Cause| Error::of_render(pod, binding, render, cause);
            let bound = self.bound(pod, render).await.map_err(failed)?;
            let inputs = Inputs::new(Arc::clone(pod), index, bound, Arc::clone(&render.params));
            let limits = plugin.terms.within(&self.limits, &usage);
            let outcome = self.sandbox.render(&plugin.plugin, inputs, &limits, usage).await;
            log.extend(outcome.log.into_iter().map(|line| LogLine {
                plugin: render.plugin.clone(),
                line,
            }));
            usage = outcome.usage;
            *memory_bytes = outcome.memory_bytes.max(*memory_bytes);
            let outputs = outcome
                .result
                .map_err(|error| failed(named(error, render).into()))?;
            results.push(RenderResult {
                render,
                plugin: plugin.plugin.digest(),
                outputs,
                reads: outcome.reads,
            });
        }
        merge(results, &self.limits).map_err(|error| Error {
            pod: pod.identity(),
            container: Some(binding.container.clone()),
            plugin: None,
            cause: Box::new(error.into()),
        })
    }

    /// Reads the ConfigMaps of a render. The owner of one in another namespace must have shared it.
    async fn bound(&self, pod: &Pod, render: &Render) -> Result<Vec<Bound>, Cause> {
        let mut bound = Vec::with_capacity(render.config_maps.len());
        for reference in &render.config_maps {
            let found = self.config_maps.get(&reference.namespace, &reference.name).await;
            let found = found.map_err(|error| Cause::Source {
                identity: reference.identity(),
                error,
            })?;
            let config_map = found.filter(|config_map| config_map.is_readable_from(&pod.namespace));
            if config_map.is_none() && !reference.optional {
                return Err(Cause::NoConfigMap {
                    identity: reference.identity(),
                    alias: reference.alias.clone(),
                    namespace: pod.namespace.clone(),
                    foreign: reference.namespace != pod.namespace,
                    hint: self.config_maps.hint(&reference.namespace, &reference.name),
                });
            }
            bound.push(Bound {
                alias: reference.alias.clone(),
                identity: reference.identity(),
                config_map,
            });
        }
        Ok(bound)
    }
}

/// A plugin knows a ConfigMap only by its alias; the user knows it by its name.
fn named(mut error: RenderError, render: &Render) -> RenderError {
    if let RenderError::Failure(Failure::InvalidValue { config_map, .. }) = &mut error
        && let Some(reference) = render
            .config_maps
            .iter()
            .find(|reference| reference.alias == *config_map)
    {
        *config_map = format!("{} ({config_map:?})", reference.identity());
    }
    error
}
