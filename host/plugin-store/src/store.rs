//! References to plugins.

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

/// What a store works with.
pub struct Parts {
    /// Where plugins run.
    pub sandbox: Arc<Sandbox>,
    /// What compiles them.
    pub compiler: Compiler,
    /// How many are compiled at once.
    pub compilations: usize,
    /// Where their code is kept.
    pub cache: Cache,
    /// Where pulled components are kept.
    pub library: Library,
    /// What asks registries.
    pub registry: Arc<dyn Registry>,
    /// Who is told what takes long and what goes wrong without being an error.
    pub observer: Observer,
}

/// Makes plugins ready, each once.
pub struct Store {
    codes: Codes,
    remote: Remote,
    settings: RwLock<Arc<Settings>>,
    generation: AtomicU64,
    /// What files were when they were read last.
    known: Mutex<HashMap<PathBuf, (FileState, Digest)>>,
}

/// What a reference means.
enum Meaning {
    BuiltIn(&'static BuiltIn),
    File(PathBuf),
    Registry(OciReference),
}

impl Store {
    /// A store that knows the built-in plugins, and trusts no registry.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { sandbox, compiler, compilations, cache, library, registry, observer } = parts;
        Self {
            remote: Remote::new(registry, library, Arc::clone(&observer)),
            codes: Codes::new(sandbox, compiler, compilations, cache, observer),
            settings: RwLock::default(),
            generation: AtomicU64::new(0),
            known: Mutex::default(),
        }
    }

    /// A store without registries, for who has none.
    #[must_use]
    pub fn local(sandbox: Arc<Sandbox>, compiler: Compiler, cache: Cache, observer: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        let library = Library::bounded(cache.directory().join("plugins"), 0);
        let registry = Arc::new(RegistryClient::new(PathBuf::new(), Vec::new(), podweave_registry::RegistryLimits::default()));
        Self::new(Parts { sandbox, compiler, compilations: 1, cache, library, registry, observer: Arc::new(observer) })
    }

    /// Goes by these settings from now on. What is being made ready, and what was, is not touched.
    pub fn configure(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.remote.reconsider();
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes whenever the settings do.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Binds a reference to a file, over whatever it means else.
    pub fn bind_file(&self, reference: &PluginReference, path: PathBuf) {
        let mut settings = Settings::clone(&self.settings());
        settings.named.insert(reference.clone(), Arc::new(Named::new(Origin::File(path))));
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

    /// What was pulled.
    #[must_use]
    pub fn library(&self) -> &Library {
        self.remote.library()
    }

    /// The code that is kept.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        self.codes.cache()
    }

    /// How many plugins are in memory.
    #[must_use]
    pub fn loaded(&self) -> usize {
        self.codes.loaded()
    }

    /// The plugin that is asked for, pulled and compiled if it was not before.
    ///
    /// # Errors
    /// What is wrong with the reference, the component or its code, or why it may not run. It is shared: one broken plugin can fail many pods.
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
                let wanted =
                    Wanted { reference: &reference, namespace: request.namespace, pinned: request.pinned, credentials, pull_policy, settings: &settings };
                let found = self.remote.find(&wanted).await?;
                (found.component(&reference), Some(found))
            }
            local => {
                if let Some(loaded) = self.digest(request.reference).and_then(|digest| self.codes.loaded_plugin(&digest)) {
                    return Ok(Ready { plugin: loaded.plugin, terms: terms.unwrap_or_default(), manifest: None, leases: loaded.lease.into_iter().collect() });
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
            leases: loaded.lease.into_iter().chain(kept).chain(found.as_ref().map(|found| found.held.kept().clone())).collect(),
        })
    }

    /// The component behind a reference, pulled if it is in a registry and not here.
    ///
    /// # Errors
    /// As those of [`Store::plugin`], but for its code.
    pub async fn component(&self, request: &Request<'_>) -> Result<Component, Arc<StoreError>> {
        let settings = self.settings();
        let named = settings.named.get(request.reference);
        match self.meaning(request.reference, named)? {
            Meaning::Registry(reference) => {
                let (pull_policy, credentials) = (named.and_then(|named| named.pull_policy), &request.credentials);
                let wanted =
                    Wanted { reference: &reference, namespace: request.namespace, pinned: request.pinned, credentials, pull_policy, settings: &settings };
                Ok(self.remote.find(&wanted).await?.component(&reference))
            }
            local => self.read(local),
        }
    }

    /// A component as a plugin, compiled if it was not before. `shown` names it in events.
    ///
    /// # Errors
    /// What is wrong with the component or its code.
    pub async fn ready(&self, component: &Component, shown: &str) -> Result<Plugin, Arc<StoreError>> {
        Ok(self.codes.load(component, shown).await?.plugin)
    }

    /// Looks at a component without running it.
    ///
    /// # Errors
    /// It cannot be compiled.
    pub async fn inspect(&self, component: &Component, shown: &str) -> Result<Inspection, Arc<StoreError>> {
        self.codes.inspect(component, shown).await
    }

    /// Whether a reference still means the component of this digest, as far as that is known without reading or asking anything. One in a registry does:
    /// for a pod it means one manifest for as long as the pod lives.
    #[must_use]
    pub fn still_means(&self, reference: &PluginReference, digest: &Digest) -> bool {
        let settings = self.settings();
        match self.meaning(reference, settings.named.get(reference)) {
            Ok(Meaning::Registry(_)) => true,
            Ok(_) => self.digest(reference).as_ref() == Some(digest),
            Err(_) => false,
        }
    }

    /// Whether a request is one for a plugin of a registry, for which the pod's credentials may be needed.
    ///
    /// # Errors
    /// The pod may not have it, as far as that can be told before anything is read or asked for.
    pub fn is_for_registry(&self, request: &Request<'_>) -> Result<bool, Arc<StoreError>> {
        let settings = self.settings();
        let named = settings.named.get(request.reference);
        if let Some(named) = named {
            check_namespace(request, named)?;
        }
        match self.meaning(request.reference, named)? {
            Meaning::Registry(reference) => remote::rule_for(&settings, &reference, request.namespace).map(|_| true),
            _ => Ok(false),
        }
    }

    fn meaning(&self, reference: &PluginReference, named: Option<&Arc<Named>>) -> Result<Meaning, Arc<StoreError>> {
        let name = reference.as_str();
        let origin = named.map(|named| &named.origin);
        match (origin, BuiltIn::find(name)) {
            (Some(Origin::File(path)), _) => Ok(Meaning::File(path.clone())),
            (Some(Origin::Registry(reference)), _) => Ok(Meaning::Registry(reference.clone())),
            (_, Some(built_in)) => Ok(Meaning::BuiltIn(built_in)),
            _ if OciReference::is_meant(reference) => OciReference::parse(name).map(Meaning::Registry).map_err(|error| Arc::new(StoreError::Reference(error))),
            _ => Err(Arc::new(self.unknown(name))),
        }
    }

    fn read(&self, meaning: Meaning) -> Result<Component, Arc<StoreError>> {
        match meaning {
            Meaning::BuiltIn(built_in) => Ok(Component::built_in(built_in)),
            Meaning::File(path) => {
                // Looked at before it is read: what changes meanwhile is read again next time.
                let state = FileState::of(&path);
                let component = Component::from_file(&path, self.codes.component_bytes())?;
                if let Some(state) = state {
                    lock(&self.known).insert(path, (state, component.digest()));
                }
                Ok(component)
            }
            Meaning::Registry(reference) => Err(Arc::new(StoreError::NotHere { reference: reference.to_string() })),
        }
    }

    /// The digest of a component that is built in or in a file that has not changed since it was read.
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
        Component::pulled(self.held.component.clone(), record.size, record.component, reference.with_digest(record.manifest).to_string())
    }
}

fn check_namespace(request: &Request<'_>, named: &Named) -> Result<(), Arc<StoreError>> {
    match (&named.namespaces, request.namespace) {
        (Some(allowed), Some(namespace)) if !allowed.iter().any(|pattern| pattern.matches(namespace)) => {
            let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            let (name, namespace) = (request.reference.to_string(), namespace.to_owned());
            Err(Arc::new(StoreError::NotForNamespace { name, allowed: text::list(allowed.iter().map(String::as_str)), namespace }))
        }
        _ => Ok(()),
    }
}

/// What tells a file that has changed from one that has not.
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
        // The time of the last change of the inode, which nobody can set back.
        Some(Self { device: metadata.dev(), inode: metadata.ino(), size: metadata.size(), changed: (metadata.ctime(), metadata.ctime_nsec()) })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A map is whole between any two calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
