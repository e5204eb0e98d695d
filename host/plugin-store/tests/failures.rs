//! A component that cannot be compiled is not compiled again and again, also not by a restarted process.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use podweave_core::reference::PluginReference;
use podweave_plugin_store::CodeCache;
use podweave_plugin_store::{Request, Store, StoreError};
use podweave_sandbox::compile::{CompileError, CompileLimits, Compiler};
use podweave_sandbox::{Allocation, Sandbox};

/// A node whose compiling program is a script that counts its runs.
struct Node {
    directory: tempfile::TempDir,
    limits: CompileLimits,
}

impl Node {
    /// `script` is what the program does after counting.
    fn new(script: &str) -> Self {
        let node = Self {
            directory: tempfile::tempdir().unwrap(),
            limits: CompileLimits::default(),
        };
        node.does(script);
        node
    }

    fn does(&self, script: &str) {
        let program = self.path("compile");
        fs::write(
            &program,
            format!(
                "#!/bin/sh\necho run >> {}\n{script}\n",
                self.path("runs").display()
            ),
        )
        .unwrap();
        fs::set_permissions(program, Permissions::from_mode(0o700)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |runs| runs.lines().count())
    }

    /// Starts a new process on this node, which requests a plugin.
    fn starts(&self) -> Result<(), Arc<StoreError>> {
        self.starts_with(&self.path("code"))
    }

    fn starts_with(&self, code: &Path) -> Result<(), Arc<StoreError>> {
        let sandbox = Arc::new(Sandbox::new(Allocation::OnDemand).unwrap());
        let compiler = Compiler::new(self.path("compile"), Vec::new(), self.limits.clone());
        let store = Store::local(
            sandbox,
            compiler,
            CodeCache::new(code.to_owned()).remembering_failures(),
            |_| {},
        );
        let reference = PluginReference::parse("handlebars").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime
            .block_on(store.plugin(&Request::new(&reference, "default")))
            .map(drop)
    }

    /// The files in which failures are remembered.
    fn remembered(&self) -> Vec<PathBuf> {
        fs::read_dir(self.path("code/failures"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect()
    }
}

/// The part of a script that runs the real program.
fn compiles() -> String {
    format!("exec {} \"$@\"", env!("CARGO_BIN_EXE_podweave-compile-for-store"))
}

#[track_caller]
fn is_remembered(result: Result<(), Arc<StoreError>>, reason: &str) -> PathBuf {
    match &*result.unwrap_err() {
        error @ StoreError::CompileFailedBefore { file, left, .. } => {
            let text = error.to_string();
            assert!(
                text.contains(reason) && text.contains(&file.display().to_string()),
                "{text}"
            );
            assert!(*left <= Duration::from_secs(10));
            file.clone()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn the_next_process_does_not_retry_a_failed_component() {
    for (script, reason) in [
        (
            "echo it is odd >&2; exit 65",
            "the component is not valid: it is odd",
        ),
        (
            "echo it has too much >&2; exit 66",
            "takes more than a plugin may: it has too much",
        ),
        (
            "kill -9 $$",
            "was killed, most likely by the kernel because memory ran out",
        ),
        ("kill -24 $$", "took longer than 60 s"),
        (
            "echo memory allocation of 7 bytes failed >&2; exit 101",
            "of memory, the limit",
        ),
        ("exit 3", "the compiling process failed"),
    ] {
        let node = Node::new(script);
        assert!(matches!(*node.starts().unwrap_err(), StoreError::Compile { .. }));
        is_remembered(node.starts(), reason);
        is_remembered(node.starts(), reason);
        assert_eq!(node.runs(), 1, "{script}");
    }
}

#[test]
fn a_component_whose_compilation_killed_the_process_is_not_retried() {
    // Copy the disk during the compilation: that is what a process leaves if it dies then.
    let node = Node::new("");
    node.does(&format!(
        "/bin/cp -a {} {}\n{}",
        node.path("code").display(),
        node.path("left").display(),
        compiles()
    ));
    node.starts().unwrap();
    assert_eq!(
        node.remembered(),
        Vec::<PathBuf>::new(),
        "a process that survives the compilation leaves nothing"
    );
    is_remembered(
        node.starts_with(&node.path("left")),
        "podweave ended while it was compiling the component",
    );
    assert_eq!(node.runs(), 1);
}

#[test]
fn other_limits_allow_a_new_attempt() {
    let mut node = Node::new("kill -9 $$");
    node.starts().unwrap_err();
    node.does(&compiles());
    is_remembered(node.starts(), "was killed");
    node.limits.memory_bytes *= 2;
    node.starts().unwrap();
}

#[test]
fn removing_the_file_allows_a_new_attempt() {
    let node = Node::new("exit 65");
    node.starts().unwrap_err();
    node.does(&compiles());
    fs::remove_file(is_remembered(node.starts(), "not valid")).unwrap();
    node.starts().unwrap();
    assert_eq!(node.remembered(), Vec::<PathBuf>::new());
}

#[test]
fn errors_not_caused_by_the_component_are_not_remembered() {
    let node = Node::new("exit 74");
    for runs in [2, 4] {
        // Once to the disk and once to memory.
        let error = node.starts().unwrap_err();
        assert!(matches!(*error, StoreError::NoPlace(_)), "{error}");
        assert_eq!(node.runs(), runs);
    }
    fs::remove_file(node.path("compile")).unwrap();
    for _ in 0..2 {
        let error = node.starts().unwrap_err();
        assert!(
            matches!(
                *error,
                StoreError::Compile {
                    error: CompileError::Spawn { .. },
                    ..
                }
            ),
            "{error}"
        );
    }
}
