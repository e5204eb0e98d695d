//! Checks a pod's annotations, field by field: what they mean, and the message for each mistake.

mod support;

use podweave_core::annotations::{Annotations, is_ours};
use podweave_core::binding::{OnFailure, bindings};
use support::{annotated, bound, pod_with, refusal};

const PLUGIN: (&str, &str) = ("podweave.dev/plugin", "handlebars");

#[test]
fn a_pod_without_podweave_annotations_has_no_bindings() {
    assert_eq!(bound(&[]), []);
    assert_eq!(
        bound(&[
            ("prometheus.io/scrape", "true"),
            ("notpodweave.dev/plugin", "x"),
            ("podweave.dev", "x")
        ]),
        []
    );
}

#[test]
fn restarted_at_is_ignored() {
    assert!(
        Annotations::of(&annotated(&[("podweave.dev/restarted-at", "now")]))
            .is_ok_and(|annotations| annotations.is_empty())
    );
}

#[test]
fn what_the_agent_writes_on_containers_is_refused_on_a_pod() {
    for key in [
        "podweave.dev/rendered",
        "podweave.dev/seal",
        "web.podweave.dev/rendered",
        "web.podweave.dev/seal",
    ] {
        let expected = format!(
            "annotation {key}: only the agent sets it, on each container that it has handled; remove it from the pod"
        );
        assert_eq!(refusal(&[PLUGIN, (key, "x")]), expected);
        assert_eq!(refusal(&[(key, "x")]), expected, "it opts in by itself");
    }
}

#[test]
fn the_domain_is_recognized_in_any_letter_case() {
    for (key, ours) in [
        ("podweave.dev/plugin", true),
        ("web.podweave.dev/plugin", true),
        ("podweave.dev/anything", true),
        ("Podweave.dev/plugin", true),
        ("web.podweave.DEV/plugin", true),
        ("Web.PODWEAVE.dev/plugin", true),
        ("podweave.dev./plugin", true),
        ("web.podweave.dev../plugin", true),
        ("podweave.dev", false),
        ("Podweave.dev", false),
        ("podweave.dev.example.org/plugin", false),
        ("notpodweave.dev/plugin", false),
        ("NotPodweave.dev/plugin", false),
        ("example.org/podweave.dev/plugin", false),
        ("podweave..dev/plugin", false),
        ("dev/plugin", false),
        ("é.dev/plugin", false),
        ("éodweave.dev/plugin", false),
    ] {
        assert_eq!(is_ours(key), ours, "{key}");
    }
}

#[test]
fn a_domain_that_is_not_lower_case_is_refused_with_the_right_key() {
    for (key, right) in [
        ("Podweave.dev/plugin", "podweave.dev/plugin"),
        ("podweave.Dev/params", "podweave.dev/params"),
        ("podweave.dev./params", "podweave.dev/params"),
        ("web.podweave.DEV/params", "web.podweave.dev/params"),
        ("web.podweave.dev../x", "web.podweave.dev/x"),
    ] {
        let expected =
            format!("annotation {key}: write the domain in lower case and without a dot at its end: {right}");
        assert_eq!(refusal(&[PLUGIN, (key, "{}")]), expected);
        assert_eq!(refusal(&[(key, "{}")]), expected, "it opts in by itself");
    }
    // The API server accepts capital letters here, but no container name has them.
    assert!(
        refusal(&[("Web.podweave.dev/plugin", "handlebars")])
            .contains("the pod has no container \"Web\" (did you mean \"web\"?)")
    );
}

#[test]
fn every_mistake_names_the_annotation_and_the_remedy() {
    let fields =
        r#""plugin", "config-maps", "params", "containers", "files", "file-mounts", "on-failure", "renders""#;
    let containers = r#""migrate", "proxy", "web", "worker", "debugger""#;
    // Each row: the annotations in addition to a plugin, and the message.
    let table: &[(&[(&str, &str)], &str)] = &[
        (
            &[("podweave.dev/plugn", "x")],
            r#"annotation podweave.dev/plugn: there is no field "plugn"; did you mean "plugin"?"#,
        ),
        (
            &[("podweave.dev/configMaps", "x")],
            r#"annotation podweave.dev/configMaps: there is no field "configMaps"; did you mean "config-maps"?"#,
        ),
        (
            &[("podweave.dev/colour", "x")],
            &format!(
                r#"annotation podweave.dev/colour: there is no field "colour"; the fields are {fields}"#
            ),
        ),
        (
            &[("podweave.dev/", "x")],
            &format!(r#"annotation podweave.dev/: there is no field ""; the fields are {fields}"#),
        ),
        (
            &[("web.podweave.dev/parms", "x")],
            r#"annotation web.podweave.dev/parms: there is no field "parms"; did you mean "params"?"#,
        ),
        (
            &[("podweave.dev/share-with", "a")],
            "annotation podweave.dev/share-with: it belongs on a ConfigMap, whose owner shares it, not on a pod",
        ),
        (
            &[("wbe.podweave.dev/params", "{}")],
            &format!(
                r#"annotation wbe.podweave.dev/params: the pod has no container "wbe" (did you mean "web"?); it has {containers}"#
            ),
        ),
        (
            &[("a.web.podweave.dev/params", "{}")],
            &format!(
                r#"annotation a.web.podweave.dev/params: the pod has no container "a.web"; it has {containers}"#
            ),
        ),
        (
            &[("web.podweave.dev/containers", "web")],
            r#"annotation web.podweave.dev/containers: "containers" is for the whole pod; write podweave.dev/containers"#,
        ),
        (
            &[("podweave.dev/containers", "web,wrker")],
            &format!(
                r#"annotation podweave.dev/containers: the pod has no container "wrker" (did you mean "worker"?); it has {containers}"#
            ),
        ),
        (
            &[("podweave.dev/containers", "web, web")],
            r#"annotation podweave.dev/containers: names container "web" twice"#,
        ),
        (
            &[("podweave.dev/containers", "")],
            "annotation podweave.dev/containers: no container is rendered for; name one",
        ),
        (
            &[
                ("podweave.dev/containers", "web"),
                ("worker.podweave.dev/params", "{}"),
            ],
            r#"annotation worker.podweave.dev/params: the container is not rendered for; add "worker" to podweave.dev/containers"#,
        ),
        (
            &[("proxy.podweave.dev/on-failure", "ignore")],
            r#"annotation proxy.podweave.dev/on-failure: the container is not rendered for; add "proxy" to podweave.dev/containers"#,
        ),
        (
            &[("podweave.dev/on-failure", "ignroe")],
            r#"annotation podweave.dev/on-failure: "ignroe" is neither "block" nor "ignore" (did you mean "ignore"?)"#,
        ),
        (
            &[("podweave.dev/on-failure", "")],
            r#"annotation podweave.dev/on-failure: "" is neither "block" nor "ignore""#,
        ),
        (
            &[("podweave.dev/params", "[1]")],
            "annotation podweave.dev/params: must be an object of YAML or JSON: name: value",
        ),
        (
            &[("podweave.dev/params", "a: [")],
            "annotation podweave.dev/params: line 1, column 4: unclosed bracket '['",
        ),
        (
            &[("podweave.dev/params", "a: 1\na: 2")],
            r#"annotation podweave.dev/params: line 2, column 1: the key "a" is a duplicate"#,
        ),
        (
            &[("podweave.dev/params", "a: 1\n---\nb: 2")],
            "annotation podweave.dev/params: line 2, column 1: there is more than one document ('---'); leave one",
        ),
        (
            &[("podweave.dev/files", "etc/web")],
            r#"annotation podweave.dev/files: "etc/web" cannot be a directory of rendered files: it is not absolute"#,
        ),
        (
            &[("podweave.dev/files", "/")],
            r#"annotation podweave.dev/files: "/" cannot be a directory of rendered files: it is the root directory"#,
        ),
        (
            &[("podweave.dev/files", "/etc/../web")],
            r#"annotation podweave.dev/files: "/etc/../web" cannot be a directory of rendered files: it has a part that starts with '..'"#,
        ),
        (
            &[("podweave.dev/file-mounts", "/etc/web.conf")],
            r#"annotation podweave.dev/file-mounts: "/etc/web.conf" is not of the form RENDERED=/absolute/path"#,
        ),
        (
            &[("podweave.dev/file-mounts", "../x=/etc/x")],
            r#"annotation podweave.dev/file-mounts: "../x" is not the path of a rendered file: it has a part that starts with '..'"#,
        ),
        (
            &[("podweave.dev/file-mounts", "x=etc/x")],
            r#"annotation podweave.dev/file-mounts: "etc/x" is not a path in a container: it is not absolute"#,
        ),
        (
            &[("podweave.dev/file-mounts", "x=/etc/x,y=/etc/x")],
            "annotation podweave.dev/file-mounts: puts two files at /etc/x",
        ),
        (
            &[("podweave.dev/file-mounts", "x=/etc/podweave/x")],
            "annotation podweave.dev/file-mounts: /etc/podweave/x is inside /etc/podweave, where the rendered files appear anyway",
        ),
        (
            &[("web.podweave.dev/file-mounts", "x=/etc/podweave/x")],
            "annotation web.podweave.dev/file-mounts: /etc/podweave/x is inside /etc/podweave, where the rendered files appear anyway",
        ),
        (
            &[("podweave.dev/renders", "- plugin: handlebars")],
            "annotation podweave.dev/plugin: it cannot be combined with podweave.dev/renders; put it into that list",
        ),
    ];
    for (annotations, message) in table {
        let mut all = vec![PLUGIN];
        all.extend_from_slice(annotations);
        assert_eq!(refusal(&all), *message, "{annotations:?}");
    }
}

#[test]
fn a_plugin_is_required_for_each_container_rendered_for() {
    let message = refusal(&[("podweave.dev/config-maps", "settings")]);
    assert!(
        message.starts_with("annotation podweave.dev/plugin: is required: container \"web\" is rendered for"),
        "{message}"
    );
    assert!(
        message.contains("web.podweave.dev/plugin") && message.contains("podweave.dev/containers"),
        "{message}"
    );
    let message = refusal(&[("web.podweave.dev/plugin", "handlebars")]);
    assert!(
        message.contains("container \"worker\" is rendered for"),
        "{message}"
    );
    assert_eq!(
        bound(&[
            ("web.podweave.dev/plugin", "handlebars"),
            ("podweave.dev/containers", "web")
        ])
        .len(),
        1
    );
}

#[test]
fn plugin_references_are_names_or_oci_references_and_nothing_else() {
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
fn a_failing_container_blocks_unless_it_is_told_to_ignore() {
    let on_failure = |annotations: &[(&str, &str)]| -> Vec<OnFailure> {
        bound(annotations)
            .iter()
            .map(|binding| binding.on_failure)
            .collect()
    };
    assert_eq!(on_failure(&[PLUGIN]), [OnFailure::Block, OnFailure::Block]);
    assert_eq!(
        on_failure(&[PLUGIN, ("podweave.dev/on-failure", "ignore")]),
        [OnFailure::Ignore, OnFailure::Ignore]
    );
    let annotations = [
        PLUGIN,
        ("podweave.dev/on-failure", "ignore"),
        ("worker.podweave.dev/on-failure", "block"),
    ];
    assert_eq!(on_failure(&annotations), [OnFailure::Ignore, OnFailure::Block]);
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
