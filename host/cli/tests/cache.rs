//! The cache of compiled code.

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Command;

use support::{Place, Run, cache};

fn rendered(command: &mut Command) -> Run {
    Run::of(command.output().expect("it runs"))
}

#[test]
fn code_is_compiled_once_and_kept_in_the_named_cache() {
    let place = Place::new().with_case(".");
    for (name, below) in [
        ("PODWEAVE_CACHE_DIR", "own"),
        ("XDG_CACHE_HOME", "xdg/podweave"),
        ("HOME", "home/.cache/podweave"),
    ] {
        let directory = place.path(below.split('/').next().expect("a part"));
        let mut command = place.command(&["render", ".", "-o", "env"]);
        command.env_remove("PODWEAVE_CACHE_DIR").env(name, &directory);
        let first = rendered(&mut command);
        assert!(
            first.stderr.contains("compiling plugin handlebars"),
            "{name}: {}",
            first.stderr
        );
        first.good();
        let is_code = |entry: &fs::DirEntry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "cwasm")
        };
        let code = fs::read_dir(place.path(below))
            .expect("the cache")
            .map(|entry| entry.expect("an entry"))
            .filter(is_code);
        assert_eq!(code.count(), 1, "{name}");
        rendered(&mut command).silent();
    }
}

#[test]
fn without_a_cache_directory_a_random_temporary_one_is_used() {
    let place = Place::new().with_case("in");
    let user = fs::metadata(place.path("in")).expect("a directory").uid();
    let temporary = place.path("tmp");
    // The predictable name, which another user could have created first.
    let prepared = temporary.join(format!("podweave-{user}"));
    fs::create_dir_all(&prepared).expect("a directory");
    fs::set_permissions(&prepared, Permissions::from_mode(0o777)).expect("its mode");
    let mut command = place.command(&["render", "in", "-o", "env"]);
    command.env_remove("PODWEAVE_CACHE_DIR").env("TMPDIR", &temporary);
    for _ in 0..2 {
        let run = rendered(&mut command);
        assert!(
            run.stderr.contains("kept for this run only")
                && run.stderr.contains("compiling plugin handlebars"),
            "{}",
            run.stderr
        );
        assert!(run.good().starts_with("GREETING="));
        let left: Vec<_> = fs::read_dir(&temporary)
            .expect("the directory")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        assert_eq!(left, std::slice::from_ref(&prepared));
        assert_eq!(fs::read_dir(&prepared).expect("the directory").count(), 0);
    }
}

#[test]
fn a_cache_that_others_can_write_to_is_a_warning() {
    let place = Place::new().with_case("in");
    fs::create_dir(place.path("cache")).expect("a directory");
    fs::set_permissions(place.path("cache"), Permissions::from_mode(0o777)).expect("its mode");
    let run = rendered(
        place
            .command(&["render", "in", "-o", "env"])
            .env("PODWEAVE_CACHE_DIR", place.path("cache")),
    );
    assert!(
        run.stderr.contains("warning: cannot store compiled code in ")
            && run.stderr.contains("others can write to it (mode 0777)"),
        "{}",
        run.stderr
    );
    assert!(run.good().starts_with("GREETING="));
    assert_eq!(
        fs::read_dir(place.path("cache")).expect("the directory").count(),
        0
    );
}

#[test]
fn a_file_in_place_of_the_cache_is_a_warning() {
    let place = Place::new().with_case("in").with("cache", "no directory");
    let run = rendered(
        place
            .command(&["render", "in", "-o", "env"])
            .env("PODWEAVE_CACHE_DIR", place.path("cache")),
    );
    assert!(
        run.stderr.contains("warning: cannot store compiled code in ")
            && run.stderr.contains("PODWEAVE_CACHE_DIR"),
        "{}",
        run.stderr
    );
    assert!(run.good().starts_with("GREETING="));
    assert_eq!(place.read("cache"), "no directory");
}

#[test]
fn damaged_code_is_compiled_again() {
    let place = Place::new().with_case("in");
    fs::create_dir(place.path("cache")).expect("a directory");
    fs::set_permissions(place.path("cache"), Permissions::from_mode(0o700)).expect("its mode");
    // Creating the command has filled the cache that all tests share.
    let mut command = place.command(&["render", "in", "-o", "env"]);
    for entry in fs::read_dir(cache()).expect("the cache") {
        let entry = entry.expect("an entry");
        fs::write(place.path("cache").join(entry.file_name()), "damaged").expect("a file");
    }
    command.env("PODWEAVE_CACHE_DIR", place.path("cache"));
    let run = rendered(&mut command);
    assert!(run.stderr.contains("compiling it again"), "{}", run.stderr);
    assert!(run.good().starts_with("GREETING="));
    rendered(&mut command).silent();
}

#[test]
fn cached_code_needs_no_writable_cache() {
    let place = Place::new().with_case(".");
    assert!(limited(&place, "0", &cache()).silent().starts_with("GREETING="));
}

#[test]
fn code_that_cannot_be_stored_leaves_nothing_behind() {
    // The limit applies to files in memory as well.
    let place = Place::new().with_case("in");
    let run = limited(&place, "8", &place.path("cache"));
    let message = run.refused(1);
    assert!(
        message.contains("pod default/web, container web, plugin handlebars"),
        "{message}"
    );
    assert_eq!(fs::read_dir(place.path("cache")).map_or(0, Iterator::count), 0);
    let whole = rendered(
        place
            .command(&["render", "in", "-o", "env"])
            .env("PODWEAVE_CACHE_DIR", place.path("cache")),
    );
    assert!(whole.good().starts_with("GREETING="));
}

/// Renders with a limit of some blocks of 512 bytes per file, as on a full disk. Its results go to a pipe.
fn limited(place: &Place, blocks: &str, cache: &std::path::Path) -> Run {
    let directory = if place.path("in").is_dir() { "in" } else { "." };
    let inner = place.command(&["render", directory, "-o", "env"]);
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "ulimit -f \"$1\"; shift; exec \"$@\"", "sh", blocks])
        .arg(inner.get_program())
        .args(inner.get_args());
    shell
        .current_dir(place.path(""))
        .env_clear()
        .env("PODWEAVE_CACHE_DIR", cache);
    rendered(&mut shell)
}
