//! Tests that a process that dies between any two steps of a pull, or of storing code, leaves files that the
//! next process can handle.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_core::reference::PluginReference;
use podweave_registry::{Access, Progress, Pulled, RegistryError};
use podweave_sandbox::compile::{CompileLimits, Compiler};
use podweave_sandbox::compiled::CodeKey;
use podweave_sandbox::{Allocation, Sandbox};
use podweave_signature::Artifact;

use crate::compile::{CodeCache, UnfinishedCode};
use crate::pull::ArtifactStore;
use crate::settings::Settings;
use crate::trust::Trust;
use crate::{Registry, Request, Store, StoreParts};
use podweave_crash_point::{die_after, revive};

const COMPONENT: &[u8] = b"a component";

/// A registry that always answers correctly.
struct Obliging;

impl Registry for Obliging {
    fn resolve<'a>(
        &'a self,
        _: &'a OciReference,
        _: &'a Access,
    ) -> BoxFuture<'a, Result<Digest, RegistryError>> {
        std::future::ready(Ok(Digest::of(b"manifest"))).boxed()
    }

    fn pull<'a>(
        &'a self,
        _: &'a OciReference,
        _: &'a Digest,
        _: &'a Access,
        mut into: &'a File,
        _: Box<dyn Fn(Progress) + Send + Sync + 'a>,
    ) -> BoxFuture<'a, Result<Pulled, RegistryError>> {
        into.write_all(COMPONENT).unwrap();
        let pulled = Pulled {
            manifest: Vec::new(),
            component: Digest::of(COMPONENT),
            size: COMPONENT.len() as u64,
        };
        std::future::ready(Ok(pulled)).boxed()
    }

    fn signatures<'a>(
        &'a self,
        _: &'a OciReference,
        _: &'a Digest,
        _: &'a Access,
    ) -> BoxFuture<'a, Result<Vec<Artifact>, RegistryError>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }
}

fn store(directory: &Path) -> Store {
    let store = Store::new(StoreParts {
        sandbox: Arc::new(Sandbox::new(Allocation::OnDemand).unwrap()),
        compiler: Compiler::new(PathBuf::new(), Vec::new(), CompileLimits::default()),
        compilations: 1,
        cache: CodeCache::new(directory.join("code")),
        artifacts: ArtifactStore::bounded(directory.join("plugins"), 1 << 20),
        registry: Arc::new(Obliging),
        observer: Arc::new(|_| ()),
    });
    store.configure(Settings {
        trust: Trust::everything(),
        ..Settings::default()
    });
    store
}

#[tokio::test]
async fn a_pull_that_died_at_any_step_is_repeated() {
    let reference = PluginReference::parse("registry.test/acme/web:1").unwrap();
    for steps in 0.. {
        let directory = tempfile::tempdir().unwrap();
        die_after(steps);
        let before = store(directory.path())
            .component(&Request::new(&reference, "shop"))
            .await;
        let has_died = revive();
        if let Ok(component) = before {
            assert_eq!(component.bytes(1 << 20).unwrap(), COMPONENT);
        }
        let component = store(directory.path())
            .component(&Request::new(&reference, "shop"))
            .await
            .unwrap();
        assert_eq!(
            component.bytes(1 << 20).unwrap(),
            COMPONENT,
            "after {steps} steps"
        );
        if !has_died {
            assert!(steps > 8, "only {steps} steps were tried");
            break;
        }
    }
}

#[test]
fn code_whose_writing_died_at_any_step_is_absent_or_complete() {
    let (key, code) = (
        CodeKey {
            component: Digest::of(COMPONENT),
            engine: "engine".to_owned(),
        },
        b"code",
    );
    let write = |cache: &CodeCache| {
        let unfinished = cache.begin()?;
        if let UnfinishedCode::OnDisk(file) = &unfinished {
            file.as_file().write_all(code)?;
        }
        cache.finish(unfinished, &key, Duration::from_millis(7)).map(drop)
    };
    for steps in 0.. {
        let directory = tempfile::tempdir().unwrap();
        let cache = CodeCache::new(directory.path().join("code"));
        die_after(steps);
        let _ = write(&cache);
        let has_died = revive();
        if let Ok(found) = cache.find(&key) {
            assert!(
                std::fs::read(found.lease.unwrap().path())
                    .unwrap()
                    .starts_with(code),
                "after {steps} steps"
            );
        }
        write(&cache).unwrap();
        cache.find(&key).unwrap();
        assert_eq!(
            cache.entries("engine")[0].compiled_in,
            Some(Duration::from_millis(7))
        );
        if !has_died {
            assert!(steps > 5, "only {steps} steps were tried");
            break;
        }
    }
}
