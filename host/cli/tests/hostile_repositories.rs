//! Untrusted repositories: their links and names must not harm the user who runs podweave in them.

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use podweave_core::text::is_unprintable;
use proptest::prelude::*;
use support::{Place, config_map, pod, pod_with};

/// A file of the victim beside the repository `repo`, which has a case that renders the attacker's content.
fn beside(repo: &str) -> Place {
    let attack = pod_with(&[
        ("plugin", "handlebars"),
        ("params", "files: {x: \"\\ntouch EXECUTED\\n\"}"),
    ]);
    Place::new()
        .with("bashrc", "# mine\n")
        .with(&format!("{repo}/case/pod.yaml"), &attack)
}

#[test]
fn updates_write_nothing_outside_of_the_named_directory() {
    for file in ["expected.yaml", "expected-error.txt"] {
        let place = beside("repo");
        symlink("../../bashrc", place.path(&format!("repo/case/{file}"))).expect("a link");
        let report = place.run(&["test", "repo", "--update"]).failed();
        assert!(
            report.contains(&format!(
                "failed repo/case: repo/case/{file} leads out of repo by a link"
            )),
            "{report}"
        );
        assert_eq!(place.read("bashrc"), "# mine\n");
    }
    // Nor through a linked directory, which is not even searched.
    let place = beside("elsewhere");
    fs::create_dir(place.path("repo")).expect("a directory");
    symlink("../elsewhere/case", place.path("repo/case")).expect("a link");
    let run = place.with_case("repo/own").run(&["test", "repo", "--update"]);
    assert_eq!(run.stdout, "updated repo/own/expected.yaml\n1 passed, 0 failed\n");
    assert!(
        run.stderr
            .contains("repo/case leads out of the directory that was named, and is not searched"),
        "{}",
        run.stderr
    );
}

#[test]
fn no_file_is_read_outside_of_the_named_directory() {
    for file in [
        "pod.yaml",
        "configmaps.yaml",
        "expected.yaml",
        "expected-error.txt",
        "case.yaml",
    ] {
        let place = Place::new().with_case("repo/case").with(
            "secret",
            "kind: ConfigMap\nmetadata: {name: app}\ndata: {word: hunter2}\n",
        );
        let _ = fs::remove_file(place.path(&format!("repo/case/{file}")));
        symlink("../../secret", place.path(&format!("repo/case/{file}"))).expect("a link");
        let run = place.run(&["test", "repo"]);
        assert!(
            run.stdout
                .contains(&format!("repo/case/{file} leads out of repo by a link")),
            "{}",
            run.stdout
        );
        assert!(
            !format!("{}{}", run.stdout, run.stderr).contains("hunter2"),
            "{}{}",
            run.stdout,
            run.stderr
        );
    }
}

#[test]
fn links_within_are_followed_and_stay() {
    let place = Place::new()
        .with_case("repo/a")
        .with("repo/b/pod.yaml", &pod())
        .with("repo/shared.yaml", "");
    symlink("../a/configmaps.yaml", place.path("repo/b/configmaps.yaml")).expect("a link");
    symlink("../shared.yaml", place.path("repo/b/expected.yaml")).expect("a link");
    symlink("repo", place.path("link")).expect("a link");
    place.run(&["test", "link", "--update"]).good();
    assert!(
        place.path("repo/b/expected.yaml").is_symlink()
            && place.read("repo/shared.yaml").contains("hello web")
    );
    assert_eq!(place.run(&["test", "repo"]).silent(), "2 passed, 0 failed\n");
    // The same link leads out of a narrower directory.
    assert!(
        place
            .run(&["test", "repo/b"])
            .failed()
            .contains("name a directory that contains both")
    );
}

#[test]
fn hostile_names_in_manifests_write_nothing_outside() {
    let elsewhere = Place::new();
    let absolute = format!(
        "{{name: abs, namespace: {}}}",
        elsewhere.path("outside").display()
    );
    for metadata in [
        "{name: abs, namespace: outside}",
        "{name: ../../../outside, namespace: ..}",
        &absolute,
        "{generateName: ../outside-}",
    ] {
        let manifest = pod_with(&[("plugin", "handlebars"), ("params", "files: {a: b}")]);
        let spec = manifest.split_once("spec:").expect("a spec").1;
        let annotations =
            "annotations: {podweave.dev/plugin: handlebars, podweave.dev/params: 'files: {a: b}'}";
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {}, {annotations}}}\nspec:{spec}",
            metadata.trim_end_matches('}')
        );
        let place = Place::new().with("in/pod.yaml", &text);
        let run = place.run(&["render", "in", "-o", "dir=w/out"]);
        assert!(
            place
                .files()
                .iter()
                .all(|file| file.starts_with("in/") || file.starts_with("w/out/")),
            "{metadata}: {:?}",
            place.files()
        );
        assert!(
            elsewhere.files().is_empty(),
            "{metadata}: {:?}",
            elsewhere.files()
        );
        assert_eq!(
            run.code,
            Some(i32::from(!metadata.ends_with("namespace: outside}"))),
            "{metadata}: {}",
            run.stderr
        );
    }
}

/// Returns the control sequences of a terminal in a run's output, apart from the requested colours.
fn obeyed(place: &Place, arguments: &[&str]) -> Option<String> {
    let output = place
        .command(arguments)
        .env("CLICOLOR_FORCE", "1")
        .output()
        .expect("it runs");
    let mut shown = String::from_utf8(output.stdout).expect("it prints UTF-8")
        + &String::from_utf8(output.stderr).expect("it prints UTF-8");
    for own in [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[2m",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
        "\u{1b}[36m",
    ] {
        shown = shown.replace(own, "");
    }
    shown
        .chars()
        .any(|c| is_unprintable(c) && !matches!(c, '\n' | '\t'))
        .then_some(shown)
}

#[test]
fn names_of_files_do_not_control_the_terminal() {
    let strange = "x\u{1b}]0;OWNED\u{7}\u{1b}[2J\u{1b}[5mPASSED\r\u{9b}5m\u{202e}";
    let place = Place::new()
        .with_case(strange)
        .with(&format!("{strange}/case.yaml"), "skip: \"later\\e[2J\"\n");
    let file = format!("{strange}/pod.yaml");
    let broken = place
        .with(&format!("{strange}2/pod.yaml"), "kind: Pod\n")
        .with(&format!("{strange}2/expected.yaml"), "");
    let directory = format!("dir={strange}/out");
    let template = format!("{strange}/none.hbs");
    for arguments in [
        &["test"][..],
        &["test", "--update"],
        &["test", &file],
        &["render", strange],
        &["render", &file, "-o", &directory],
        &["render", &file, "-o", &format!("template={template}")],
        &["render", &template],
        &["render", strange, "--record", strange],
        &["explain", strange, "GREETING"],
        &["bench", &template],
        &["plugin", "inspect", &file],
        &["plugin", "build", strange],
        &["plugin", "push", &template, "registry.example/a"],
        &["render", strange, "--plugin", &format!("handlebars={file}")],
        &["plugin", "verify", "registry.example/a", "--key", &template],
    ] {
        assert_eq!(obeyed(&broken, arguments), None, "{arguments:?}");
    }
}

/// A hostile name: letters, and control sequences of a terminal.
fn strange() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("web".to_owned()),
        "[a-z/.\u{1b}\u{7}\u{8}\r\u{9b}\u{202e}\u{fdd0}\\]\\[;0-9mJ]{1,12}"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn names_in_manifests_do_not_control_the_terminal(names in proptest::collection::vec(strange(), 12)) {
        let quoted: Vec<String> = names.iter().map(|name| serde_json::to_string(name).expect("JSON")).collect();
        let [namespace, pod, container, label, annotation, field, plugin, map, key, variable, value, argument] = &quoted[..] else { unreachable!("twelve") };
        let field = field.trim_matches('"');
        let text = format!(
            r#"{{"apiVersion": "v1", "kind": "List", "items": [
            {{"kind": "Pod", "metadata": {{"name": {pod}, "namespace": {namespace}, "labels": {{{label}: {label}}},
              "annotations": {{"podweave.dev/plugin": {plugin}, "podweave.dev/config-maps": {map}, {annotation}: "x", "podweave.dev/{field}": {value}}}}},
              "spec": {{"containers": [{{"name": {container}, "env": [{{"name": {variable}, "value": {value}}}], "args": [{argument}]}}]}}}},
            {{"kind": "ConfigMap", "metadata": {{"name": {map}, "namespace": {namespace}}}, "data": {{{key}: {value}}}}}]}}"#
        );
        let place = Place::new().with("in/pod.yaml", &text).with("in/configmaps.yaml", &config_map());
        for arguments in [&["render", "in"][..], &["test", "in"], &["explain", "in", "A"], &["explain", "--unused", "in"]] {
            prop_assert_eq!(obeyed(&place, arguments), None, "{:?}\n{}", arguments, text);
        }
    }
}
