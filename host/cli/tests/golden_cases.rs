//! `podweave test`: which cases pass.

mod support;

use support::{Place, component, config_map, everything, pod, pod_of_everything, pod_with};

/// A directory with a case that passes.
fn passing(directory: &str) -> Place {
    let place = Place::new().with_case(directory);
    place.run(&["test", "--update"]).good();
    place
}

#[test]
fn a_case_with_the_expected_result_passes() {
    assert_eq!(
        passing("cases/web").run(&["test"]).silent(),
        "1 passed, 0 failed\n"
    );
}

#[test]
fn comments_and_form_do_not_fail_a_case() {
    let place = passing("web");
    let document = podweave_core::yaml::document(&place.read("web/expected.yaml")).expect("YAML");
    place.write("web/expected.yaml", format!("# Written by hand.\n{document}\n"));
    assert_eq!(place.run(&["test"]).silent(), "1 passed, 0 failed\n");
}

#[test]
fn a_case_with_another_result_fails_with_a_diff() {
    let place = passing("cases/web");
    place.write(
        "cases/web/configmaps.yaml",
        config_map().replace("hello", "goodbye"),
    );
    let report = place.run(&["test"]).failed();
    for line in [
        "failed cases/web: the result is not the expected one",
        "--- expected.yaml",
        "+++ rendered",
        "-    value: hello web",
        "+    value: goodbye web",
        "0 passed, 1 failed",
    ] {
        assert!(report.lines().any(|shown| shown == line), "{line:?} in\n{report}");
    }
}

#[test]
fn only_failing_cases_are_named() {
    let place = passing("a").with_case("b");
    let report = place.run(&["test", "."]).failed();
    assert!(
        report.contains("failed b: it has no expected.yaml") && !report.contains("failed a"),
        "{report}"
    );
    assert!(report.ends_with("\n1 passed, 1 failed\n"), "{report}");
}

#[test]
fn an_expected_file_that_is_not_yaml_fails() {
    let report = Place::new()
        .with_case("web")
        .with("web/expected.yaml", "a: [")
        .run(&["test"])
        .failed();
    assert!(
        report.contains("failed web: expected.yaml: line 1, column 4"),
        "{report}"
    );
}

#[test]
fn no_case_is_a_failure() {
    let message = Place::new()
        .with("cases/pod.yml", &pod())
        .run(&["test", "cases"])
        .refused(1);
    assert!(
        message.contains("there is no case in cases or below: a case is a directory with pod.yaml"),
        "{message}"
    );
}

#[test]
fn a_directory_that_is_not_there_is_a_failure() {
    let place = Place::new().with("pod.yaml", &pod());
    assert!(
        place
            .run(&["test", "gone"])
            .refused(1)
            .contains("cannot list gone")
    );
    assert!(
        place
            .run(&["test", "pod.yaml"])
            .refused(1)
            .contains("pod.yaml is a file; name the directory")
    );
}

#[test]
fn cases_are_found_at_any_depth_and_once() {
    let place = passing("a/b/c").with_case("a");
    place.run(&["test", "--update"]).good();
    std::os::unix::fs::symlink("..", place.path("a/b/loop")).expect("a link");
    assert_eq!(place.run(&["test", ".", "a"]).silent(), "2 passed, 0 failed\n");
}

#[test]
fn hidden_and_built_directories_are_passed_over() {
    let place = passing("web")
        .with_case(".hidden")
        .with_case("target/x")
        .with_case("x/node_modules/y");
    assert_eq!(place.run(&["test"]).silent(), "1 passed, 0 failed\n");
    // Unless they are named.
    assert!(
        place
            .run(&["test", "target"])
            .failed()
            .ends_with("0 passed, 1 failed\n")
    );
}

#[test]
fn an_error_can_be_expected() {
    let place = Place::new()
        .with("web/pod.yaml", &pod())
        .with("web/expected-error.txt", "");
    place.run(&["test"]).failed();
    assert_eq!(
        place.run(&["test", "--update"]).silent(),
        "updated web/expected-error.txt\n1 passed, 0 failed\n"
    );
    let error = place.read("web/expected-error.txt");
    assert!(
        error.contains("ConfigMap default/app (\"app\") does not exist") && error.ends_with('\n'),
        "{error}"
    );
    assert_eq!(place.run(&["test"]).silent(), "1 passed, 0 failed\n");
    place.write("web/configmaps.yaml", config_map());
    assert!(
        place
            .run(&["test", "--update"])
            .failed()
            .contains("failed web: the render did not fail")
    );
}

#[test]
fn a_case_with_both_expectations_fails() {
    let place = passing("web").with("web/expected-error.txt", "");
    assert!(
        place
            .run(&["test"])
            .failed()
            .contains("it has both expected.yaml and expected-error.txt; remove one of them")
    );
}

#[test]
fn a_failing_render_is_shown() {
    let place = passing("web");
    place.write("web/configmaps.yaml", config_map().replace("word:", "ward:"));
    let report = place.run(&["test"]).failed();
    assert!(
        report.contains("failed web: the render failed")
            && report.contains("\npod default/web, container web, plugin handlebars: "),
        "{report}"
    );
}

#[test]
fn a_misspelt_file_of_a_case_is_named() {
    for (misspelt, meant) in [
        ("configmap.yaml", "configmaps.yaml"),
        ("config-maps.yml", "configmaps.yaml"),
        ("expected.yml", "expected.yaml"),
        ("cases.yaml", "case.yaml"),
    ] {
        let report = passing("web")
            .with(&format!("web/{misspelt}"), "")
            .run(&["test"])
            .failed();
        assert!(
            report.contains(&format!(
                "it has {misspelt:?}, which is not read (did you mean {meant:?}?)"
            )),
            "{report}"
        );
    }
}

#[test]
fn a_case_can_set_facts_and_the_command_line_wins() {
    let place = passing("web").with("web/case.yaml", "set: {node-label/zone: eu-1, pod-name: web-7}\n");
    let report = place.run(&["test"]).failed();
    assert!(
        report.contains("+    value: hello web-7") && report.contains("+    value: eu-1"),
        "{report}"
    );
    let report = place.run(&["test", "--set", "node-label/zone=us-2"]).failed();
    assert!(
        report.contains("+    value: hello web-7") && report.contains("+    value: us-2"),
        "{report}"
    );
}

#[test]
fn a_case_can_bind_plugins_and_the_command_line_wins() {
    let place = Place::new()
        .with(
            "web/pod.yaml",
            &pod_with(&[("plugin", "acme"), ("params", "env: {A: b}")]),
        )
        .with("web/case.yaml", "plugins: {acme: ../acme.wasm}\n");
    place.write("acme.wasm", component());
    assert_eq!(
        place.run(&["test", "--update"]).good(),
        "updated web/expected.yaml\n1 passed, 0 failed\n"
    );
    let report = place.run(&["test", "--plugin", "acme=gone.wasm"]).failed();
    assert!(report.contains("cannot read gone.wasm"), "{report}");
}

#[test]
fn a_plugin_of_the_command_line_is_for_all_cases() {
    let case = pod_with(&[("plugin", "acme"), ("params", "env: {A: b}")]);
    let place = Place::new().with("a/pod.yaml", &case).with("b/pod.yaml", &case);
    place.write("acme.wasm", component());
    place
        .run(&["test", "--update", "--plugin", "acme=acme.wasm"])
        .good();
    assert_eq!(
        place.run(&["test", "--plugin", "acme=acme.wasm"]).silent(),
        "2 passed, 0 failed\n"
    );
}

#[test]
fn the_settings_of_a_case_are_read_strictly() {
    for (settings, part) in [
        ("sets: {}", "unknown field \"sets\" (did you mean \"set\"?)"),
        ("set: {pod-nam: x}", "did you mean \"pod-name\"?"),
        (
            "set: {pod-uid: 5}",
            "set.pod-uid: expected text, found a number; put it in quotes",
        ),
        ("plugins: {../x: y}", "is a path"),
        ("plugins: [x]", "plugins: expected an object"),
        ("a: [", "case.yaml: line 1"),
    ] {
        let report = passing("web")
            .with("web/case.yaml", settings)
            .run(&["test"])
            .failed();
        assert!(
            report.contains("failed web: case.yaml: ") && report.contains(part),
            "{report}"
        );
    }
}

#[test]
fn a_case_can_be_skipped_for_a_reason() {
    let place = passing("a")
        .with_case("b")
        .with("b/case.yaml", "skip: not before 1.2\n");
    assert_eq!(
        place.run(&["test"]).silent(),
        "skipped b: not before 1.2\n1 passed, 0 failed, 1 skipped\n"
    );
}

#[test]
fn a_failing_case_shows_its_plugins_whole_log() {
    let place = Place::new().with("web/pod.yaml", &pod_of_everything());
    place.write("everything.wasm", everything());
    let arguments = ["test", "--plugin", "everything=everything.wasm"];
    let failed = place.run(&arguments);
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    for line in [
        "debug: pod default/web-0, container web, plugin everything: a line for debug",
        "info: pod default/web-0, container web, plugin everything: a line for info",
    ] {
        assert!(
            failed.stderr.lines().any(|said| said == line),
            "{line:?} in\n{}{}",
            failed.stdout,
            failed.stderr
        );
    }
    place
        .run(&["test", "--update", "--plugin", "everything=everything.wasm"])
        .good();
    assert!(!place.run(&arguments).good().contains("a line for"));
}
