//! Loads a component as a plugin: takes its code from the cache, or compiles it.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use podweave_core::digest::Digest;
use podweave_sandbox::compile::{CompileError, Compiler};
use podweave_sandbox::compiled::{CodeKey, NotUsable};
use podweave_sandbox::inspect::Inspection;
use podweave_sandbox::{LoadError, Sandbox};
use tokio::sync::Semaphore;

use crate::back_off::BackOff;
use crate::cache::{Cache, Code, Unfinished};
use crate::component::Component;
use crate::error::StoreError;
use crate::event::{Event, Observer};
use crate::failures::Remembered;
use crate::loaded::{Loaded, LoadedPlugins};

/// Compiles, keeps and loads code.
pub(crate) struct Codes {
    sandbox: Arc<Sandbox>,
    compiler: Compiler,
    /// Limits parallel compilations: each takes all CPUs that it gets, and much memory, which starting pods
    /// need, too.
    compilations: Semaphore,
    cache: Cache,
    loaded: LoadedPlugins,
    /// Components that could not be compiled: each attempt may take up to the time limit.
    failures: BackOff<Digest>,
    observer: Observer,
}

impl Codes {
    pub(crate) fn new(
        sandbox: Arc<Sandbox>,
        compiler: Compiler,
        compilations: usize,
        cache: Cache,
        observer: Observer,
    ) -> Self {
        let compilations = Semaphore::new(compilations.max(1));
        Self {
            sandbox,
            compiler,
            compilations,
            cache,
            loaded: LoadedPlugins::default(),
            failures: BackOff::default(),
            observer,
        }
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(crate) fn loaded(&self) -> usize {
        self.loaded.count()
    }

    pub(crate) fn component_bytes(&self) -> usize {
        self.compiler.limits().component_bytes
    }

    /// The plugin of this digest, if it is in memory.
    pub(crate) fn loaded_plugin(&self, digest: &Digest) -> Option<Loaded> {
        self.loaded.get(digest)
    }

    /// Loads a component as a plugin. `shown` names it in events.
    pub(crate) async fn load(&self, component: &Component, shown: &str) -> Result<Loaded, Arc<StoreError>> {
        let cell = self.loaded.cell(component.digest());
        // Concurrent calls for the same component wait here.
        cell.get_or_try_init(|| self.load_anew(component, shown))
            .await
            .cloned()
    }

    async fn load_anew(&self, component: &Component, shown: &str) -> Result<Loaded, Arc<StoreError>> {
        let no_plugin = |error| {
            Arc::new(StoreError::Load {
                source_name: component.source_name().to_owned(),
                error,
            })
        };
        if let Some(code) = self.cached(component, shown) {
            match self.sandbox.load(&code.file) {
                // The file is complete and belongs to this user, but is not code for this engine: handle it
                // as damaged.
                Err(LoadError::Code { .. }) => {}
                loaded => {
                    return loaded
                        .map(|plugin| Loaded {
                            plugin,
                            lease: code.lease,
                        })
                        .map_err(no_plugin);
                }
            }
        }
        let code = self.compile(component, shown).await?;
        let plugin = self.sandbox.load(&code.file).map_err(no_plugin)?;
        Ok(Loaded {
            plugin,
            lease: code.lease,
        })
    }

    pub(crate) async fn inspect(
        &self,
        component: &Component,
        shown: &str,
    ) -> Result<Inspection, Arc<StoreError>> {
        let inspect = |code: &Code| {
            let inspected = self.sandbox.inspect(&code.file, component.size());
            inspected.map_err(|error| {
                Arc::new(StoreError::Load {
                    source_name: component.source_name().to_owned(),
                    error,
                })
            })
        };
        if let Some(code) = self.cached(component, shown)
            && let Ok(inspection) = inspect(&code)
        {
            return Ok(inspection);
        }
        inspect(&self.compile(component, shown).await?)
    }

    fn cached(&self, component: &Component, shown: &str) -> Option<Code> {
        match self.cache.find(&self.sandbox.code_key(component.digest())) {
            Ok(code) => Some(code),
            Err(NotUsable::Missing) => None,
            Err(reason) => {
                (self.observer)(&Event::CacheUnusable {
                    plugin: shown,
                    reason: &reason,
                });
                None
            }
        }
    }

    async fn compile(&self, component: &Component, shown: &str) -> Result<Code, Arc<StoreError>> {
        self.failures.check(&component.digest())?;
        self.check_remembered(component)?;
        let compiled = self.compile_anew(component, shown).await.map_err(Arc::new);
        self.failures.note(component.digest(), &compiled);
        compiled
    }

    fn check_remembered(&self, component: &Component) -> Result<(), Arc<StoreError>> {
        let key = self.sandbox.code_key(component.digest());
        let remembered = self
            .cache
            .failures()
            .and_then(|failures| failures.find(&key, self.compiler.limits()));
        remembered.map_or(Ok(()), |Remembered { reason, left, file }| {
            Err(Arc::new(StoreError::CompileFailedBefore {
                source_name: component.source_name().to_owned(),
                reason,
                left,
                file,
            }))
        })
    }

    async fn compile_anew(&self, component: &Component, shown: &str) -> Result<Code, StoreError> {
        let failed = |error| StoreError::Compile {
            source_name: component.source_name().to_owned(),
            error,
        };
        // This cannot fail: the semaphore is never closed.
        let _turn = self.compilations.acquire().await;
        let bytes = component.bytes(self.component_bytes())?;
        self.compiler.check(&bytes).map_err(failed)?;
        (self.observer)(&Event::Compiling {
            plugin: shown,
            size: bytes.len(),
        });
        let key = self.sandbox.code_key(component.digest());
        let attempt = self
            .cache
            .failures()
            .map(|failures| failures.begin(&key, self.compiler.limits()));
        let on_disk = match self.cache.begin() {
            Ok(code) => self.compile_to(&bytes, &key, code).await,
            Err(error) => Err(NotCompiled::Place(error)),
        };
        let compiled = match on_disk {
            Err(NotCompiled::Place(error)) => {
                (self.observer)(&Event::CacheNotWritten {
                    directory: self.cache.directory(),
                    reason: error.to_string(),
                });
                let code = Cache::begin_in_memory().map_err(StoreError::NoPlace)?;
                self.compile_to(&bytes, &key, code).await
            }
            compiled => compiled,
        };
        if let Some(attempt) = attempt {
            attempt.end(match &compiled {
                Err(NotCompiled::Component(error)) => Some(error),
                _ => None,
            });
        }
        let compiled = compiled.map_err(|error| match error {
            NotCompiled::Place(error) => StoreError::NoPlace(error),
            NotCompiled::Component(error) => failed(error),
        })?;
        (self.observer)(&Event::Compiled { plugin: shown });
        Ok(compiled)
    }

    async fn compile_to(&self, bytes: &[u8], key: &CodeKey, code: Unfinished) -> Result<Code, NotCompiled> {
        let file = code.file().map_err(NotCompiled::Place)?;
        let began = Instant::now();
        self.compiler
            .compile(bytes, file)
            .await
            .map_err(|error| match error {
                CompileError::Output { reason } => NotCompiled::Place(io::Error::other(reason)),
                error => NotCompiled::Component(error),
            })?;
        self.cache
            .finish(code, key, began.elapsed())
            .map_err(NotCompiled::Place)
    }
}

enum NotCompiled {
    /// The code could not be written. It may be possible elsewhere.
    Place(io::Error),
    Component(CompileError),
}
