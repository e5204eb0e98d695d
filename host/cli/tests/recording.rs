//! `podweave render --record`.

mod support;

use support::{MARKER, PARAMS, Place, component, config_map, pod, pod_with};

const RECORDED: &str = "note: recorded in case: podweave test case
note: check it before you share it: it has the values of ConfigMaps and of plain variables, and the names of Secrets
";

fn replay(place: &Place) {
    assert_eq!(place.run(&["test", "case"]).silent(), "1 passed, 0 failed\n");
}

#[test]
fn a_render_of_files_becomes_a_case_that_passes() {
    let place = Place::new().with_case("manifests").with(
        "manifests/unused.yaml",
        "kind: ConfigMap\nmetadata: {name: unused}\ndata: {a: b}",
    );
    let run = place.run(&["render", "manifests", "-n", "shop", "--record", "case"]);
    assert_eq!(run.stderr, RECORDED);
    assert!(run.good().contains("GREETING  hello web"));
    let files = place.files();
    assert_eq!(
        files[..3],
        ["case/configmaps.yaml", "case/expected.yaml", "case/pod.yaml"]
    );
    assert!(!place.read("case/configmaps.yaml").contains("unused"));
    replay(&place);
    assert_eq!(
        place.run(&["test", "case", "-n", "elsewhere"]).silent(),
        "1 passed, 0 failed\n",
        "namespaces are written out"
    );
    place.write(
        "case/configmaps.yaml",
        place.read("case/configmaps.yaml").replace("hello", "goodbye"),
    );
    place.run(&["test", "case"]).failed();
}

#[test]
fn facts_and_own_plugins_are_recorded() {
    let pod = pod_with(&[("plugin", "acme/web"), ("config-maps", "app"), ("params", PARAMS)]);
    let place = Place::new()
        .with("a/pod.yaml", &pod)
        .with("a/configmaps.yaml", &config_map());
    place.write("plugins/web.wasm", component());
    let facts = [
        "--set",
        "node-label/zone=eu-1",
        "--set",
        "node-name=n1",
        "--set",
        "node-label/zone=eu-2",
    ];
    let arguments = [
        "render",
        "a",
        "--record",
        "case",
        "--plugin",
        "acme/web=plugins/web.wasm",
    ];
    let run = place.run(&[&arguments[..], &facts].concat());
    assert!(run.stderr.ends_with(RECORDED), "{}", run.stderr);
    assert!(run.good().contains("eu-2"));
    assert_eq!(
        place.read("case/case.yaml"),
        "plugins:\n  acme/web: ../plugins/web.wasm\nset:\n  node-label/zone: eu-2\n  node-name: n1\n"
    );
    replay(&place);
}

#[test]
fn several_workloads_are_one_case() {
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop}}\nspec:\n  template:\n{}",
        support::template(
            &[("plugin", "handlebars"), ("params", "env: {A: b}")],
            "    ",
            "x"
        )
    );
    let place = Place::new().with(
        "all.yaml",
        &format!("{}---\n{}---\n{deployment}", pod(), config_map()),
    );
    place.run(&["render", "all.yaml", "--record", "case"]).good();
    assert!(place.read("case/expected.yaml").contains("pod: shop"));
    replay(&place);
}

#[test]
fn an_error_is_recorded_as_the_expected_one() {
    let place = Place::new()
        .with("pod.yaml", &pod())
        .with("app.yaml", &config_map().replace("word:", "ward:"));
    let run = place.run(&["render", "pod.yaml", "app.yaml", "--record", "case"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(
        run.stderr.contains("key \"word\": is missing") && run.stderr.ends_with(RECORDED),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(MARKER), "{}", run.stderr);
    assert_eq!(
        place.files()[1..4],
        ["case/configmaps.yaml", "case/expected-error.txt", "case/pod.yaml"]
    );
    replay(&place);
}

#[test]
fn nothing_is_recorded_over_files_or_without_a_plugin() {
    let place = Place::new().with_case(".").with("case/notes.txt", "mine");
    let message = place.run(&["render", ".", "--record", "case"]).refused(1);
    assert_eq!(
        message,
        "error: --record: case is not empty; name a new directory\n"
    );
    let message = place.run(&["render", ".", "--record", "pod.yaml"]).refused(1);
    assert!(
        message.starts_with("error: --record: cannot use pod.yaml: "),
        "{message}"
    );
    let place = Place::new().with("pod.yaml", &pod_with(&[("plugin", "acme")]));
    let message = place.run(&["render", "pod.yaml", "--record", "case"]).refused(1);
    assert!(
        message.contains("nothing is recorded, because a case needs a plugin that can be loaded"),
        "{message}"
    );
    assert_eq!(place.files(), ["pod.yaml"]);
}

#[test]
fn a_part_of_a_pod_or_a_watched_one_is_not_recorded() {
    let place = Place::new().with_case(".");
    for other in [&["--watch"][..], &["--container", "web"]] {
        let message = place
            .run(&[&["render", ".", "--record", "case"], other].concat())
            .refused(2);
        assert!(message.contains("cannot be used with"), "{message}");
    }
}
