//! Checks the values of annotations: references, lists and parameters, and how large they may be.

mod support;

use podweave_core::binding::bindings;
use support::{bound, pod_with, refusal};

const PLUGIN: (&str, &str) = ("podweave.dev/plugin", "handlebars");

#[test]
fn plugin_references_are_names_or_oci_references() {
    for reference in [
        "handlebars",
        "ghcr.io/acme/web-config:1.4@sha256:0a1b",
        "localhost:5000/x",
        "[::1]:5000/x",
        "a_b.c",
    ] {
        assert_eq!(
            bound(&[("podweave.dev/plugin", reference)])[0].renders[0]
                .plugin
                .as_str(),
            reference
        );
    }
    // A YAML block scalar ends in a line break.
    assert_eq!(
        bound(&[("podweave.dev/plugin", "handlebars\n")])[0].renders[0]
            .plugin
            .as_str(),
        "handlebars"
    );
    let table = [
        (
            "",
            "is empty; write a built-in name such as handlebars, or an OCI reference",
        ),
        (
            "a b",
            "\"a b\" is not a plugin reference; write a built-in name such as handlebars, or an OCI reference",
        ),
        (
            "handle\nbars",
            "\"handle\\nbars\" is not a plugin reference; write a built-in name such as handlebars, or an OCI reference",
        ),
        (
            "./x.wasm",
            "\"./x.wasm\" is a path; give the plugin a name here, and call the command line with --plugin NAME=FILE.wasm",
        ),
    ];
    for (reference, reason) in table {
        assert_eq!(
            refusal(&[("podweave.dev/plugin", reference)]),
            format!("annotation podweave.dev/plugin: {reason}")
        );
    }
    let long = "a".repeat(513);
    assert_eq!(
        refusal(&[("podweave.dev/plugin", &long)]),
        "annotation podweave.dev/plugin: a plugin reference has at most 512 bytes"
    );
}

#[test]
fn config_maps_are_named_with_alias_namespace_and_optionality() {
    let bindings = bound(&[
        PLUGIN,
        (
            "podweave.dev/config-maps",
            "settings, base=platform/defaults?, extra.v1 ,x=y",
        ),
    ]);
    let seen: Vec<_> = bindings[0].renders[0]
        .config_maps
        .iter()
        .map(|map| (map.alias.as_str(), map.identity(), map.optional))
        .collect();
    let expected = [
        ("settings", "shop/settings", false),
        ("base", "platform/defaults", true),
        ("extra.v1", "shop/extra.v1", false),
        ("x", "shop/y", false),
    ];
    assert_eq!(
        seen,
        expected.map(|(alias, identity, optional)| (alias, identity.to_owned(), optional))
    );
    assert_eq!(
        bound(&[PLUGIN, ("podweave.dev/config-maps", "  ")])[0].renders[0].config_maps,
        [],
        "an empty list has no entries"
    );
}

#[test]
fn a_wrong_config_map_reference_says_which_part_is_wrong() {
    let table = [
        (
            "a,,b",
            "has an empty entry; write [alias=][namespace/]name[?], separated by commas",
        ),
        (
            "Settings",
            r#""Settings": "Settings" is not the name of a ConfigMap (a DNS subdomain); write [alias=][namespace/]name[?]"#,
        ),
        (
            "a/b/c",
            r#""a/b/c": "b/c" is not the name of a ConfigMap (a DNS subdomain); write [alias=][namespace/]name[?]"#,
        ),
        (
            "my.ns/a",
            r#""my.ns/a": "my.ns" is not a namespace (a DNS label)"#,
        ),
        (
            "_x=a",
            r#""_x=a": "_x" is not an alias (letters, digits, '-', '_' and '.', starting with a letter or digit)"#,
        ),
        (
            "=a",
            r#""=a": "" is not an alias (letters, digits, '-', '_' and '.', starting with a letter or digit)"#,
        ),
        (
            "?",
            r#""?": "" is not the name of a ConfigMap (a DNS subdomain); write [alias=][namespace/]name[?]"#,
        ),
        (
            "a,b/a",
            r#"two ConfigMaps have the alias "a"; give one of them another: other=b/a"#,
        ),
    ];
    for (list, reason) in table {
        assert_eq!(
            refusal(&[PLUGIN, ("podweave.dev/config-maps", list)]),
            format!("annotation podweave.dev/config-maps: {reason}")
        );
    }
}

#[test]
fn lists_have_a_maximum_length() {
    let maps = |count: usize| {
        (0..count)
            .map(|index| format!("m{index}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(
        bound(&[PLUGIN, ("podweave.dev/config-maps", &maps(128))])[0].renders[0]
            .config_maps
            .len(),
        128
    );
    let message = refusal(&[PLUGIN, ("podweave.dev/config-maps", &maps(129))]);
    assert_eq!(
        message,
        "annotation podweave.dev/config-maps: names more than 128 ConfigMaps; that is the most that can be bound"
    );
    let mounts = |count: usize| {
        (0..count)
            .map(|index| format!("a=/m{index}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(
        bound(&[PLUGIN, ("podweave.dev/file-mounts", &mounts(128))])[0].renders[0]
            .file_mounts
            .len(),
        128
    );
    let message = refusal(&[PLUGIN, ("podweave.dev/file-mounts", &mounts(129))]);
    assert_eq!(
        message,
        "annotation podweave.dev/file-mounts: has more than 128 entries; put the files into a directory (files) instead"
    );
    assert_eq!(
        bound(&[("podweave.dev/renders", &"- plugin: a\n".repeat(32))])[0]
            .renders
            .len(),
        32
    );
    let message = refusal(&[("podweave.dev/renders", &"- plugin: a\n".repeat(33))]);
    assert_eq!(
        message,
        "annotation podweave.dev/renders: lists 33 renders; at most 32 are allowed"
    );
}

#[test]
fn equal_params_have_equal_json_with_sorted_keys() {
    let params = |written: &str| {
        bound(&[PLUGIN, ("podweave.dev/params", written)])[0].renders[0]
            .params
            .to_string()
    };
    assert_eq!(
        params("b: 1\na: {d: x, c: [true, null]}"),
        r#"{"a":{"c":[true,null],"d":"x"},"b":1}"#
    );
    assert_eq!(
        params(r#"{"b":1,"a":{"c":[true,null],"d":"x"}}"#),
        params("b: 1\na: {d: x, c: [true, null]}")
    );
    assert_eq!(params(""), "{}");
    assert_eq!(params("# nothing"), "{}");
    assert_eq!(
        params("mode: 0644\ndebug: yes"),
        r#"{"debug":true,"mode":420}"#,
        "as kubectl reads the same text"
    );
}

#[test]
fn params_have_at_most_64_kib() {
    let fitting = format!("a: {}", "x".repeat(64 * 1024 - 3));
    assert_eq!(
        bound(&[PLUGIN, ("podweave.dev/params", &fitting)])[0].renders[0]
            .params
            .len(),
        fitting.len() + 5
    );
    let message = refusal(&[PLUGIN, ("podweave.dev/params", &format!("{fitting}x"))]);
    assert_eq!(
        message,
        "annotation podweave.dev/params: has 65537 bytes; at most 64 KiB are allowed: keep large data in a ConfigMap"
    );
    let message = refusal(&[(
        "podweave.dev/renders",
        &format!("- plugin: a\n  params: {{b: {}}}", "x".repeat(128 * 1024)),
    )]);
    assert_eq!(
        message,
        "annotation podweave.dev/renders: [0].params: has more than 128 KiB as JSON, aliases written out; keep large data in a ConfigMap"
    );
}

#[test]
fn a_huge_annotation_is_refused_before_it_is_compared() {
    // Without the limit, each entry of a list would be compared with each other entry.
    let list: String = (0..30_000).map(|index| format!("m{index},")).collect();
    assert!(refusal(&[PLUGIN, ("podweave.dev/config-maps", &list)]).contains("more than 128"));
    let mut pod = pod_with("    image: app");
    pod.annotations
        .insert("podweave.dev/plugin".into(), "x".repeat(200_000));
    assert!(bindings(&pod).expect_err("no reference").to_string().len() < 200);
}

#[test]
fn numbers_of_parameters_reach_the_plugin_as_they_are_written() {
    let written = "{a: 1.10, b: 12345678901234567890123, c: 0644, d: 1e5, Y: 100.00, e: [-0.0, +5, 1_000], f: 5e12345, g: 0x1F}";
    let expected = r#"{"Y":100.00,"a":1.10,"b":12345678901234567890123,"c":420,"d":1e5,"e":[-0.0,5,1000],"f":"5e12345","g":31}"#;
    assert_eq!(
        &*bound(&[PLUGIN, ("podweave.dev/params", written)])[0].renders[0].params,
        expected
    );
    let renders = format!(
        "[{{plugin: dotenv}}, {{plugin: handlebars, params: {written}}}, {{plugin: layers, params: null}}]"
    );
    let bindings = bound(&[("podweave.dev/renders", &renders)]);
    let params: Vec<&str> = bindings[0].renders.iter().map(|render| &*render.params).collect();
    assert_eq!(params, ["{}", expected, "{}"]);
}

#[test]
fn braces_without_quotes_in_parameters_are_explained() {
    let message = refusal(&[PLUGIN, ("podweave.dev/params", "env:\n  PORT: {{config.port}}\n")]);
    assert!(
        message.starts_with("annotation podweave.dev/params: line 2, column ")
            && message.contains("in quotes, such as"),
        "{message}"
    );
}
