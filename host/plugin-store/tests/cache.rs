//! Compiled code on disk: code that cannot be used is compiled again, and incomplete code is never visible.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use podweave_core::reference::PluginReference;
use podweave_plugin_store::CodeCache;
use podweave_plugin_store::{Event, Request, Store, StoreError};
use podweave_sandbox::compile::{CompileError, CompileLimits, Compiler};
use podweave_sandbox::{Allocation, LoadError, Sandbox};

/// A store and the events that it has reported.
struct Bench {
    store: Store,
    events: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn over(cache: &Path) -> Self {
        Self::with(cache, compiling_program())
    }

    fn with(cache: &Path, program: PathBuf) -> Self {
        let sandbox = Arc::new(Sandbox::new(Allocation::OnDemand).unwrap());
        let compiler = Compiler::new(program, Vec::new(), CompileLimits::default());
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&events);
        let observer = move |event: &Event<'_>| told.lock().unwrap().push(described(event));
        Self {
            store: Store::local(sandbox, compiler, CodeCache::new(cache.to_owned()), observer),
            events,
        }
    }

    fn handlebars(&self) -> Result<(), Arc<StoreError>> {
        self.plugin("handlebars")
    }

    fn plugin(&self, name: &str) -> Result<(), Arc<StoreError>> {
        let reference = PluginReference::parse(name).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime
            .block_on(self.store.plugin(&Request::new(&reference, "default")))
            .map(drop)
    }

    fn events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

fn described(event: &Event<'_>) -> String {
    match event {
        Event::Compiling { plugin, .. } => format!("compiling {plugin}"),
        Event::Compiled { plugin, .. } => format!("compiled {plugin}"),
        Event::CacheUnusable { reason, .. } => format!("unusable: {reason}"),
        Event::CacheNotWritten { reason, .. } => format!("not written: {reason}"),
        other => format!("{other:?}"),
    }
}

/// The sandbox's compiling process, which cargo builds with the tests.
fn compiling_program() -> PathBuf {
    env!("CARGO_BIN_EXE_podweave-compile-for-store").into()
}

fn code_in(cache: &Path) -> PathBuf {
    let files = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    // The directory also contains a note of how long compiling took.
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_none_or(|extension| extension != "json"))
        .collect();
    assert_eq!(
        files.len(),
        1,
        "one file of code and nothing unfinished: {files:?}"
    );
    files.remove(0)
}

/// A cache with the code of the handlebars plugin in it.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    Bench::over(&cache).handlebars().unwrap();
    let code = code_in(&cache);
    (directory, code)
}

#[test]
fn a_plugin_is_compiled_once_for_all_processes() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    let first = Bench::over(&cache);
    first.handlebars().unwrap();
    assert_eq!(first.events(), ["compiling handlebars", "compiled handlebars"]);
    first.handlebars().unwrap();
    let second = Bench::over(&cache);
    second.handlebars().unwrap();
    assert_eq!(
        (first.events(), second.events()),
        (Vec::<String>::new(), Vec::<String>::new())
    );
}

#[test]
fn the_cache_is_for_its_owner_only() {
    let (_directory, code) = filled();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&code), mode(code.parent().unwrap())), (0o600, 0o700));
}

/// Damages the code in a cache, and checks that it is compiled again and that the reason is reported.
fn is_compiled_again(damage: impl FnOnce(&Path), reason: &str) {
    let (_directory, code) = filled();
    let whole = fs::read(&code).unwrap();
    damage(&code);
    let bench = Bench::over(code.parent().unwrap());
    bench.handlebars().unwrap();
    let events = bench.events();
    assert!(events[0].contains(reason), "{events:?}");
    assert_eq!(events[1..], ["compiling handlebars", "compiled handlebars"]);
    assert_eq!(
        fs::read(code_in(code.parent().unwrap())).unwrap().len(),
        whole.len()
    );
}

#[test]
fn truncated_code_is_compiled_again() {
    is_compiled_again(
        |code| fs::write(code, &fs::read(code).unwrap()[..100_000]).unwrap(),
        "damaged",
    );
}

#[test]
fn empty_code_is_compiled_again() {
    is_compiled_again(|code| fs::write(code, b"").unwrap(), "damaged");
}

#[test]
fn code_with_one_changed_bit_is_compiled_again() {
    let change = |code: &Path| {
        let mut bytes = fs::read(code).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(code, bytes).unwrap();
    };
    is_compiled_again(change, "checksum");
}

#[test]
fn code_that_others_can_write_is_compiled_again() {
    is_compiled_again(
        |code| fs::set_permissions(code, Permissions::from_mode(0o666)).unwrap(),
        "others can write to it",
    );
}

#[test]
fn code_of_another_plugin_under_this_ones_name_is_compiled_again() {
    let other = |code: &Path| {
        let elsewhere = tempfile::tempdir().unwrap();
        let cache = elsewhere.path().join("cache");
        Bench::over(&cache).plugin("dotenv").unwrap();
        fs::copy(code_in(&cache), code).unwrap();
    };
    let (_directory, code) = filled();
    other(&code);
    let bench = Bench::over(code.parent().unwrap());
    bench.handlebars().unwrap();
    assert_eq!(
        bench.events(),
        [
            "unusable: it is the code of another component or another engine",
            "compiling handlebars",
            "compiled handlebars"
        ]
    );
    let again = Bench::over(code.parent().unwrap());
    again.handlebars().unwrap();
    assert_eq!(again.events(), Vec::<String>::new());
}

#[test]
fn a_cache_that_others_can_write_to_is_reported_and_not_used() {
    let (_directory, code) = filled();
    let cache = code.parent().unwrap();
    fs::set_permissions(cache, Permissions::from_mode(0o777)).unwrap();
    let before = fs::read(&code).unwrap();
    let bench = Bench::over(cache);
    bench.handlebars().unwrap();
    assert_eq!(
        bench.events(),
        [
            "compiling handlebars",
            "not written: others can write to it (mode 0777)",
            "compiled handlebars"
        ]
    );
    assert_eq!(
        fs::read(code_in(cache)).unwrap(),
        before,
        "nothing is written there"
    );
}

#[test]
fn a_directory_in_the_place_of_code_is_not_used() {
    let (_directory, code) = filled();
    fs::remove_file(&code).unwrap();
    fs::create_dir(&code).unwrap();
    let bench = Bench::over(code.parent().unwrap());
    bench.handlebars().unwrap();
    assert!(
        bench
            .events()
            .iter()
            .any(|event| event.starts_with("not written")),
        "a directory cannot be replaced by a file, but the plugin works anyway"
    );
}

#[test]
fn complete_code_of_another_engine_is_compiled_again() {
    // Like a change of the engine's settings without a change of its identity: the file is sealed and belongs
    // to this user, but wasmtime refuses it.
    let foreign = |code: &Path| {
        let mut file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .truncate(true)
            .open(code)
            .unwrap();
        std::io::Write::write_all(&mut file, &[0x7f; 10_000]).unwrap();
        let handlebars = podweave_plugin_store::BuiltIn::find("handlebars").unwrap().digest;
        let sandbox = Sandbox::new(Allocation::OnDemand).unwrap();
        podweave_sandbox::compiled::CompiledFile::seal(&mut file, &sandbox.code_key(handlebars)).unwrap();
    };
    let (_directory, code) = filled();
    foreign(&code);
    let bench = Bench::over(code.parent().unwrap());
    bench.handlebars().unwrap();
    assert_eq!(bench.events(), ["compiling handlebars", "compiled handlebars"]);
}

#[test]
fn a_cache_that_cannot_be_written_is_reported_and_the_plugin_works() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("a-file");
    fs::write(&cache, "in the way").unwrap();
    let bench = Bench::over(&cache);
    bench.handlebars().unwrap();
    let events = bench.events();
    assert!(
        events.iter().any(|event| event.starts_with("not written")),
        "{events:?}"
    );
    assert_eq!(fs::read_to_string(&cache).unwrap(), "in the way");
}

#[test]
fn old_unfinished_files_of_killed_processes_are_removed() {
    let (_directory, code) = filled();
    let cache = code.parent().unwrap();
    let (old, young) = (cache.join(".unfinished-old"), cache.join(".unfinished-young"));
    fs::write(&old, "half").unwrap();
    fs::write(&young, "half").unwrap();
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    fs::File::options()
        .write(true)
        .open(&old)
        .unwrap()
        .set_modified(yesterday)
        .unwrap();
    fs::remove_file(&code).unwrap();
    Bench::over(cache).handlebars().unwrap();
    assert_eq!(
        (old.exists(), young.exists()),
        (false, true),
        "a young one may belong to a running process"
    );
}

#[test]
fn a_compiling_process_that_cannot_be_run_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::with(&directory.path().join("cache"), "/nowhere/podweave".into());
    let error = bench.handlebars().unwrap_err();
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
    assert!(error.to_string().contains("/nowhere/podweave"), "{error}");
}

#[test]
fn an_unknown_name_gets_the_nearest_one() {
    let directory = tempfile::tempdir().unwrap();
    let error = Bench::over(directory.path())
        .plugin("handlebar")
        .unwrap_err()
        .to_string();
    assert!(error.contains(r#"did you mean "handlebars"?"#), "{error}");
}

#[test]
fn a_name_can_be_bound_to_a_file_which_is_read_again_if_it_changes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plugin.wasm");
    let bench = Bench::over(&directory.path().join("cache"));
    bench
        .store
        .bind_file(&PluginReference::parse("acme/web:1").unwrap(), file.clone());
    assert!(matches!(
        *bench.plugin("acme/web:1").unwrap_err(),
        StoreError::File { .. }
    ));
    fs::write(
        &file,
        podweave_plugin_store::BuiltIn::find("handlebars")
            .unwrap()
            .component,
    )
    .unwrap();
    bench.plugin("acme/web:1").unwrap();
    fs::write(&file, b"\0asm\x0d\0\x01\0").unwrap();
    let error = bench.plugin("acme/web:1").unwrap_err();
    assert!(
        matches!(
            *error,
            StoreError::Load {
                error: LoadError::NoRenderer { .. },
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
}
