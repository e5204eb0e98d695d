//! The session of a command that runs plugins: a sandbox, a store over the user's cache, and the local
//! delivery.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use podweave_core::limits::Limits;
use podweave_core::manifest::Manifests;
use podweave_core::pod::Pod;
use podweave_core::report::Item;
use podweave_pipeline::{Cause, ContainerRender, Error, LogLine, Pipeline, PluginSource};
use podweave_plugin_store::ArtifactStore;
use podweave_plugin_store::CodeCache;
use podweave_plugin_store::PullPolicy;
use podweave_plugin_store::settings::Registries;
use podweave_plugin_store::settings::{NamedPlugin, Origin, Settings};
use podweave_plugin_store::trust::Trust;
use podweave_plugin_store::{Store, StoreParts};
use podweave_registry::{DockerConfig, RegistryClient, RegistryLimits};
use podweave_sandbox::compile::{CompileLimits, Compiler, container_memory};
use podweave_sandbox::{Allocation, Sandbox};
use tempfile::TempDir;

use crate::facts::Fact;
use crate::messages;
use crate::shared_arguments::{Pull, RenderEnvironment};

/// The memory of this process in addition to a compilation.
const OWN_BYTES: u64 = 64 << 20;

/// A sandbox and a store for one process.
pub struct Session {
    pub sandbox: Arc<Sandbox>,
    pub store: Store,
    pub limits: Limits,
    pub environment: RenderEnvironment,
    /// The temporary directory of compiled code if no variable names a cache. It is removed with the session.
    _temporary: Option<TempDir>,
}

/// The selection of what to render.
pub struct Subject<'a> {
    pub manifests: Arc<Manifests>,
    /// Only the containers of this name.
    pub only: Option<&'a str>,
    /// Facts that the command line's facts override.
    pub facts: &'a [Fact],
}

/// The results of some manifests.
#[derive(Default)]
pub struct Renders {
    /// What containers get, in the order of the manifests.
    pub items: Vec<Item>,
    /// The errors of the other containers.
    pub errors: Vec<Failure>,
    /// What plugins logged.
    pub log: Vec<ContainerLog>,
}

/// The error of a container or a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub text: String,
    /// Whether no plugin could be loaded: then the error is not about the pod and its ConfigMaps.
    pub without_plugin: bool,
}

/// What the plugins of one container logged.
pub struct ContainerLog {
    pub pod: String,
    pub container: String,
    pub lines: Vec<LogLine>,
}

impl Session {
    pub fn new(environment: &RenderEnvironment) -> Result<Self> {
        if let Some(directory) = cache_directory() {
            return Self::with_code_in(environment, directory);
        }
        // Never a predictable name in the temporary directory: another user could have created it first.
        let temporary = tempfile::Builder::new()
            .prefix("podweave-")
            .tempdir()
            .context("cannot create a directory for compiled code")?;
        messages::warning(
            "none of PODWEAVE_CACHE_DIR, XDG_CACHE_HOME and HOME is set: compiled and pulled plugins are kept for this run only",
        );
        let session = Self::with_code_in(environment, temporary.path().to_owned())?;
        Ok(Self {
            _temporary: Some(temporary),
            ..session
        })
    }

    /// As [`Session::new`], with compiled code in another directory.
    pub fn with_code_in(environment: &RenderEnvironment, code: PathBuf) -> Result<Self> {
        let limits = Limits::default();
        let sandbox = Arc::new(Sandbox::new(Allocation::OnDemand)?);
        let pulled = cache_directory().unwrap_or_else(|| code.clone()).join("plugins");
        let this_program =
            podweave_plugin_store::own_program().context("cannot find this program's own file")?;
        let store = Store::new(StoreParts {
            sandbox: Arc::clone(&sandbox),
            compiler: Compiler::new(
                this_program.clone(),
                vec!["compile-component".into()],
                CompileLimits::in_container(container_memory(), OWN_BYTES, 1),
            ),
            compilations: 1,
            artifacts: ArtifactStore::bounded(pulled, ArtifactStore::DEFAULT_BYTES),
            cache: CodeCache::new(code),
            registry: Arc::new(RegistryClient::new(
                this_program,
                vec!["registry-request".into()],
                RegistryLimits::default(),
            )),
            observer: Arc::new(messages::store_event),
        });
        let named = environment.plugins.iter().map(|(reference, path)| {
            (
                reference.clone(),
                Arc::new(NamedPlugin::new(Origin::File(path.clone()))),
            )
        });
        // The user of the command line decides what runs, and the sandbox confines it.
        store.configure(Settings {
            named: named.collect(),
            trust: Trust::everything(),
            registries: Registries {
                credentials: credentials(environment.pull)?,
                ..Registries::default()
            },
            pull_policy: Some(match environment.pull {
                Pull::Never => PullPolicy::Never,
                Pull::Missing => PullPolicy::IfNotPresent,
                Pull::Always => PullPolicy::Always,
            }),
            ..Settings::default()
        });
        Ok(Self {
            sandbox,
            store,
            limits,
            environment: environment.clone(),
            _temporary: None,
        })
    }

    /// Returns the pods of some manifests, with the facts that were set.
    pub fn pods(&self, subject: &Subject<'_>) -> Vec<Arc<Pod>> {
        let pods = subject.manifests.pods.iter().cloned().map(|mut pod| {
            subject
                .facts
                .iter()
                .chain(&self.environment.facts)
                .for_each(|fact| fact.apply(&mut pod));
            Arc::new(pod)
        });
        pods.collect()
    }

    /// Renders all pods of some manifests, or one container of them.
    pub async fn render(&self, subject: &Subject<'_>, source: &impl PluginSource) -> Renders {
        let mut renders = Renders::default();
        let pipeline = Pipeline::new(
            Arc::clone(&self.sandbox),
            Arc::clone(&subject.manifests),
            self.limits.clone(),
        );
        for pod in self.pods(subject) {
            if let Err(error) = self
                .render_pod(&pipeline, &pod, subject.only, source, &mut renders)
                .await
            {
                renders.errors.push(Failure::of(&error));
            }
        }
        renders
    }

    async fn render_pod(
        &self,
        pipeline: &Pipeline<Arc<Manifests>>,
        pod: &Arc<Pod>,
        only: Option<&str>,
        source: &impl PluginSource,
        renders: &mut Renders,
    ) -> Result<(), Error> {
        let mut bindings = podweave_pipeline::bindings(pod)?;
        bindings.retain(|binding| only.is_none_or(|only| only == binding.container));
        let plugins = podweave_pipeline::plugins(source, pod, &bindings).await?;
        for binding in &bindings {
            let mut render = pipeline.render(pod, binding, &plugins).await;
            renders.log.push(ContainerLog {
                pod: pod.identity(),
                container: render.container.clone(),
                lines: std::mem::take(&mut render.log),
            });
            match deliver(pod, pipeline.config_maps(), render, &self.limits) {
                Ok(item) => renders.items.push(item),
                Err(failure) => renders.errors.push(failure),
            }
        }
        Ok(())
    }

    /// Shows what plugins logged, as verbosely as the flags say.
    pub fn show_log(&self, log: &[ContainerLog]) {
        show_log(log, self.environment.verbose);
    }
}

/// Shows what plugins logged: all of it, or warnings and errors.
pub fn show_log(log: &[ContainerLog], all: bool) {
    for ContainerLog {
        pod,
        container,
        lines,
    } in log
    {
        messages::plugin_log(pod, container, lines, all);
    }
}

impl Failure {
    fn of(error: &Error) -> Self {
        Self {
            text: error.to_string(),
            without_plugin: matches!(*error.cause, Cause::Store(_)),
        }
    }
}

/// The local delivery: completes `$(NAME)` with the container's own environment, as far as the manifests have
/// it.
fn deliver(
    pod: &Pod,
    manifests: &Manifests,
    render: ContainerRender,
    limits: &Limits,
) -> Result<Item, Failure> {
    let rendered = render.result.map_err(|error| Failure::of(&error))?;
    let container = pod
        .container(&render.container)
        .expect("a binding names a container of its pod");
    podweave_pipeline::deliver(pod, container, &rendered, limits, |name| {
        manifests.config_map(&pod.namespace, name).map(Arc::as_ref)
    })
    .map_err(|error| Failure {
        text: format!("pod {}, container {}: {error}", pod.identity(), container.name),
        without_plugin: false,
    })
}

/// Returns the user's credentials from docker or podman; none if no registry is asked.
fn credentials(pull: Pull) -> Result<DockerConfig> {
    let path = DockerConfig::paths()
        .into_iter()
        .find(|path| pull != Pull::Never && path.exists());
    path.map_or_else(
        || Ok(DockerConfig::default()),
        |path| DockerConfig::load(&path).map_err(Into::into),
    )
}

/// Returns the directory for compiled code, with pulled plugins and the results of `podweave bench` in
/// subdirectories; `None` if no variable names one.
pub fn cache_directory() -> Option<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("PODWEAVE_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("podweave")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/podweave")))
}
