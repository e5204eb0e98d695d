//! The store: turns references into ready plugins.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_core::reference::PluginReference;
use podweave_core::text;
use podweave_registry::RegistryClient;
use podweave_sandbox::compile::Compiler;
use podweave_sandbox::inspect::Inspection;
use podweave_sandbox::{Plugin, Sandbox};

use crate::compile::{CachingCompiler, CodeCache};
use crate::error::StoreError;
use crate::event::{Event, Observer};
use crate::load::{LoadedPlugin, Loader};
use crate::pull::{ArtifactStore, Registry};
use crate::registry_plugins::{self, RegistryPlugins, RegistryRequest, TrustedArtifact};
use crate::request::{ReadyPlugin, Request};
use crate::resolve::{Component, LocalComponents, Meaning};
use crate::settings::{NamedPlugin, Origin, Settings};

/// The parts that a store consists of.
pub struct StoreParts {
    /// The sandbox in which plugins run.
    pub sandbox: Arc<Sandbox>,
    /// The compiler of plugins.
    pub compiler: Compiler,
    /// How many plugins are compiled in parallel.
    pub compilations: usize,
    /// Keeps compiled code.
    pub cache: CodeCache,
    /// Keeps pulled components.
    pub artifacts: ArtifactStore,
    /// Accesses registries.
    pub registry: Arc<dyn Registry>,
    /// Receives events: slow steps, and problems that are not errors.
    pub observer: Observer,
}

/// Makes plugins ready: resolves, pulls, verifies, compiles and loads each of them once.
pub struct Store {
    local: LocalComponents,
    registries: RegistryPlugins,
    loader: Loader,
    settings: RwLock<Arc<Settings>>,
    generation: AtomicU64,
}

impl Store {
    /// Creates a store with the built-in plugins, which trusts no registry.
    #[must_use]
    pub fn new(parts: StoreParts) -> Self {
        let StoreParts {
            sandbox,
            compiler,
            compilations,
            cache,
            artifacts,
            registry,
            observer,
        } = parts;
        let code = CachingCompiler::new(
            Arc::clone(&sandbox),
            compiler,
            compilations,
            cache,
            Arc::clone(&observer),
        );
        Self {
            local: LocalComponents::default(),
            registries: RegistryPlugins::new(registry, artifacts, observer),
            loader: Loader::new(sandbox, code),
            settings: RwLock::default(),
            generation: AtomicU64::new(0),
        }
    }

    /// Creates a store without registries.
    #[must_use]
    pub fn local(
        sandbox: Arc<Sandbox>,
        compiler: Compiler,
        cache: CodeCache,
        observer: impl Fn(&Event<'_>) + Send + Sync + 'static,
    ) -> Self {
        let artifacts = ArtifactStore::bounded(cache.directory().join("plugins"), 0);
        let registry = Arc::new(RegistryClient::new(
            PathBuf::new(),
            Vec::new(),
            podweave_registry::RegistryLimits::default(),
        ));
        Self::new(StoreParts {
            sandbox,
            compiler,
            compilations: 1,
            cache,
            artifacts,
            registry,
            observer: Arc::new(observer),
        })
    }

    /// Uses these settings from now on. Plugins that are ready or in progress are not affected.
    pub fn configure(&self, settings: Settings) {
        *self.settings.write() = Arc::new(settings);
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.registries.reconsider();
    }

    /// The current settings.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read())
    }

    /// Changes whenever the settings do.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Binds a reference to a file. This overrides any other meaning of the reference.
    pub fn bind_file(&self, reference: &PluginReference, path: PathBuf) {
        let mut settings = Settings::clone(&self.settings());
        settings
            .named
            .insert(reference.clone(), Arc::new(NamedPlugin::new(Origin::File(path))));
        self.configure(settings);
    }

    /// The files that references are bound to.
    #[must_use]
    pub fn bound_files(&self) -> Vec<PathBuf> {
        let files = |named: &Arc<NamedPlugin>| match &named.origin {
            Origin::File(path) => Some(path.clone()),
            _ => None,
        };
        self.settings().named.values().filter_map(files).collect()
    }

    /// The store of pulled components.
    #[must_use]
    pub fn artifacts(&self) -> &ArtifactStore {
        self.registries.artifacts()
    }

    /// The cache of compiled code.
    #[must_use]
    pub fn cache(&self) -> &CodeCache {
        self.loader.code().cache()
    }

    /// The number of plugins in memory.
    #[must_use]
    pub fn loaded(&self) -> usize {
        self.loader.count()
    }

    /// Makes the requested plugin ready: pulls and compiles it if that was not done before.
    ///
    /// # Errors
    /// What is wrong with the reference, the component or its code, or why the plugin is not allowed to run.
    /// The error is shared, because one broken plugin can fail many pods.
    pub async fn plugin(&self, request: &Request<'_>) -> Result<ReadyPlugin, Arc<StoreError>> {
        let settings = self.settings();
        let named = settings.named.get(request.reference);
        if let Some(named) = named {
            check_namespace(request, named)?;
        }
        let terms = named.and_then(|named| named.terms.clone());
        match Meaning::of(request.reference, named, &settings)? {
            Meaning::Registry(reference) => {
                let wanted = registry_request(request, &reference, named, &settings);
                let trusted = self.registries.find(&wanted).await?;
                let loaded = self.load(&trusted.component(&reference), request).await?;
                Ok(ReadyPlugin {
                    plugin: loaded.plugin,
                    terms: terms.unwrap_or_else(|| Arc::clone(&trusted.rule.terms)),
                    manifest: Some(trusted.artifact.record.manifest),
                    leases: loaded
                        .lease
                        .into_iter()
                        .chain(trusted.artifact.leases())
                        .collect(),
                })
            }
            Meaning::Local(local) => {
                let known = self.local.digest(&local);
                let loaded = match known.and_then(|digest| self.loader.loaded(&digest)) {
                    Some(loaded) => loaded,
                    None => {
                        let component = self.local.read(local, self.loader.code().component_bytes())?;
                        self.load(&component, request).await?
                    }
                };
                Ok(ReadyPlugin {
                    plugin: loaded.plugin,
                    terms: terms.unwrap_or_default(),
                    manifest: None,
                    leases: loaded.lease.into_iter().collect(),
                })
            }
        }
    }

    /// Loads a component. One that was damaged on disk is removed, so that it is pulled again next time.
    async fn load(
        &self,
        component: &Component,
        request: &Request<'_>,
    ) -> Result<LoadedPlugin, Arc<StoreError>> {
        let loaded = self.loader.load(component, request.reference.as_str()).await;
        if matches!(&loaded, Err(error) if matches!(**error, StoreError::Damaged { .. })) {
            self.artifacts().discard(&component.digest());
        }
        loaded
    }

    /// Finds the component of a reference, and pulls it from its registry if necessary.
    ///
    /// # Errors
    /// Those of [`Store::plugin`], except for errors in the code.
    pub async fn component(&self, request: &Request<'_>) -> Result<Component, Arc<StoreError>> {
        let settings = self.settings();
        let named = settings.named.get(request.reference);
        match Meaning::of(request.reference, named, &settings)? {
            Meaning::Registry(reference) => {
                let wanted = registry_request(request, &reference, named, &settings);
                Ok(self.registries.find(&wanted).await?.component(&reference))
            }
            Meaning::Local(local) => Ok(self.local.read(local, self.loader.code().component_bytes())?),
        }
    }

    /// Loads a component as a plugin, and compiles it if that was not done before. `shown` names it in
    /// events.
    ///
    /// # Errors
    /// What is wrong with the component or its code.
    pub async fn ready(&self, component: &Component, shown: &str) -> Result<Plugin, Arc<StoreError>> {
        Ok(self.loader.load(component, shown).await?.plugin)
    }

    /// Inspects a component without running it.
    ///
    /// # Errors
    /// It cannot be compiled.
    pub async fn inspect(&self, component: &Component, shown: &str) -> Result<Inspection, Arc<StoreError>> {
        self.loader.inspect(component, shown).await
    }

    /// Whether a reference still means the component of this digest, as far as that is known without reading
    /// files or asking registries. A reference to a registry does: for a pod it means one manifest for as
    /// long as the pod lives.
    #[must_use]
    pub fn still_means(&self, reference: &PluginReference, digest: &Digest) -> bool {
        let settings = self.settings();
        match Meaning::of(reference, settings.named.get(reference), &settings) {
            Ok(Meaning::Registry(_)) => true,
            Ok(Meaning::Local(local)) => self.local.digest(&local).as_ref() == Some(digest),
            Err(_) => false,
        }
    }

    /// Whether a request is for a registry's plugin, for which the pod's credentials may be needed.
    ///
    /// # Errors
    /// The pod is not allowed to use it, as far as that is known without reading files or asking registries.
    pub fn is_for_registry(&self, request: &Request<'_>) -> Result<bool, Arc<StoreError>> {
        let settings = self.settings();
        let named = settings.named.get(request.reference);
        if let Some(named) = named {
            check_namespace(request, named)?;
        }
        match Meaning::of(request.reference, named, &settings)? {
            Meaning::Registry(reference) => {
                registry_plugins::rule_for(&settings, &reference, request.namespace).map(|_| true)
            }
            Meaning::Local(_) => Ok(false),
        }
    }
}

impl TrustedArtifact {
    fn component(&self, reference: &OciReference) -> Component {
        let record = &self.artifact.record;
        Component::pulled(
            self.artifact.component.clone(),
            record.size,
            record.component,
            reference.with_digest(record.manifest).to_string(),
        )
    }
}

fn registry_request<'a>(
    request: &'a Request<'_>,
    reference: &'a OciReference,
    named: Option<&Arc<NamedPlugin>>,
    settings: &'a Settings,
) -> RegistryRequest<'a> {
    RegistryRequest {
        reference,
        namespace: request.namespace,
        pinned: request.pinned,
        credentials: &request.credentials,
        pull_policy: named.and_then(|named| named.pull_policy),
        settings,
    }
}

fn check_namespace(request: &Request<'_>, named: &NamedPlugin) -> Result<(), Arc<StoreError>> {
    match (&named.namespaces, request.namespace) {
        (Some(allowed), Some(namespace)) if !allowed.iter().any(|pattern| pattern.matches(namespace)) => {
            let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            let (name, namespace) = (request.reference.to_string(), namespace.to_owned());
            Err(Arc::new(StoreError::NotForNamespace {
                name,
                allowed: text::list(allowed.iter().map(String::as_str)),
                namespace,
            }))
        }
        _ => Ok(()),
    }
}
