//! Checks that manifests are typed as kubectl types them. The expected results come from kubectl 1.32:
//! `kubectl label --local -f FILE -o json a=b`.

mod support;

use podweave_core::manifest::Manifests;
use podweave_core::yaml;
use serde_json::{Value, json};
use support::{config_map, manifest_error, manifests, pod};

fn value(text: &str) -> Value {
    let documents = yaml::documents(&format!("a: {text}")).unwrap_or_else(|error| panic!("{text}: {error}"));
    documents[0]["a"].clone()
}

#[test]
fn values_without_quotes_have_kubectls_types() {
    for (text, expected) in [
        ("5e12345", json!("5e12345")),
        ("1E400", json!("1E400")),
        ("1e3", json!(1000.0)),
        ("1e+3", json!(1000.0)),
        ("1.10", json!(1.1)),
        ("1.", json!(1.0)),
        (".5", json!(0.5)),
        ("-.5", json!(-0.5)),
        ("0e1234", json!(0.0)),
        ("0x1F", json!(31)),
        ("-0x10", json!(-16)),
        ("0x_1", json!(1)),
        ("0o17", json!(15)),
        ("0o8", json!("0o8")),
        ("0o-7", json!("0o-7")),
        ("017", json!(15)),
        ("09", json!(9.0)),
        ("0b11", json!(3)),
        ("-0b11", json!(-3)),
        ("0b12", json!("0b12")),
        ("1_000", json!(1000)),
        ("1__0", json!(10)),
        ("1_0.5", json!(10.5)),
        ("_1", json!("_1")),
        ("+5", json!(5)),
        ("18446744073709551615", json!(u64::MAX)),
        ("12345678901234567890123", json!(12_345_678_901_234_567_890_123.0)),
        ("1:30", json!("1:30")),
        ("2020-01-01", json!("2020-01-01")),
        ("y", json!(true)),
        ("N", json!(false)),
        ("off", json!(false)),
        ("NULL", Value::Null),
        ("nULL", json!("nULL")),
        ("~", Value::Null),
        ("+.inf1", json!("+.inf1")),
        ("- x", json!(["x"])),
        ("!!str 5", json!("5")),
        ("!foo 5", json!("5")),
        ("! 5", json!("5")),
        ("!!binary aGVsbG8=", json!("hello")),
        ("!!bool yes", json!(true)),
        ("!!int '5'", json!(5)),
        ("!!float 5", json!(5)),
        ("'5'", json!("5")),
        // kubectl accepts these only in JSON.
        ("\"a\\ud83d\\ude00\"", json!("a😀")),
    ] {
        let text = if text.starts_with("- ") {
            format!("\n{text}")
        } else {
            text.to_owned()
        };
        assert_eq!(value(&text), expected, "{text}");
    }
}

#[test]
fn keys_without_quotes_are_the_text_that_kubectl_makes_of_them() {
    let map = config_map(
        "kind: ConfigMap\nmetadata: {name: a}\ndata: {1.10: a, 0x10: b, yes: c, 1e3: d, -1.5: g, 'no': i, 08: j, 2.50: k}",
    );
    assert_eq!(
        map.keys().collect::<Vec<_>>(),
        ["-1.5", "1.1", "1000", "16", "2.5", "8", "no", "true"]
    );
}

#[test]
fn other_maps_are_taken_over_in_order() {
    let documents =
        yaml::documents("a: &a {x: 1, z: 2}\nb: {x: 5, <<: *a}\nc: {<<: *a, x: 5}\nd: {<<: [{x: 1}, {x: 2, w: 3}]}\ne: {'<<': {x: 1}}").expect("YAML");
    assert_eq!(documents[0]["b"], json!({"x": 1, "z": 2}));
    assert_eq!(documents[0]["c"], json!({"x": 5, "z": 2}));
    assert_eq!(documents[0]["d"], json!({"x": 1, "w": 3}));
    assert_eq!(documents[0]["e"], json!({"<<": {"x": 1}}));
}

#[test]
fn podweaves_own_documents_keep_keys_as_they_are_written() {
    let document = yaml::document("{Y: 1, 1.10: 2, null: 3, m: {x: 5, <<: {x: 1, z: 2}}}").expect("YAML");
    assert_eq!(
        document,
        json!({"Y": 1, "1.10": 2, "null": 3, "m": {"x": 5, "z": 2}})
    );
}

/// What kubectl refuses, or accepts silently, in an object that is not rendered.
const ODD: [&str; 9] = [
    "labels: {commit: 5e12345}",
    "spec: {a: .inf}",
    "spec: {a: 1, a: 2}",
    "spec: {~: x}",
    "spec: {[1]: x}",
    "spec: {<<: 5}",
    "spec: !!int abc",
    "spec: !!binary '%'",
    "apiVersion: 1",
];

#[test]
fn an_object_of_another_kind_never_breaks_a_render() {
    for odd in ODD {
        let manifests = manifests(&format!(
            "kind: Service\nmetadata: {{name: s}}\n{odd}\n---\nkind: ConfigMap\nmetadata: {{name: a}}"
        ));
        assert!(manifests.config_map("shop", "a").is_some(), "{odd}");
        let list = format!(
            "kind: List\nitems:\n- {{kind: ConfigMap, metadata: {{name: a}}}}\n- kind: Service\n  metadata: {{name: s}}\n  {odd}"
        );
        let mut manifests = Manifests::default();
        manifests
            .add("shop.yaml", &list, "shop")
            .unwrap_or_else(|error| panic!("{odd}: {error}"));
    }
}

#[test]
fn the_same_in_a_relevant_object_is_an_error_with_its_place() {
    for odd in ODD
        .iter()
        .filter(|odd| !odd.contains("5e12345") && !odd.contains("apiVersion"))
    {
        let message = manifest_error(&format!(
            "kind: Service\nmetadata: {{name: s}}\n---\nkind: ConfigMap\nmetadata: {{name: a}}\n{odd}"
        ));
        assert!(
            message.starts_with("shop.yaml: line 6, column "),
            "{odd}: {message}"
        );
        let message = manifest_error(&format!(
            "kind: ConfigMapList\nitems:\n- {{metadata: {{name: a}}}}\n- metadata: {{name: b}}\n  {odd}"
        ));
        assert!(
            message.starts_with("shop.yaml: line 5, column "),
            "{odd}: {message}"
        );
    }
    assert!(manifest_error("kind: Service\nkind: Pod").contains("the key \"kind\" is a duplicate"));
}

#[test]
fn the_items_of_a_typed_list_need_no_kind() {
    let manifests = manifests(
        "
{\"kind\": \"ConfigMapList\", \"apiVersion\": \"v1\", \"items\": [{\"metadata\": {\"name\": \"a\"}}, {\"kind\": null, \"metadata\": {\"name\": \"b\"}}]}
---
kind: DeploymentList
apiVersion: apps/v1
items: [{metadata: {name: web}, spec: {template: {spec: {containers: [{name: web}]}}}}]
---
kind: PodList
apiVersion: v1
items: [{metadata: {name: web-0}, spec: {containers: [{name: web}]}}]
---
kind: JobList
apiVersion: batch.volcano.sh/v1alpha1
items: [{metadata: {name: of-another-group}}]
",
    );
    assert_eq!(
        manifests
            .config_maps()
            .map(|map| map.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(
        manifests
            .pods
            .iter()
            .map(|pod| pod.identity())
            .collect::<Vec<_>>(),
        ["shop/web", "shop/web-0"]
    );
}

#[test]
fn a_port_may_be_written_with_a_point() {
    let pod = pod(
        "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, ports: [{name: http, containerPort: 8080.0}]}]}",
    );
    assert_eq!(pod.containers[0].ports["http"], 8080);
}

#[test]
fn braces_without_quotes_are_explained() {
    let of_helm = [
        "metadata:\n  name: {{ .Values.name }}",
        "{{- if .Values.enabled }}\nkind: ConfigMap\n{{- end }}",
        "kind: ConfigMap\nmetadata:\n  labels:\n    {{- include \"a.labels\" . | nindent 4 }}",
        "kind: ConfigMap\nmetadata:\n  name: {{ include \"a.name\" . }}-config",
        "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}",
        "kind: ConfigMap\ndata:\n{{ toYaml .Values.data | indent 2 }}",
    ];
    for text in of_helm {
        let message = manifest_error(text);
        assert!(
            message.starts_with("shop.yaml: line ")
                && message.contains("a template of Helm")
                && message.contains("helm template"),
            "{text}: {message}"
        );
    }
    for text in [
        "env:\n  PORT: {{config.port}}",
        "env: {PORT: {{config.port}}}",
        "args: [{{config.port}}]",
        "env:\n  URL: {{config.host}}:80",
        "- {{x}}",
    ] {
        let message = yaml::document(text).expect_err("not YAML").to_string();
        assert!(
            message.starts_with("line ") && message.contains("in quotes, such as"),
            "{text}: {message}"
        );
    }
    for text in ["a: '{{x}}'\nb: [", "a: |\n  {{x}}\nb: 1\nc: ["] {
        let message = yaml::document(text).expect_err("not YAML").to_string();
        assert!(!message.contains("quotes"), "{text}: {message}");
    }
}
