//! What the commands that run plugins share: a sandbox, a store over the user's cache, and the local delivery.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use podweave_core::completion::{complete, environment_of_manifest};
use podweave_core::limits::Limits;
use podweave_core::manifest::Manifests;
use podweave_core::pod::Pod;
use podweave_core::report::Item;
use podweave_pipeline::{ContainerRender, Pipeline};
use podweave_plugin_store::Store;
use podweave_plugin_store::cache::Cache;
use podweave_sandbox::compile::{CompileLimits, Compiler};
use podweave_sandbox::{Allocation, Sandbox};

use crate::arguments::RenderEnvironment;
use crate::messages;

/// A sandbox and a store for one process.
pub struct Session {
    pub sandbox: Arc<Sandbox>,
    pub store: Store,
    pub limits: Limits,
    environment: RenderEnvironment,
}

/// What became of some manifests.
pub struct Renders {
    /// What containers get, in the order of the manifests.
    pub items: Vec<Item>,
    /// Why others get nothing.
    pub errors: Vec<String>,
}

impl Session {
    pub fn new(environment: &RenderEnvironment) -> Result<Self> {
        let limits = Limits::default();
        let sandbox = Arc::new(Sandbox::new(Allocation::OnDemand, &limits)?);
        let this_program = std::env::current_exe().context("cannot find this program's own file")?;
        let compiler = Compiler::new(this_program, vec!["compile-component".into()], CompileLimits::default());
        let mut store = Store::new(Arc::clone(&sandbox), compiler, Cache::new(cache_directory()), messages::store_event);
        for (reference, path) in &environment.plugins {
            store.bind_file(reference, path.clone());
        }
        Ok(Self { sandbox, store, limits, environment: environment.clone() })
    }

    /// Renders all pods of some manifests, or one container of them.
    pub async fn render(&self, manifests: Manifests, only: Option<&str>) -> Renders {
        let mut renders = Renders { items: Vec::new(), errors: Vec::new() };
        let manifests = Arc::new(manifests);
        let pipeline = Pipeline::new(Arc::clone(&self.sandbox), Arc::clone(&manifests), self.limits.clone());
        for pod in &manifests.pods {
            let mut pod = pod.clone();
            for fact in &self.environment.facts {
                fact.apply(&mut pod);
            }
            if let Err(error) = self.render_pod(&pipeline, &Arc::new(pod), only, &mut renders).await {
                renders.errors.push(error.to_string());
            }
        }
        renders
    }

    async fn render_pod(
        &self,
        pipeline: &Pipeline<Arc<Manifests>>,
        pod: &Arc<Pod>,
        only: Option<&str>,
        renders: &mut Renders,
    ) -> Result<(), podweave_pipeline::Error> {
        let mut bindings = Pipeline::<Arc<Manifests>>::bindings(pod)?;
        bindings.retain(|binding| only.is_none_or(|only| only == binding.container));
        let plugins = Pipeline::<Arc<Manifests>>::plugins(&self.store, pod, &bindings).await?;
        for binding in &bindings {
            let render = pipeline.render(pod, binding, &plugins).await;
            messages::plugin_log(&pod.identity(), &render.container, &render.log, self.environment.verbose);
            match deliver(pod, pipeline.config_maps(), render, &self.limits) {
                Ok(item) => renders.items.push(item),
                Err(error) => renders.errors.push(error),
            }
        }
        Ok(())
    }
}

/// The local delivery: what the manifests tell of the container's own environment completes `$(NAME)`.
fn deliver(pod: &Pod, manifests: &Manifests, render: ContainerRender, limits: &Limits) -> Result<Item, String> {
    let rendered = render.result.map_err(|error| error.to_string())?;
    let container = pod.container(&render.container).ok_or_else(|| format!("pod {} has no container {}", pod.identity(), render.container))?;
    let completed = environment_of_manifest(pod, container, limits, |name| manifests.config_map(&pod.namespace, name).map(Arc::as_ref))
        .and_then(|own| complete(container, &rendered, &own, limits))
        .map_err(|error| format!("pod {}, container {}: {error}", pod.identity(), container.name))?;
    Ok(Item::new(pod, container, &rendered, completed))
}

/// Where compiled code is kept.
fn cache_directory() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PODWEAVE_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("podweave")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/podweave")))
        .unwrap_or_else(|| std::env::temp_dir().join(format!("podweave-{}", rustix::process::geteuid().as_raw())))
}
