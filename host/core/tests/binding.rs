//! Checks which containers are rendered for, and with what: the short form, the full form, and a container's
//! own annotations.

mod support;

use podweave_core::binding::{Binding, FileMount, OnFailure, bindings};
use podweave_core::budget;
use podweave_core::change::Follow;
use support::{annotated, bound, refusal};

fn containers(bindings: &[Binding]) -> Vec<&str> {
    bindings
        .iter()
        .map(|binding| binding.container.as_str())
        .collect()
}

#[test]
fn the_short_form_renders_for_all_app_containers() {
    let bindings = bound(&[("podweave.dev/plugin", "handlebars")]);
    assert_eq!(containers(&bindings), ["web", "worker"]);
    for binding in &bindings {
        let render = &binding.renders[0];
        assert_eq!(binding.renders.len(), 1);
        assert_eq!(
            (
                render.plugin.as_str(),
                &*render.params,
                render.files_directory.as_str()
            ),
            ("handlebars", "{}", "/etc/podweave")
        );
        assert!(render.config_maps.is_empty() && render.file_mounts.is_empty());
        assert_eq!(binding.on_failure, OnFailure::Block);
    }
}

#[test]
fn other_containers_are_rendered_for_only_when_named() {
    let bindings = bound(&[
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/containers", "debugger, proxy,migrate"),
    ]);
    assert_eq!(
        containers(&bindings),
        ["migrate", "proxy", "debugger"],
        "in the order of the spec"
    );
}

#[test]
fn a_field_of_a_container_replaces_only_that_field_of_the_pod() {
    let bindings = bound(&[
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "a"),
        ("podweave.dev/params", "x: 1"),
        ("podweave.dev/files", "/etc/shop/"),
        ("podweave.dev/file-mounts", "f = /etc/f"),
        ("worker.podweave.dev/config-maps", "b,c"),
        ("worker.podweave.dev/files", "/etc/worker"),
    ]);
    let (web, worker) = (&bindings[0].renders[0], &bindings[1].renders[0]);
    let aliases = |render: &podweave_core::binding::Render| {
        render
            .config_maps
            .iter()
            .map(|map| map.alias.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (aliases(web), aliases(worker)),
        (vec!["a".to_owned()], vec!["b".to_owned(), "c".to_owned()])
    );
    assert_eq!(
        (web.files_directory.as_str(), worker.files_directory.as_str()),
        ("/etc/shop", "/etc/worker")
    );
    assert_eq!(web.params, worker.params);
    assert_eq!(
        web.file_mounts,
        [FileMount {
            rendered: "f".to_owned(),
            target: "/etc/f".to_owned()
        }]
    );
    assert_eq!(web.file_mounts, worker.file_mounts);
}

#[test]
fn the_full_form_lists_independent_renders_in_order() {
    let bindings = bound(&[(
        "podweave.dev/renders",
        "
- plugin: layers
  configMaps: [base, prod=platform/base]
  params: {format: yaml}
  files: /etc/layers
  fileMounts: [app.yaml=/app/app.yaml]
- plugin: dotenv
  configMaps: flags, more?
  containers: [worker, migrate]
",
    )]);
    assert_eq!(containers(&bindings), ["migrate", "web", "worker"]);
    let plugins = |binding: &Binding| {
        binding
            .renders
            .iter()
            .map(|render| render.plugin.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        bindings.iter().map(plugins).collect::<Vec<_>>(),
        [vec!["dotenv"], vec!["layers"], vec!["layers", "dotenv"]]
    );
    let worker = &bindings[2].renders;
    assert_eq!(&*worker[0].params, r#"{"format":"yaml"}"#);
    assert_eq!(worker[0].files_directory, "/etc/layers");
    assert_eq!(worker[0].file_mounts[0].target, "/app/app.yaml");
    assert_eq!(
        worker[1]
            .config_maps
            .iter()
            .map(|map| (map.alias.as_str(), map.optional))
            .collect::<Vec<_>>(),
        [("flags", false), ("more", true)]
    );
}

#[test]
fn a_container_can_have_a_full_form_of_its_own() {
    let bindings = bound(&[
        ("podweave.dev/plugin", "handlebars"),
        ("worker.podweave.dev/renders", "[{plugin: a}, {plugin: b}]"),
    ]);
    assert_eq!(
        bindings
            .iter()
            .map(|binding| binding.renders.len())
            .collect::<Vec<_>>(),
        [1, 2]
    );
    // A list of its own already says that the container is rendered for.
    let bindings = bound(&[
        ("podweave.dev/plugin", "handlebars"),
        ("proxy.podweave.dev/renders", "[{plugin: a}]"),
    ]);
    assert_eq!(containers(&bindings), ["proxy", "web", "worker"]);
}

#[test]
fn on_failure_of_one_container_goes_with_the_full_form() {
    let bindings = bound(&[
        ("podweave.dev/renders", "[{plugin: a}]"),
        ("worker.podweave.dev/on-failure", "ignore"),
    ]);
    assert_eq!(
        bindings
            .iter()
            .map(|binding| binding.on_failure)
            .collect::<Vec<_>>(),
        [OnFailure::Block, OnFailure::Ignore]
    );
}

#[test]
fn follow_and_spread_go_with_the_full_form() {
    let bindings = bound(&[
        ("podweave.dev/renders", "[{plugin: a}]"),
        ("podweave.dev/spread", "5m"),
        ("worker.podweave.dev/follow", "none"),
        ("worker.podweave.dev/on-failure", "ignore"),
    ]);
    let each: Vec<_> = bindings
        .iter()
        .map(|binding| (binding.follow, binding.spread.as_secs()))
        .collect();
    assert_eq!(each, [(Follow::Together, 300), (Follow::None, 300)]);
    assert_eq!(
        refusal(&[
            ("podweave.dev/renders", "[{plugin: a}]"),
            ("worker.podweave.dev/follow", "none"),
            ("worker.podweave.dev/params", "{}")
        ]),
        "annotation worker.podweave.dev/params: it cannot change a part of podweave.dev/renders; write worker.podweave.dev/renders for this container"
    );
}

#[test]
fn a_container_cannot_change_a_part_of_the_full_form() {
    assert_eq!(
        refusal(&[
            ("podweave.dev/renders", "[{plugin: a}]"),
            ("worker.podweave.dev/params", "{}")
        ]),
        "annotation worker.podweave.dev/params: it cannot change a part of podweave.dev/renders; write worker.podweave.dev/renders for this container"
    );
}

#[test]
fn every_mistake_in_the_full_form_names_its_place() {
    let containers = r#""migrate", "proxy", "web", "worker", "debugger""#;
    let table = [
        ("", "the document: expected a list, found nothing".to_owned()),
        ("[]", "must list at least one render".to_owned()),
        ("plugin: a", "the document: expected a list, found an object".to_owned()),
        ("- a", "[0]: expected an object, found text".to_owned()),
        ("- {}", "[0].plugin: is required".to_owned()),
        ("- plugin: a b", r#"[0].plugin: "a b" is not a plugin reference; write a built-in name such as handlebars, or an OCI reference"#.to_owned()),
        ("- plugin: 5", "[0].plugin: expected text, found a number; put it in quotes".to_owned()),
        (
            "- plugin: a\n  config-maps: [b]",
            r#"[0]: there is no field "config-maps" (did you mean "configMaps"?); the fields are "plugin", "configMaps", "params", "containers", "files", "fileMounts""#
                .to_owned(),
        ),
        ("- plugin: a\n- plugin: b\n  configMaps: [c, c]", r#"[1].configMaps: two ConfigMaps have the alias "c"; give one of them another: other=shop/c"#.to_owned()),
        ("- {plugin: a, params: [x]}", "[0].params: must be an object of YAML or JSON: name: value".to_owned()),
        ("- {plugin: a, params: x}", "[0].params: must be an object of YAML or JSON: name: value".to_owned()),
        ("- {plugin: a, containers: [wbe]}", format!(r#"[0].containers: the pod has no container "wbe" (did you mean "web"?); it has {containers}"#)),
        ("- {plugin: a, containers: {}}", "[0].containers: expected a list, found an object".to_owned()),
        ("- {plugin: a, files: etc}", r#"[0].files: "etc" cannot be a directory of rendered files: it is not absolute"#.to_owned()),
        ("- {plugin: a, fileMounts: [x]}", r#"[0].fileMounts: "x" is not of the form RENDERED=/absolute/path"#.to_owned()),
        ("- {plugin: a, fileMounts: [x=/etc/podweave]}", "[0]: /etc/podweave is inside /etc/podweave, where the rendered files appear anyway".to_owned()),
        ("- plugin: a\n - b", "line 2, column 2: ".to_owned()),
    ];
    for (list, reason) in table {
        let message = refusal(&[("podweave.dev/renders", list)]);
        assert!(
            message.starts_with(&format!("annotation podweave.dev/renders: {reason}")),
            "{list:?}: {message}"
        );
    }
    assert_eq!(
        refusal(&[("web.podweave.dev/renders", "- {plugin: a, containers: [web]}")]),
        "annotation web.podweave.dev/renders: [0].containers: is not allowed in the list of one container"
    );
}

#[test]
fn a_full_form_without_any_container_is_an_error() {
    let message = refusal(&[("podweave.dev/renders", "- {plugin: a, containers: []}")]);
    assert_eq!(
        message,
        "annotation podweave.dev/renders: no container is rendered for; name one"
    );
}

#[test]
fn annotations_of_the_largest_size_are_read() {
    let others = "podweave.dev/plugin".len() + "handlebars".len() + "podweave.dev/restarted-at".len();
    let padded = |bytes: usize| {
        let padding = "x".repeat(bytes - others);
        bindings(&annotated(&[
            ("podweave.dev/plugin", "handlebars"),
            ("podweave.dev/restarted-at", &padding),
        ]))
    };
    assert!(padded(budget::ANNOTATION_BYTES).is_ok());
    assert!(padded(budget::ANNOTATION_BYTES + 1).is_err());
}
