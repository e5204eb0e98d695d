//! Checks files of compiled code: the checked file is the loaded one, and code runs only as the plugin that
//! it was compiled from.

mod support;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use podweave_core::digest::Digest;
use podweave_sandbox::compile::CompileLimits;
use podweave_sandbox::compiled::{CodeKey, CompiledFile, NotUsable};
use serde_json::json;
use support::{Bench, plugin_of_module};

/// Two plugins, one of which crashes, and the files of their code.
struct Two {
    bench: Bench,
    good: Vec<u8>,
    evil: Vec<u8>,
}

impl Two {
    fn new() -> Self {
        let plugin = |body: &str| {
            plugin_of_module(&format!(
                r#"(module (memory (export "memory") 1) (func (export "podweave:plugin/renderer@0.1.0#render") (result i32) {body}))"#
            ))
        };
        let two = Self {
            bench: Bench::on_demand(),
            good: plugin("(i32.const 0)"),
            evil: plugin("unreachable"),
        };
        for component in [&two.good, &two.evil] {
            two.bench.compile(component, CompileLimits::default()).unwrap();
        }
        two
    }

    fn path(&self, component: &[u8]) -> PathBuf {
        self.bench.code_path(component)
    }

    fn key(&self, component: &[u8]) -> CodeKey {
        self.bench.sandbox.code_key(Digest::of(component))
    }

    fn check(&self, path: &Path, component: &[u8]) -> Result<CompiledFile, NotUsable> {
        CompiledFile::check(File::open(path).unwrap(), &self.key(component))
    }

    fn is_good(&self, file: &CompiledFile) -> bool {
        self.bench
            .attack(&self.bench.sandbox.load(file).unwrap(), &json!({}))
            .result
            .is_ok()
    }
}

#[test]
fn the_checked_file_is_loaded_even_if_its_path_changes() {
    let two = Two::new();
    let checked = two.check(&two.path(&two.good), &two.good).unwrap();
    fs::rename(two.path(&two.evil), two.path(&two.good)).unwrap();
    assert!(two.is_good(&checked));
    fs::remove_file(two.path(&two.good)).unwrap();
    assert!(two.is_good(&checked), "even if the path is gone");
}

#[test]
fn code_of_another_component_is_refused_under_the_name_of_this_one() {
    let two = Two::new();
    fs::rename(two.path(&two.evil), two.path(&two.good)).unwrap();
    let refused = two.check(&two.path(&two.good), &two.good).unwrap_err();
    assert!(matches!(refused, NotUsable::OtherCode), "{refused}");
    two.check(&two.path(&two.good), &two.evil)
        .expect("it is whole, but of the other plugin");
}

#[test]
fn code_of_another_engine_is_refused() {
    let two = Two::new();
    let key = CodeKey {
        engine: "another".to_owned(),
        ..two.key(&two.good)
    };
    let refused = CompiledFile::check(File::open(two.path(&two.good)).unwrap(), &key).unwrap_err();
    assert!(matches!(refused, NotUsable::OtherCode), "{refused}");
}

#[test]
fn a_file_that_others_can_write_or_that_is_changed_or_cut_off_is_refused() {
    let two = Two::new();
    let path = two.path(&two.good);
    let whole = fs::read(&path).unwrap();
    for mode in [0o620, 0o602] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert!(
            matches!(two.check(&path, &two.good), Err(NotUsable::NotOurs(_))),
            "{mode:o}"
        );
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    for place in [
        0,
        whole.len() / 2,
        whole.len() - 1,
        whole.len() - 20,
        whole.len() - 50,
    ] {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(
            matches!(
                two.check(&path, &two.good),
                Err(NotUsable::Damaged(_) | NotUsable::OtherCode)
            ),
            "{place}"
        );
    }
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(
            matches!(two.check(&path, &two.good), Err(NotUsable::Damaged(_))),
            "{length}"
        );
    }
    fs::write(&path, whole).unwrap();
    assert!(two.is_good(&two.check(&path, &two.good).unwrap()));
}

#[test]
fn a_file_of_another_user_is_refused() {
    // Only root can change a file's owner.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let two = Two::new();
    let path = two.path(&two.good);
    std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
    let refused = two.check(&path, &two.good).unwrap_err().to_string();
    assert!(refused.contains("it belongs to user 1234"), "{refused}");
}
