//! `--watch` renders again when a file is saved.

mod support;

use std::fs;

use support::spawned::Spawned;
use support::{Place, component, config_map, pod, pod_with};

const READY: &str = "press Ctrl-C to stop";

fn saying(word: &str) -> String {
    config_map().replace("hello", word)
}

#[test]
fn a_saved_manifest_shows_what_changed() {
    let place = Place::new().with_case(".");
    let run = Spawned::new(place.command(&["render", ".", "--watch"]));
    let first = run.until(READY);
    assert!(first.contains("  GREETING  hello web"), "{first}");
    place.write("configmaps.yaml", saying("goodbye"));
    let change = run.until(READY);
    for line in [
        "--- before",
        "+++ now",
        "-    value: hello web",
        "+    value: goodbye web",
    ] {
        assert!(change.lines().any(|shown| shown == line), "{line:?} in\n{change}");
    }
    assert!(!change.contains("igest"), "{change}");
    assert_eq!(run.interrupt().code(), Some(0));
}

#[test]
fn a_file_that_an_editor_replaces_is_noticed() {
    let place = Place::new()
        .with_case("in")
        .with("outside.tmp", &saying("replaced"));
    let run = Spawned::new(place.command(&["render", "in/pod.yaml", "in/configmaps.yaml", "--watch"]));
    run.until(READY);
    fs::rename(place.path("outside.tmp"), place.path("in/configmaps.yaml")).expect("renamed");
    run.until("+    value: replaced web");
    // And once more: the watch is not on the replaced file.
    run.until(READY);
    place.write("in/configmaps.yaml", saying("again"));
    run.until("+    value: again web");
}

#[test]
fn an_error_is_shown_and_the_last_good_result_is_compared_with() {
    let place = Place::new().with_case(".");
    let run = Spawned::new(place.command(&["render", ".", "--watch"]));
    run.until(READY);
    place.write("configmaps.yaml", "a: [");
    assert!(
        run.until(READY)
            .contains("error: ./configmaps.yaml: line 1, column 4")
    );
    place.write("configmaps.yaml", config_map());
    assert!(run.until(READY).contains("note: nothing changed"));
    place.write("configmaps.yaml", saying("goodbye"));
    assert!(run.until(READY).contains("-    value: hello web"));
}

#[test]
fn a_touch_is_quiet() {
    let place = Place::new().with_case(".");
    let run = Spawned::new(place.command(&["render", ".", "--watch"]));
    run.until(READY);
    place.write("configmaps.yaml", config_map());
    place.write("unrelated.txt", "text");
    place.write("configmaps.yaml", saying("goodbye"));
    let change = run.until(READY);
    assert!(
        change.contains("+    value: goodbye web") && !change.contains("nothing changed"),
        "{change}"
    );
}

#[test]
fn a_new_manifest_in_a_directory_is_noticed() {
    let place = Place::new().with_case(".");
    let run = Spawned::new(place.command(&["render", ".", "--watch"]));
    run.until(READY);
    place.write(
        "second.yaml",
        pod().replace("name: web\n  ann", "name: second\n  ann"),
    );
    run.until("+  pod: second");
    run.until(READY);
    fs::remove_file(place.path("second.yaml")).expect("removed");
    run.until("-  pod: second");
}

#[test]
fn a_saved_plugin_is_used() {
    let place = Place::new().with(
        "pod.yaml",
        &pod_with(&[("plugin", "acme"), ("params", "env: {A: b}")]),
    );
    let run = Spawned::new(place.command(&[
        "render",
        "pod.yaml",
        "--watch",
        "--plugin",
        "acme=build/acme.wasm",
    ]));
    assert!(run.until(READY).contains("cannot read build/acme.wasm"));
    place.write("build/acme.wasm", component());
    run.until("  A  b");
    run.until(READY);
    place.write("build/acme.wasm", "damaged");
    run.until("it is not Wasm");
}

#[test]
fn written_files_follow() {
    let place = Place::new().with_case("in");
    let run = Spawned::new(place.command(&["render", "in", "--watch", "-o", "dir=out"]));
    run.until(READY);
    place.write("in/configmaps.yaml", saying("goodbye"));
    run.until(READY);
    assert_eq!(
        place.read("out/default/web/web/root/etc/podweave/app.conf"),
        "word = goodbye\n"
    );
}

#[test]
fn golden_cases_are_checked_again() {
    let place = Place::new().with_case("cases/web");
    place.run(&["test", "--update"]).good();
    let run = Spawned::new(place.command(&["test", "--watch"]));
    assert!(run.until(READY).contains("1 passed, 0 failed"));
    place.write("cases/web/configmaps.yaml", saying("goodbye"));
    assert!(run.until(READY).contains("0 passed, 1 failed"));
    place.write("cases/web/configmaps.yaml", config_map());
    assert!(run.until(READY).contains("1 passed, 0 failed"));
    fs::create_dir(place.path("cases/new")).expect("a directory");
    place.write("cases/new/pod.yaml", pod_with(&[("plugin", "handlebars")]));
    run.until("1 passed, 1 failed");
    assert_eq!(run.interrupt().code(), Some(0));
}

#[test]
fn an_update_while_watching_settles() {
    let place = Place::new().with_case(".");
    let run = Spawned::new(place.command(&["test", "--watch", "--update"]));
    run.until("updated ./expected.yaml");
    place.write("configmaps.yaml", saying("goodbye"));
    run.until("updated ./expected.yaml");
    run.until(READY);
    assert!(place.read("expected.yaml").contains("goodbye web"));
}

#[test]
fn a_podweave_whose_file_was_replaced_still_compiles() {
    let place = Place::new().with_case(".");
    let program = place.path("podweave");
    fs::copy(env!("CARGO_BIN_EXE_podweave"), &program).expect("copied");
    let mut command = place.command_of(
        &program,
        &["render", ".", "--watch", "--plugin", "late=late.wasm"],
    );
    command.env("PODWEAVE_CACHE_DIR", place.path("cache"));
    let run = Spawned::new(command);
    run.until(READY);
    // As an upgrade does; the new file is not podweave.
    place.write("podweave.new", "#!/bin/sh\nexit 1\n");
    fs::rename(place.path("podweave.new"), &program).expect("replaced");
    // A custom section makes other code than that of the first render, which is in the cache.
    place.write("late.wasm", [component(), &[0, 3, 2, b'n', 1]].concat());
    place.write(
        "second.yaml",
        pod()
            .replace("name: web\n  ann", "name: second\n  ann")
            .replace("plugin: \"handlebars\"", "plugin: late"),
    );
    let change = run.until(READY);
    assert!(
        change.contains("+  pod: second") && !change.contains("error"),
        "{change}"
    );
}
