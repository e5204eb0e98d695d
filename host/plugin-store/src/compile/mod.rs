//! Compiles components to native code, and keeps the code.

pub(crate) mod cache;
mod failures;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use podweave_core::digest::Digest;
use podweave_sandbox::Sandbox;
use podweave_sandbox::compile::{CompileError, Compiler};
use podweave_sandbox::compiled::{CodeKey, NotUsable};
use tokio::sync::Semaphore;

use crate::error::StoreError;
use crate::event::{Event, Observer};
use crate::recent_failures::RecentFailures;
use crate::resolve::Component;
pub use cache::{CachedCode, CodeCache, CompiledCode, UnfinishedCode};
use failures::Remembered;

/// Takes code from the cache, or compiles it.
pub(crate) struct CachingCompiler {
    sandbox: Arc<Sandbox>,
    compiler: Compiler,
    /// Limits parallel compilations: each takes all CPUs that it gets, and much memory, which starting pods
    /// need, too.
    compilations: Semaphore,
    cache: CodeCache,
    /// Components that could not be compiled: each attempt may take up to the time limit.
    failures: RecentFailures<Digest>,
    observer: Observer,
}

impl CachingCompiler {
    pub(crate) fn new(
        sandbox: Arc<Sandbox>,
        compiler: Compiler,
        compilations: usize,
        cache: CodeCache,
        observer: Observer,
    ) -> Self {
        let compilations = Semaphore::new(compilations.max(1));
        Self {
            sandbox,
            compiler,
            compilations,
            cache,
            failures: RecentFailures::default(),
            observer,
        }
    }

    pub(crate) fn cache(&self) -> &CodeCache {
        &self.cache
    }

    /// The limit on the bytes of a component.
    pub(crate) fn component_bytes(&self) -> usize {
        self.compiler.limits().component_bytes
    }

    /// Finds the code of a component in the cache.
    pub(crate) fn cached(&self, component: &Component, shown: &str) -> Option<CompiledCode> {
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

    /// Compiles a component, unless that failed recently. `shown` names it in events.
    pub(crate) async fn compile(
        &self,
        component: &Component,
        shown: &str,
    ) -> Result<CompiledCode, Arc<StoreError>> {
        self.failures.check(&component.digest())?;
        self.check_remembered(component)?;
        let compiled = self.compile_anew(component, shown).await.map_err(Arc::new);
        if let Err(reason) = &compiled {
            (self.observer)(&Event::CompileFailed {
                plugin: shown,
                reason,
            });
        }
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

    async fn compile_anew(&self, component: &Component, shown: &str) -> Result<CompiledCode, StoreError> {
        let failed = |error| StoreError::Compile {
            source_name: component.source_name().to_owned(),
            error,
        };
        // This cannot fail: the semaphore is never closed.
        let _turn = self.compilations.acquire().await;
        let bytes = component.bytes(self.component_bytes())?;
        self.compiler.check(&bytes).map_err(failed)?;
        let began = Instant::now();
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
                let code = CodeCache::begin_in_memory().map_err(StoreError::NoPlace)?;
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
        (self.observer)(&Event::Compiled {
            plugin: shown,
            took: began.elapsed(),
        });
        Ok(compiled)
    }

    async fn compile_to(
        &self,
        bytes: &[u8],
        key: &CodeKey,
        code: UnfinishedCode,
    ) -> Result<CompiledCode, NotCompiled> {
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
