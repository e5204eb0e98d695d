//! The errors of `podweave render`.

mod support;

use support::{MARKER, Place, config_map, pod, pod_with};

/// The message with which manifests in one file are refused.
#[track_caller]
fn refusal(manifests: &str) -> String {
    let message = Place::new()
        .with("pod.yaml", manifests)
        .run(&["render", "pod.yaml"])
        .refused(1);
    assert!(
        message.starts_with("error: ") && !message.contains(MARKER),
        "{message}"
    );
    message
}

#[track_caller]
fn has(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} in {message}");
    }
}

#[test]
fn broken_yaml_with_its_line_and_column() {
    has(
        &refusal(&format!("kind: Pod\nmetadata:\n  name: [{MARKER}\n")),
        &["pod.yaml: line ", ", column "],
    );
    has(
        &refusal("kind: Pod\nkind: Pod\n"),
        &["line 2, column 1", "is a duplicate"],
    );
}

#[test]
fn a_field_of_the_wrong_shape_with_its_path() {
    has(
        &refusal("kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: 5}]}\n"),
        &[
            "pod.yaml, document 1: spec.containers[0].image",
            "put it in quotes",
        ],
    );
}

#[test]
fn a_missing_file() {
    has(
        &Place::new().run(&["render", "gone.yaml"]).refused(1),
        &["cannot read gone.yaml: No such file"],
    );
}

#[test]
fn a_file_that_is_not_text() {
    let place = Place::new();
    place.write("pod.yaml", b"\xff\xfe");
    has(
        &place.run(&["render", "pod.yaml"]).refused(1),
        &["pod.yaml is not UTF-8 text"],
    );
}

#[test]
fn a_directory_without_manifests() {
    has(
        &Place::new()
            .with("below/pod.yaml", &pod())
            .run(&["render", "."])
            .refused(1),
        &["no .yaml, .yml or .json file directly in it"],
    );
}

#[test]
fn manifests_without_a_pod() {
    has(&refusal(&config_map()), &["there is no pod and no workload"]);
}

#[test]
fn a_pod_without_annotations() {
    has(
        &refusal(&pod_with(&[])),
        &[
            "nothing is rendered: no annotation of \"default/web\"",
            "podweave.dev/plugin: handlebars",
        ],
    );
}

#[test]
fn an_unknown_plugin() {
    has(
        &refusal(&pod_with(&[("plugin", "handlebar")])),
        &[
            "pod default/web, container web, plugin handlebar",
            "did you mean \"handlebars\"?",
            "--plugin handlebar=FILE.wasm",
        ],
    );
}

#[test]
fn an_unknown_annotation() {
    has(
        &refusal(&pod_with(&[("plugin", "handlebars"), ("config-map", "app")])),
        &[
            "annotation podweave.dev/config-map:",
            "did you mean \"config-maps\"?",
        ],
    );
}

#[test]
fn a_missing_config_map() {
    has(
        &refusal(&pod()),
        &[
            "pod default/web, container web, plugin handlebars",
            "ConfigMap default/app",
            "does not exist",
        ],
    );
}

#[test]
fn a_config_map_that_is_in_another_namespace() {
    let elsewhere = config_map().replace("name: app", "name: app, namespace: shop");
    has(
        &refusal(&format!("{}---\n{elsewhere}", pod())),
        &[
            "ConfigMap default/app",
            "does not exist",
            "have one of this name in namespace \"shop\"",
            "-n",
        ],
    );
}

#[test]
fn a_config_map_whose_name_is_misspelt() {
    let misspelt = config_map().replace("name: app", "name: apq");
    has(
        &refusal(&format!("{}---\n{misspelt}", pod())),
        &["ConfigMap default/app", "does not exist (did you mean \"apq\"?)"],
    );
}

#[test]
fn annotations_on_a_deployment_instead_of_its_pod_template() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\n  annotations: {podweave.dev/plugin: handlebars}\n\
                      spec: {template: {spec: {containers: [{name: web, image: web}]}}}\n";
    let message = refusal(&format!("{deployment}---\n{}---\n{}", pod(), config_map()));
    has(
        &message,
        &[
            "pod.yaml, document 1: Deployment \"shop\": annotation podweave.dev/plugin",
            "it belongs in spec.template.metadata.annotations",
        ],
    );
}

#[test]
fn braces_without_quotes_in_parameters() {
    let params = "env:\n  PORT: {{config.port}}\n";
    has(
        &refusal(&pod_with(&[("plugin", "handlebars"), ("params", params)])),
        &[
            "annotation podweave.dev/params: line 2, column ",
            "in quotes, such as",
        ],
    );
}

#[test]
fn the_template_of_a_chart() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n";
    has(
        &refusal(template),
        &[
            "pod.yaml: line 4, column ",
            "a template of Helm",
            "helm template CHART",
        ],
    );
}

#[test]
fn a_missing_key() {
    let config_map = config_map().replace("word:", "ward:");
    has(
        &refusal(&format!("{}---\n{config_map}", pod())),
        &["pod default/web, container web, plugin handlebars", "app", "word"],
    );
}

#[test]
fn an_invalid_value_without_showing_it() {
    let pod = pod_with(&[
        ("plugin", "handlebars"),
        ("config-maps", "app"),
        ("params", "env: {A: \"{{add config.secret 1}}\"}"),
    ]);
    has(
        &refusal(&format!("{pod}---\n{}", config_map())),
        &["plugin handlebars"],
    );
}

#[test]
fn two_config_maps_of_one_name() {
    let config_map = config_map();
    has(
        &refusal(&format!("{}---\n{config_map}---\n{config_map}", pod())),
        &["ConfigMap default/app is in pod.yaml and again in pod.yaml"],
    );
}

#[test]
fn several_errors_and_no_partial_result() {
    let good = pod().replace("name: web\n  ann", "name: good\n  ann");
    let bad = |name: &str| {
        pod_with(&[("plugin", "handlebars"), ("config-maps", "gone")])
            .replace("name: web\n  ann", &format!("name: {name}\n  ann"))
    };
    let message = refusal(&format!(
        "{good}---\n{}---\n{}---\n{}",
        bad("first"),
        bad("second"),
        config_map()
    ));
    has(&message, &["pod default/first", "pod default/second"]);
    assert_eq!(message.lines().count(), 2, "{message}");
}

#[test]
fn wrong_usage_with_exit_code_2() {
    let place = Place::new().with_case(".");
    for (arguments, part) in [
        (&["render"][..], "required"),
        (&["rendr", "."], "render"),
        (&["render", ".", "-o", "jsn"], "did you mean \"json\"?"),
        (&["render", ".", "-o", "dir="], "dir= needs a path"),
        (&["render", ".", "--plugin", "acme"], "NAME=FILE.wasm"),
        (&["render", ".", "--plugin", "./acme.wasm=x"], "is a path"),
        (&["render", ".", "-n", "No"], "\"No\" is not a DNS label"),
        (&["render", "-", "--watch"], "standard input cannot be watched"),
        (
            &["render", "-f", "-", "--watch"],
            "standard input cannot be watched",
        ),
        (
            &["render", "-f", "https://example.org/pod.yaml"],
            "is a URL, which podweave does not read",
        ),
        (
            &["render", ".", "-o", "go-template={{.items}}"],
            "use a Handlebars template instead",
        ),
        (
            &["render", ".", "-o", "template="],
            "template= needs a file or a text",
        ),
        (
            &["render", ".", "-o", "template=gone.hbs"],
            "there is no such file",
        ),
        (
            &["render", ".", "-o", "template={{#each items}}"],
            "-o template: ",
        ),
    ] {
        has(&place.run(arguments).refused(2), &[part]);
    }
}
