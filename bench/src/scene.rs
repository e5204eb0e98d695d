//! A pod, its ConfigMap and a plugin, ready for repeated renders as in the node agent.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use podweave_core::binding::Binding;
use podweave_core::limits::Limits;
use podweave_core::manifest::Manifests;
use podweave_core::merge::Rendered;
use podweave_core::pod::Pod;
use podweave_core::reference::PluginReference;
use podweave_pipeline::{Pipeline, Plugins};
use podweave_plugin_store::CodeCache;
use podweave_plugin_store::Store;
use podweave_sandbox::compile::{CompileLimits, Compiler};
use podweave_sandbox::{Allocation, Sandbox};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use podweave_bench_figures::samples::Work;

/// The name of the plain plugin in annotations.
pub const PLAIN: &str = "plain";

/// The component of the plain plugin.
pub const PLAIN_COMPONENT: &str = concat!(env!("OUT_DIR"), "/podweave-bench-plain.wasm");

/// A sandbox, with a store and its cache.
pub struct Host {
    sandbox: Arc<Sandbox>,
    store: Store,
}

/// A pod with one container and one render.
pub struct Scene {
    pipeline: Pipeline<Manifests>,
    pod: Arc<Pod>,
    binding: Binding,
    plugins: Plugins,
}

/// Creates a runtime like those of the agent's threads.
///
/// # Errors
/// The system has no file descriptor left.
pub fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot create a runtime")
}

/// A ConfigMap's manifest.
#[must_use]
pub fn config_map<'a>(name: &str, data: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let data: serde_json::Map<String, Value> = data
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect();
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data })
}

/// The manifests of a pod that asks for a render with one ConfigMap, and of the ConfigMap.
#[must_use]
pub fn manifests(plugin: &str, params: &Value, config_map: &Value) -> [Value; 2] {
    let annotations = json!({
        "podweave.dev/plugin": plugin,
        "podweave.dev/config-maps": config_map["metadata"]["name"],
        "podweave.dev/params": params.to_string(),
    });
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "pod", "annotations": annotations },
        "spec": { "containers": [{ "name": "main", "image": "example.org/app:1" }] },
    });
    [pod, config_map.clone()]
}

/// The ConfigMap that the plain plugin reads.
#[must_use]
pub fn plain_keys() -> Value {
    let keys: Vec<String> = (0..11).map(|n| format!("K{n:02}")).collect();
    config_map(
        "settings",
        keys.iter().map(|key| (key.as_str(), "a value of some length")),
    )
}

/// The memory of all renders, as a node has it.
const NODE_MEMORY: usize = 64 << 20;

impl Host {
    /// Creates a host that keeps compiled code in a directory.
    ///
    /// # Errors
    /// The sandbox cannot run here.
    pub fn new(allocation: Allocation, cache: &Path) -> Result<Self> {
        let sandbox = Arc::new(Sandbox::new(allocation)?.with_memory(NODE_MEMORY));
        let compiler = Compiler::new(
            podweave_plugin_store::own_program()?,
            vec!["compile-component".into()],
            CompileLimits::default(),
        );
        let store = Store::local(
            Arc::clone(&sandbox),
            compiler,
            CodeCache::new(cache.to_owned()),
            |_| {},
        );
        let host = Self { sandbox, store };
        host.bind(PLAIN, Path::new(PLAIN_COMPONENT))?;
        Ok(host)
    }

    /// Gives a component a name for annotations.
    ///
    /// # Errors
    /// The name is not a plugin reference.
    pub fn bind(&self, name: &str, component: &Path) -> Result<()> {
        self.store.bind_file(
            &PluginReference::parse(name).map_err(anyhow::Error::msg)?,
            component.to_owned(),
        );
        Ok(())
    }

    /// Creates a pod that asks for a render with one ConfigMap.
    ///
    /// # Errors
    /// The plugin cannot be loaded.
    pub fn scene(
        &self,
        runtime: &Runtime,
        plugin: &str,
        params: &Value,
        config_map: &Value,
    ) -> Result<Scene> {
        let mut manifests = Manifests::default();
        for manifest in self::manifests(plugin, params, config_map) {
            manifests.add("manifest", &manifest.to_string(), "default")?;
        }
        let pod = Arc::new(manifests.pods.pop().context("the pod")?);
        let bindings = podweave_pipeline::bindings(&pod)?;
        let plugins = runtime.block_on(podweave_pipeline::plugins(&self.store, &pod, &bindings))?;
        let binding = bindings.into_iter().next().context("a binding")?;
        Ok(Scene {
            pipeline: Pipeline::new(Arc::clone(&self.sandbox), manifests, Limits::default()),
            pod,
            binding,
            plugins,
        })
    }
}

impl Scene {
    /// Renders once, from Binding to Rendered.
    ///
    /// # Errors
    /// The render failed.
    pub async fn render(&self) -> Result<Rendered> {
        Ok(self
            .pipeline
            .render(&self.pod, &self.binding, &self.plugins)
            .await
            .result?)
    }

    /// The parameters that the plugin receives.
    #[must_use]
    pub fn params(&self) -> &str {
        &self.binding.renders[0].params
    }

    /// The renders as a contender. They run in one task, as many of an agent's renders do.
    pub fn work<'a>(&'a self, runtime: &'a Runtime) -> Work<'a> {
        Box::new(move |times| {
            runtime.block_on(async {
                let mut samples: Vec<Duration> = Vec::with_capacity(times);
                for _ in 0..times {
                    let start = Instant::now();
                    let rendered = self.render().await?;
                    samples.push(start.elapsed());
                    drop(rendered);
                }
                Ok(samples)
            })
        })
    }
}
