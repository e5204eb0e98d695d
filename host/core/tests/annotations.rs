//! Checks which annotations are podweave's, and the message for each mistake in them. Their values are in
//! annotation_values.rs.

mod support;

use std::time::Duration;

use podweave_core::annotations::{Annotations, is_ours};
use podweave_core::binding::OnFailure;
use podweave_core::change::Follow;
use support::{annotated, bound, refusal};

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
fn a_domain_in_capitals_is_refused_with_the_right_key() {
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
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_mistake_names_the_annotation_and_the_remedy() {
    let fields = r#""plugin", "config-maps", "params", "containers", "files", "file-mounts", "on-failure", "follow", "spread", "renders""#;
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
            &[("podweave.dev/hold", "a")],
            "annotation podweave.dev/hold: it belongs on a ConfigMap, whose changes wait, not on a pod; for a pod, write follow",
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
            &[("podweave.dev/follow", "file")],
            r#"annotation podweave.dev/follow: "file" is none of "together", "files", "none" (did you mean "files"?)"#,
        ),
        (
            &[("web.podweave.dev/follow", "")],
            r#"annotation web.podweave.dev/follow: "" is none of "together", "files", "none""#,
        ),
        (
            &[("podweave.dev/spread", "5")],
            r#"annotation podweave.dev/spread: "5" is not a duration; write one such as 30s or 5m, at most 1h"#,
        ),
        (
            &[("podweave.dev/spread", "1h1ms")],
            r#"annotation podweave.dev/spread: "1h1ms" is more than 1h"#,
        ),
        (
            &[("web.podweave.dev/spread", "5m")],
            r#"annotation web.podweave.dev/spread: "spread" is for the whole pod; write podweave.dev/spread"#,
        ),
        (
            &[("proxy.podweave.dev/follow", "none")],
            r#"annotation proxy.podweave.dev/follow: the container is not rendered for; add "proxy" to podweave.dev/containers"#,
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
fn files_follow_together_unless_the_pod_or_container_says_otherwise() {
    let follow = |annotations: &[(&str, &str)]| -> Vec<Follow> {
        bound(annotations).iter().map(|binding| binding.follow).collect()
    };
    assert_eq!(follow(&[PLUGIN]), [Follow::Together, Follow::Together]);
    let pod = ("podweave.dev/follow", " none ");
    assert_eq!(follow(&[PLUGIN, pod]), [Follow::None, Follow::None]);
    let annotations = [PLUGIN, pod, ("worker.podweave.dev/follow", "files")];
    assert_eq!(follow(&annotations), [Follow::None, Follow::Files]);
    let annotations = [PLUGIN, pod, ("worker.podweave.dev/follow", "together")];
    assert_eq!(follow(&annotations), [Follow::None, Follow::Together]);
}

#[test]
fn a_pods_containers_have_one_spread() {
    let spread = |annotations: &[(&str, &str)]| -> Vec<Duration> {
        bound(annotations).iter().map(|binding| binding.spread).collect()
    };
    assert_eq!(spread(&[PLUGIN]), [Duration::ZERO; 2]);
    for (text, seconds) in [("0s", 0), ("90s", 90), ("5m", 300), ("1h", 3600)] {
        assert_eq!(
            spread(&[PLUGIN, ("podweave.dev/spread", text)]),
            [Duration::from_secs(seconds); 2]
        );
    }
}
