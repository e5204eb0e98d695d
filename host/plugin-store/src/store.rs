//! References to plugins.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use podweave_core::digest::Digest;
use podweave_core::reference::PluginReference;
use podweave_core::text;
use podweave_sandbox::compile::{CompileError, Compiler};
use podweave_sandbox::compiled::{CompiledFile, NotUsable};
use podweave_sandbox::inspect::Inspection;
use podweave_sandbox::{LoadError, Plugin, Sandbox};
use tokio::sync::OnceCell;

use crate::built_in::BuiltIn;
use crate::cache::{Cache, Finished};
use crate::component::Component;
use crate::error::StoreError;
use crate::event::Event;
use crate::ready::{Ready, Request};

/// Makes plugins ready, each once.
pub struct Store {
    sandbox: Arc<Sandbox>,
    compiler: Compiler,
    cache: Cache,
    files: BTreeMap<String, PathBuf>,
    /// Each is made ready under its own lock, so that one that takes long holds up nobody who wants another.
    loaded: Mutex<HashMap<Digest, Arc<OnceCell<Plugin>>>>,
    /// What files were when they were read last.
    known: Mutex<HashMap<PathBuf, (FileState, Digest)>>,
    observer: Box<dyn Fn(&Event<'_>) + Send + Sync>,
}

impl Store {
    /// A store over a cache. `observer` is told what takes long and what goes wrong without being an error.
    #[must_use]
    pub fn new(sandbox: Arc<Sandbox>, compiler: Compiler, cache: Cache, observer: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self { sandbox, compiler, cache, files: BTreeMap::new(), loaded: Mutex::default(), known: Mutex::default(), observer: Box::new(observer) }
    }

    /// Binds a reference to a file, over a built-in plugin of that name.
    pub fn bind_file(&mut self, reference: &PluginReference, path: PathBuf) {
        self.files.insert(reference.as_str().to_owned(), path);
    }

    /// The files that references are bound to.
    pub fn bound_files(&self) -> impl Iterator<Item = &Path> {
        self.files.values().map(PathBuf::as_path)
    }

    /// The component behind a reference, read from its file.
    ///
    /// # Errors
    /// Nothing is known by the name, or its file cannot be read.
    pub fn component(&self, reference: &PluginReference) -> Result<Component, StoreError> {
        let name = reference.as_str();
        if let Some(path) = self.files.get(name) {
            // Looked at before it is read: what changes meanwhile is read again next time.
            let state = FileState::of(path);
            let component = Component::from_file(path, self.compiler.limits().component_bytes)?;
            if let Some(state) = state {
                lock(&self.known).insert(path.clone(), (state, component.digest));
            }
            return Ok(component);
        }
        BuiltIn::find(name).map(Component::built_in).ok_or_else(|| {
            let built_in = || BuiltIn::ALL.iter().map(|built_in| built_in.name);
            StoreError::Unknown {
                reference: text::quoted(name),
                name: name.to_owned(),
                suggestion: text::did_you_mean(name, built_in()),
                built_in: text::list(built_in().chain(self.files.keys().map(String::as_str))),
            }
        })
    }

    /// The plugin that is asked for, compiled if it was not before.
    ///
    /// # Errors
    /// What is wrong with the reference, the component or its code. It is shared: one broken plugin can fail many pods.
    pub async fn plugin(&self, request: &Request<'_>) -> Result<Ready, Arc<StoreError>> {
        let plugin = match self.unchanged(request.reference) {
            Some(plugin) => plugin,
            None => self.ready(&self.component(request.reference).map_err(Arc::new)?, request.reference.as_str()).await.map_err(Arc::new)?,
        };
        Ok(Ready { plugin, terms: Arc::default() })
    }

    /// A component as a plugin, compiled if it was not before. `shown` names it in events.
    ///
    /// # Errors
    /// What is wrong with the component or its code.
    pub async fn ready(&self, component: &Component, shown: &str) -> Result<Plugin, StoreError> {
        let cell = Arc::clone(lock(&self.loaded).entry(component.digest).or_default());
        // Who asks for the same while it is compiled waits for it here.
        cell.get_or_try_init(|| self.load(component, shown)).await.cloned()
    }

    /// The plugin of a reference if it is ready, without reading its file again.
    fn unchanged(&self, reference: &PluginReference) -> Option<Plugin> {
        let digest = self.digest(reference)?;
        lock(&self.loaded).get(&digest)?.get().cloned()
    }

    /// The digest of the component behind a reference, as far as that is known without reading it: `None` for a file that has changed since.
    #[must_use]
    pub fn digest(&self, reference: &PluginReference) -> Option<Digest> {
        let Some(path) = self.files.get(reference.as_str()) else { return BuiltIn::find(reference.as_str()).map(|built_in| built_in.digest) };
        let known = lock(&self.known).get(path).copied();
        known.filter(|(state, _)| FileState::of(path).as_ref() == Some(state)).map(|(_, digest)| digest)
    }

    async fn load(&self, component: &Component, shown: &str) -> Result<Plugin, StoreError> {
        if let Some(file) = self.cached(component, shown) {
            match self.sandbox.load(&file, component.digest) {
                // Whole, of this user, and yet not this engine's code: as good as damaged.
                Err(LoadError::Code { .. }) => {}
                loaded => return loaded.map_err(|error| StoreError::Load { source_name: component.source_name.clone(), error }),
            }
        }
        let code = self.compile(component, shown).await?;
        self.sandbox.load(&code.file, component.digest).map_err(|error| StoreError::Load { source_name: component.source_name.clone(), error })
    }

    /// Looks at a component without running it.
    ///
    /// # Errors
    /// It cannot be compiled.
    pub async fn inspect(&self, component: &Component, shown: &str) -> Result<Inspection, StoreError> {
        let inspect = |file: &CompiledFile| {
            let inspected = self.sandbox.inspect(file, component.digest, component.bytes.len());
            inspected.map_err(|error| StoreError::Load { source_name: component.source_name.clone(), error })
        };
        if let Some(file) = self.cached(component, shown)
            && let Ok(inspection) = inspect(&file)
        {
            return Ok(inspection);
        }
        inspect(&self.compile(component, shown).await?.file)
    }

    fn cached(&self, component: &Component, shown: &str) -> Option<CompiledFile> {
        match self.cache.find(&component.digest, &self.sandbox.engine_id()) {
            Ok(file) => Some(file),
            Err(NotUsable::Missing) => None,
            Err(reason) => {
                (self.observer)(&Event::CacheUnusable { plugin: shown, reason: &reason });
                None
            }
        }
    }

    async fn compile(&self, component: &Component, shown: &str) -> Result<Finished, StoreError> {
        let checked = self.compiler.check(&component.bytes);
        checked.map_err(|error| StoreError::Compile { source_name: component.source_name.clone(), error })?;
        (self.observer)(&Event::Compiling { plugin: shown, size: component.bytes.len() });
        let on_disk = match self.cache.begin() {
            Ok(code) => self.compile_to(component, code).await,
            Err(error) => Err(NotCompiled::Place(error)),
        };
        let finished = match on_disk {
            Err(NotCompiled::Place(error)) => {
                (self.observer)(&Event::CacheNotWritten { directory: self.cache.directory(), reason: error.to_string() });
                let code = Cache::begin_in_memory().map_err(StoreError::NoPlace)?;
                self.compile_to(component, code).await
            }
            finished => finished,
        };
        let finished = finished.map_err(|error| match error {
            NotCompiled::Place(error) => StoreError::NoPlace(error),
            NotCompiled::Component(error) => StoreError::Compile { source_name: component.source_name.clone(), error },
        })?;
        (self.observer)(&Event::Compiled { plugin: shown });
        Ok(finished)
    }

    async fn compile_to(&self, component: &Component, code: crate::cache::Unfinished) -> Result<Finished, NotCompiled> {
        let file = code.file().map_err(NotCompiled::Place)?;
        self.compiler.compile(&component.bytes, file).await.map_err(|error| match error {
            CompileError::Output { reason } => NotCompiled::Place(io::Error::other(reason)),
            error => NotCompiled::Component(error),
        })?;
        self.cache.finish(code, &component.digest, &self.sandbox.engine_id()).map_err(NotCompiled::Place)
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

enum NotCompiled {
    /// The code has no place: it may have one elsewhere.
    Place(io::Error),
    Component(CompileError),
}
