//! The store: turns references into ready plugins.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_core::reference::PluginReference;
use podweave_core::text;
use podweave_registry::RegistryClient;
use podweave_sandbox::compile::Compiler;
use podweave_sandbox::inspect::Inspection;
use podweave_sandbox::{Plugin, Sandbox};

use crate::built_in::BuiltIn;
use crate::cache::Cache;
use crate::code::Codes;
use crate::component::Component;
use crate::error::StoreError;
use crate::event::{Event, Observer};
use crate::library::Library;
use crate::ready::{Ready, Request};
use crate::registry::Registry;
use crate::remote::{self, Found, Remote, Wanted};
use crate::settings::{Named, Origin, Settings};

/// The parts that a store consists of.
pub struct Parts {
    /// The sandbox in which plugins run.
    pub sandbox: Arc<Sandbox>,
    /// The compiler of plugins.
    pub compiler: Compiler,
    /// How many plugins are compiled in parallel.
    pub compilations: usize,
    /// Keeps compiled code.
    pub cache: Cache,
    /// Keeps pulled components.
    pub library: Library,
    /// Accesses registries.
    pub registry: Arc<dyn Registry>,
    /// Receives events: slow steps, and problems that are not errors.
    pub observer: Observer,
}

/// Makes plugins ready: pulls, verifies, compiles and loads each of them once.
pub struct Store {
    codes: Codes,
    remote: Remote,
    settings: RwLock<Arc<Settings>>,
    generation: AtomicU64,
    /// The state and the digest of files when they were last read.
    known: Mutex<HashMap<PathBuf, (FileState, Digest)>>,
}

/// What a reference means.
enum Meaning {
    BuiltIn(&'static BuiltIn),
    File(PathBuf),
    Registry(OciReference),
}

impl Store {
    /// Creates a store with the built-in plugins, which trusts no registry.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            sandbox,
            compiler,
            compilations,
            cache,
            library,
            registry,
            observer,
        } = parts;
        Self {
            remote: Remote::new(registry, library, Arc::clone(&observer)),
            codes: Codes::new(sandbox, compiler, compilations, cache, observer),
            settings: RwLock::default(),
            generation: AtomicU64::new(0),
            known: Mutex::default(),
        }
    }

    /// Creates a store without registries.
    #[must_use]
    pub fn local(
        sandbox: Arc<Sandbox>,
        compiler: Compiler,
        cache: Cache,
        observer: impl Fn(&Event<'_>) + Send + Sync + 'static,
    ) -> Self {
        let library = Library::bounded(cache.directory().join("plugins"), 0);
        let registry = Arc::new(RegistryClient::new(
            PathBuf::new(),
            Vec::new(),
            podweave_registry::RegistryLimits::default(),
        ));
        Self::new(Parts {
            sandbox,
            compiler,
            compilations: 1,
            cache,
            library,
            registry,
            observer: Arc::new(observer),
        })
    }

    /// Uses these settings from now on. Plugins that are ready or in progress are not affected.
    pub fn configure(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.remote.reconsider();
    }

    /// The current settings.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
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
            .insert(reference.clone(), Arc::new(Named::new(Origin::File(path))));
        self.configure(settings);
    }

    /// The files that references are bound to.
    #[must_use]
    pub fn bound_files(&self) -> Vec<PathBuf> {
        let files = |named: &Arc<Named>| match &named.origin {
            Origin::File(path) => Some(path.clone()),
            _ => None,
        };
        self.settings().named.values().filter_map(files).collect()
    }

    /// The library of pulled components.
    #[must_use]
    pub fn library(&self) -> &Library {
        self.remote.library()
    }

    /// The cache of compiled code.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        self.codes.cache()
    }

    /// The number of plugins in memory.
    #[must_use]
    pub fn loaded(&self) -> usize {
        self.codes.loaded()
    }

    /// Makes the requested plugin ready: pulls and compiles it if that was not done before.
    ///
    /// # Errors
    /// What is wrong with the reference, the component or its code, or why the plugin is not allowed to run.
    /// The error is shared, because one broken plugin can fail many pods.
    pub async fn plugin(&self, request: &Request<'_>) -> Result<Ready, Arc<StoreError>> {
        let settings = self.settings();
        let named = settings.named.get(request.reference);
        if let Some(named) = named {
            check_namespace(request, named)?;
        }
        let terms = named.and_then(|named| named.terms.clone());
        let (component, found) = match self.meaning(request.reference, named)? {
            Meaning::Registry(reference) => {
                let pull_policy = named.and_then(|named| named.pull_policy);
                let credentials = &request.credentials;
                let wanted = Wanted {
                    reference: &reference,
                    namespace: request.namespace,
                    pinned: request.pinned,
                    credentials,
                    pull_policy,
                    settings: &settings,
                };
                let found = self.remote.find(&wanted).await?;
                (found.component(&reference), Some(found))
            }
            local => {
                if let Some(loaded) = self
                    .digest(request.reference)
                    .and_then(|digest| self.codes.loaded_plugin(&digest))
                {
                    return Ok(Ready {
                        plugin: loaded.plugin,
                        terms: terms.unwrap_or_default(),
                        manifest: None,
                        leases: loaded.lease.into_iter().collect(),
                    });
                }
                (self.read(local)?, None)
            }
        };
        let loaded = match self.codes.load(&component, request.reference.as_str()).await {
            Err(error) if matches!(*error, StoreError::Damaged { .. }) => {
                self.remote.library().discard(&component.digest());
                return Err(error);
            }
            loaded => loaded?,
        };
        let of_rule = found.as_ref().map(|found| Arc::clone(&found.rule.terms));
        let kept = found.iter().map(|found| found.held.component.clone());
        Ok(Ready {
            plugin: loaded.plugin,
            terms: terms.or(of_rule).unwrap_or_default(),
            manifest: found.as_ref().map(|found| found.held.record.manifest),
            leases: loaded
                .lease
                .into_iter()
                .chain(kept)
                .chain(found.as_ref().map(|found| found.held.kept().clone()))
                .collect(),
        })
    }

    /// Finds the component of a reference, and pulls it from its registry if necessary.
    ///
    /// # Errors
    /// Those of [`Store::plugin`], except for errors in the code.
    pub async fn component(&self, request: &Request<'_>) -> Result<Component, Arc<StoreError>> {
        let settings = self.settings();
        let named = settings.named.get(request.reference);
        match self.meaning(request.reference, named)? {
            Meaning::Registry(reference) => {
                let (pull_policy, credentials) =
                    (named.and_then(|named| named.pull_policy), &request.credentials);
                let wanted = Wanted {
                    reference: &reference,
                    namespace: request.namespace,
                    pinned: request.pinned,
                    credentials,
                    pull_policy,
                    settings: &settings,
                };
                Ok(self.remote.find(&wanted).await?.component(&reference))
            }
            local => self.read(local),
        }
    }

    /// Loads a component as a plugin, and compiles it if that was not done before. `shown` names it in
    /// events.
    ///
    /// # Errors
    /// What is wrong with the component or its code.
    pub async fn ready(&self, component: &Component, shown: &str) -> Result<Plugin, Arc<StoreError>> {
        Ok(self.codes.load(component, shown).await?.plugin)
    }

    /// Inspects a component without running it.
    ///
    /// # Errors
    /// It cannot be compiled.
    pub async fn inspect(&self, component: &Component, shown: &str) -> Result<Inspection, Arc<StoreError>> {
        self.codes.inspect(component, shown).await
    }

    /// Whether a reference still means the component of this digest, as far as that is known without reading
    /// files or asking registries. A reference to a registry does: for a pod it means one manifest for as
    /// long as the pod lives.
    #[must_use]
    pub fn still_means(&self, reference: &PluginReference, digest: &Digest) -> bool {
        let settings = self.settings();
        match self.meaning(reference, settings.named.get(reference)) {
            Ok(Meaning::Registry(_)) => true,
            Ok(_) => self.digest(reference).as_ref() == Some(digest),
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
        match self.meaning(request.reference, named)? {
            Meaning::Registry(reference) => {
                remote::rule_for(&settings, &reference, request.namespace).map(|_| true)
            }
            _ => Ok(false),
        }
    }

    fn meaning(
        &self,
        reference: &PluginReference,
        named: Option<&Arc<Named>>,
    ) -> Result<Meaning, Arc<StoreError>> {
        let name = reference.as_str();
        let origin = named.map(|named| &named.origin);
        match (origin, BuiltIn::find(name)) {
            (Some(Origin::File(path)), _) => Ok(Meaning::File(path.clone())),
            (Some(Origin::Registry(reference)), _) => Ok(Meaning::Registry(reference.clone())),
            (_, Some(built_in)) => Ok(Meaning::BuiltIn(built_in)),
            _ if OciReference::is_meant(reference) => OciReference::parse(name)
                .map(Meaning::Registry)
                .map_err(|error| Arc::new(StoreError::Reference(error))),
            _ => Err(Arc::new(self.unknown(name))),
        }
    }

    fn read(&self, meaning: Meaning) -> Result<Component, Arc<StoreError>> {
        match meaning {
            Meaning::BuiltIn(built_in) => Ok(Component::built_in(built_in)),
            Meaning::File(path) => {
                // Take the state before reading: if the file changes meanwhile, it is read again next time.
                let state = FileState::of(&path);
                let component = Component::from_file(&path, self.codes.component_bytes())?;
                if let Some(state) = state {
                    lock(&self.known).insert(path, (state, component.digest()));
                }
                Ok(component)
            }
            Meaning::Registry(reference) => Err(Arc::new(StoreError::NotHere {
                reference: reference.to_string(),
            })),
        }
    }

    /// The digest of a built-in component, or of one in a file that has not changed since it was read.
    fn digest(&self, reference: &PluginReference) -> Option<Digest> {
        let settings = self.settings();
        match self.meaning(reference, settings.named.get(reference)).ok()? {
            Meaning::BuiltIn(built_in) => Some(built_in.digest),
            Meaning::File(path) => {
                let (state, digest) = lock(&self.known).get(&path).copied()?;
                (FileState::of(&path) == Some(state)).then_some(digest)
            }
            Meaning::Registry(_) => None,
        }
    }

    fn unknown(&self, name: &str) -> StoreError {
        let built_in = || BuiltIn::ALL.iter().map(|built_in| built_in.name);
        let settings = self.settings();
        let named = || settings.named.keys().map(PluginReference::as_str);
        StoreError::Unknown {
            reference: text::quoted(name),
            name: name.to_owned(),
            suggestion: text::did_you_mean(name, built_in().chain(named())),
            built_in: text::list(built_in().chain(named())),
        }
    }
}

impl Found {
    fn component(&self, reference: &OciReference) -> Component {
        let record = &self.held.record;
        Component::pulled(
            self.held.component.clone(),
            record.size,
            record.component,
            reference.with_digest(record.manifest).to_string(),
        )
    }
}

fn check_namespace(request: &Request<'_>, named: &Named) -> Result<(), Arc<StoreError>> {
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

/// The state of a file, by which a change is detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileState {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl FileState {
    fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        // ctime, because no program can set it back.
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The map is consistent between any two calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
