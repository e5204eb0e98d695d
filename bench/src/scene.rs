//! A pod, its ConfigMaps and a plugin, ready to be rendered again and again as the node agent does it.

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
use podweave_plugin_store::Store;
use podweave_plugin_store::cache::Cache;
use podweave_sandbox::compile::{CompileLimits, Compiler};
use podweave_sandbox::{Allocation, Sandbox};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use podweave_bench_figures::samples::Work;

/// The plain plugin, as annotations name it here.
pub const PLAIN: &str = "plain";

/// Its component.
pub const PLAIN_COMPONENT: &str = concat!(env!("OUT_DIR"), "/podweave-bench-plain.wasm");

/// Sandboxes of one kind with a store over a cache.
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

/// A runtime as each of the agent's threads has one.
///
/// # Errors
/// The system has no file descriptor left.
pub fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")
}

/// A ConfigMap's manifest.
#[must_use]
pub fn config_map<'a>(name: &str, data: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let data: serde_json::Map<String, Value> = data.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data })
}

/// The manifests of a pod that asks for a render over one ConfigMap, and of that.
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

/// What the plain plugin reads.
#[must_use]
pub fn plain_keys() -> Value {
    let keys: Vec<String> = (0..11).map(|n| format!("K{n:02}")).collect();
    config_map("settings", keys.iter().map(|key| (key.as_str(), "a value of some length")))
}

/// The memory of all renders, as a node has it.
const NODE_MEMORY: usize = 128 << 20;

impl Host {
    /// A host that keeps compiled code in a directory.
    ///
    /// # Errors
    /// The sandbox cannot run here.
    pub fn new(allocation: Allocation, cache: &Path) -> Result<Self> {
        let sandbox = Arc::new(Sandbox::new(allocation)?.with_memory(NODE_MEMORY));
        let compiler = Compiler::new(podweave_plugin_store::own_program()?, vec!["compile-component".into()], CompileLimits::default());
        let store = Store::local(Arc::clone(&sandbox), compiler, Cache::new(cache.to_owned()), |_| {});
        let host = Self { sandbox, store };
        host.bind(PLAIN, Path::new(PLAIN_COMPONENT))?;
        Ok(host)
    }

    /// Lets annotations name a component.
    ///
    /// # Errors
    /// The name is no reference.
    pub fn bind(&self, name: &str, component: &Path) -> Result<()> {
        self.store.bind_file(&PluginReference::parse(name).map_err(anyhow::Error::msg)?, component.to_owned());
        Ok(())
    }

    /// A pod that asks for a render over one ConfigMap.
    ///
    /// # Errors
    /// The plugin cannot be loaded.
    pub fn scene(&self, runtime: &Runtime, plugin: &str, params: &Value, config_map: &Value) -> Result<Scene> {
        let mut manifests = Manifests::default();
        for manifest in self::manifests(plugin, params, config_map) {
            manifests.add("manifest", &manifest.to_string(), "default")?;
        }
        let pod = Arc::new(manifests.pods.pop().context("the pod")?);
        let bindings = Pipeline::<Manifests>::bindings(&pod)?;
        let plugins = runtime.block_on(Pipeline::<Manifests>::plugins(&self.store, &pod, &bindings))?;
        let binding = bindings.into_iter().next().context("a binding")?;
        Ok(Scene { pipeline: Pipeline::new(Arc::clone(&self.sandbox), manifests, Limits::default()), pod, binding, plugins })
    }
}

impl Scene {
    /// From Binding to Rendered.
    ///
    /// # Errors
    /// The render failed.
    pub async fn render(&self) -> Result<Rendered> {
        Ok(self.pipeline.render(&self.pod, &self.binding, &self.plugins).await.result?)
    }

    /// The parameters as the plugin gets them.
    #[must_use]
    pub fn params(&self) -> &str {
        &self.binding.renders[0].params
    }

    /// The renders as a contender; they run in one task, as many of an agent do.
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
