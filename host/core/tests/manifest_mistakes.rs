//! Checks the messages for mistakes in manifests.

mod support;

use podweave_core::manifest::{ManifestError, Manifests};
use support::{manifest_error, manifests};

#[test]
fn broken_yaml_is_reported_with_file_line_and_column() {
    let table = [
        (
            "kind: Pod\nmetadata: {name: web",
            "shop.yaml: line 2, column 11: unclosed bracket '{'",
        ),
        (
            "kind: Pod\n  spec: x",
            "shop.yaml: line 2, column 7: mapping values are not allowed in this context",
        ),
        ("a: 'x", "shop.yaml: line 1, column 4: unclosed quote"),
        (
            "kind: Pod\nkind: Pod",
            "shop.yaml: line 2, column 1: the key \"kind\" is a duplicate",
        ),
        (
            "a: *nobody",
            "shop.yaml: line 1, column 4: an alias ('*') whose anchor ('&') is not there; put it in quotes if it is text",
        ),
        (
            "a: &a [*a]",
            "shop.yaml: line 1, column 8: an alias must not refer to a value that contains it",
        ),
        (
            "kind: Pod\n: x",
            "shop.yaml: line 2, column 1: a key is missing before ':'",
        ),
        (
            "kind: ConfigMap\na: .inf",
            "shop.yaml: line 2, column 4: a value that is infinite or not a number; put it in quotes if it is text",
        ),
    ];
    for (yaml, message) in table {
        assert_eq!(manifest_error(yaml), message, "{yaml:?}");
    }
}

#[test]
fn a_wrong_shape_is_reported_with_its_document_and_path() {
    let table = [
        (
            "hello",
            "document 1: the document: expected an object, found text",
        ),
        (
            "kind: Service\n---\nkind: Pod",
            "document 2: metadata: is required",
        ),
        (
            "kind: Pod\nmetadata: {}",
            "document 1: metadata.generateName: is required",
        ),
        ("kind: Pod\nmetadata: {name: a}", "document 1: spec: is required"),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {}",
            "document 1: spec.containers: is required",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: {}}",
            "document 1: spec.containers: expected a list, found an object",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{}]}",
            "document 1: spec.containers[0].name: is required",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: A}]}",
            "document 1: spec.containers[0].name: \"A\" is not a DNS label: lower-case letters, digits and '-', a letter or digit at both ends, at most 63 of them",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}], initContainers: [{name: a}]}",
            "document 1: spec: two containers are called \"a\"",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, args: [8080]}]}",
            "document 1: spec.containers[0].args[0]: expected text, found a number; put it in quotes",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, env: [{name: A, value: yes}]}]}",
            "document 1: spec.containers[0].env[0].value: expected text, found a boolean; put it in quotes",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, ports: [{name: http, containerPort: 65536}]}]}",
            "document 1: spec.containers[0].ports[0].containerPort: is not a port number",
        ),
        (
            "kind: Pod\nmetadata: {name: a, annotations: {podweave.dev/params: {a: 1}}}\nspec: {containers: [{name: a}]}",
            "document 1: metadata.annotations.podweave.dev/params: expected text, found an object",
        ),
        (
            "kind: CronJob\nmetadata: {name: a}\nspec: {jobTemplate: {spec: {}}}",
            "document 1: spec.jobTemplate.spec.template: is required",
        ),
    ];
    for (yaml, message) in table {
        assert_eq!(manifest_error(yaml), format!("shop.yaml, {message}"), "{yaml:?}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn names_are_checked_as_by_the_api_server() {
    let metadata = |metadata: &str| {
        format!(
            "kind: Deployment\nmetadata: {{{metadata}}}\nspec: {{template: {{spec: {{containers: [{{name: web}}]}}}}}}"
        )
    };
    let spec =
        |spec: &str| format!("kind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: web{spec}");
    for good in [
        metadata("name: web.v1-0, namespace: shop-1"),
        metadata("generateName: web-"),
        metadata("generateName: web--, name: ''"),
        metadata("name: web, namespace: ''"),
        spec(
            ", env: [{name: 'a b.c', valueFrom: {configMapKeyRef: {name: a.b, key: .k_}}}], envFrom: [{prefix: p., configMapRef: {name: a-}}]}]}",
        ),
        spec("}], nodeName: node.example.org, serviceAccountName: robot}"),
    ] {
        assert_eq!(manifests(&good).pods.len(), 1, "{good}");
    }
    let long = "a".repeat(254);
    for (bad, place, form) in [
        (
            metadata("name: abs, namespace: ../outside"),
            "metadata.namespace",
            "\"../outside\" is not a DNS label: ",
        ),
        (
            metadata("name: abs, namespace: a.b"),
            "metadata.namespace",
            "\"a.b\" is not a DNS label: ",
        ),
        (
            metadata("name: ../../../outside/pwn"),
            "metadata.name",
            "\"../../../outside/pwn\" is not a DNS subdomain: ",
        ),
        (
            metadata("name: .."),
            "metadata.name",
            "\"..\" is not a DNS subdomain: ",
        ),
        (
            metadata(&format!("name: {long}")),
            "metadata.name",
            "is not a DNS subdomain: ",
        ),
        (
            metadata("name: \"web\\e]0;OWNED\\a\""),
            "metadata.name",
            "\"web\\u{1b}]0;OWNED\\u{7}\" is not a DNS subdomain: ",
        ),
        (
            metadata("generateName: ../-"),
            "metadata.generateName",
            "\"../-\" is not the beginning of a DNS subdomain: ",
        ),
        (metadata("name: ''"), "metadata.generateName", "is required"),
        (
            spec("}], nodeName: ../secrets/s}"),
            "spec.nodeName",
            "\"../secrets/s\" is not a DNS subdomain: ",
        ),
        (
            spec("}], serviceAccountName: A}"),
            "spec.serviceAccountName",
            "\"A\" is not a DNS subdomain: ",
        ),
        (
            spec(", env: [{name: 'A=B'}]}]}"),
            "spec.containers[0].env[0].name",
            "\"A=B\" cannot name an environment variable: it contains '='",
        ),
        (
            spec(", env: [{name: \"A\\n\"}]}]}"),
            "spec.containers[0].env[0].name",
            "\"A\\n\" cannot name an environment variable: ",
        ),
        (
            spec(", envFrom: [{prefix: 'é'}]}]}"),
            "spec.containers[0].envFrom[0].prefix",
            "\"é\" cannot name an environment variable: ",
        ),
        (
            spec(", envFrom: [{configMapRef: {name: a/b}}]}]}"),
            "spec.containers[0].envFrom[0].configMapRef.name",
            "\"a/b\" is not the beginning",
        ),
        (
            spec(", env: [{name: A, valueFrom: {configMapKeyRef: {name: ../b, key: k}}}]}]}"),
            "spec.containers[0].env[0].valueFrom.configMapKeyRef.name",
            "\"../b\" is not a DNS subdomain: ",
        ),
        (
            spec(", env: [{name: A, valueFrom: {configMapKeyRef: {name: b, key: ../k}}}]}]}"),
            "spec.containers[0].env[0].valueFrom.configMapKeyRef.key",
            "\"../k\" is not a key of a ConfigMap: ",
        ),
        (
            "kind: ConfigMap\nmetadata: {name: a, namespace: a/b}".to_owned(),
            "metadata.namespace",
            "\"a/b\" is not a DNS label: ",
        ),
    ] {
        let message = manifest_error(&bad);
        assert!(
            message.starts_with(&format!("shop.yaml, document 1: {place}: ")) && message.contains(form),
            "{bad}: {message}"
        );
        support::assert_printable(&message);
    }
}

#[test]
fn a_duplicate_config_map_is_an_error_that_names_both_files() {
    let yaml = "kind: ConfigMap\nmetadata: {name: a}\n";
    assert_eq!(
        manifest_error(&format!("{yaml}---\n{yaml}")),
        "ConfigMap shop/a is in shop.yaml and again in shop.yaml; leave one of them out"
    );
    let mut manifests = Manifests::default();
    manifests.add("one.yaml", yaml, "shop").expect("the first");
    manifests
        .add("other.yaml", yaml, "zoo")
        .expect("another namespace");
    let error = manifests.add("two.yaml", yaml, "shop").expect_err("the second");
    assert_eq!(
        error.to_string(),
        "ConfigMap shop/a is in one.yaml and again in two.yaml; leave one of them out"
    );
}

#[test]
fn a_file_with_a_mistake_adds_nothing() {
    let mut manifests = Manifests::default();
    let yaml = "kind: ConfigMap\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n---\nkind: Pod";
    let error = manifests
        .add("shop.yaml", yaml, "shop")
        .expect_err("the last document is wrong");
    assert!(
        matches!(error, ManifestError::Shape { document: 3, .. }),
        "{error}"
    );
    assert!(manifests.pods.is_empty() && manifests.config_maps().next().is_none());
}

#[test]
fn yaml_that_expands_too_much_is_refused_with_a_reason() {
    let laughs: String = (1..8).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        format!(
            "{text}a{n}: &a{n} [{}]\n",
            vec![format!("*a{}", n - 1); 10].join(",")
        )
    });
    let echoes = format!(
        "a: &a {}\nb: [{}]",
        "x".repeat(200_000),
        vec!["*a"; 20_000].join(",")
    );
    for (yaml, reason) in [
        (laughs, "too large"),
        (echoes, "too large"),
        ("- ".repeat(100_000), "objects and lists are nested too deeply"),
        ("[".repeat(100_000), "objects and lists are nested too deeply"),
        ("---\n".repeat(2000), "there are more than 1024 documents"),
    ] {
        let message = manifest_error(&yaml);
        assert!(message.contains(reason) && message.len() < 200, "{message}");
    }
}
