//! Checks what templates can name, and that nothing else is read.

mod common;

use common::Case;

fn case() -> Case {
    Case::new()
        .map("base", [("a", "1"), ("b", "2")])
        .map("web", [("b", "3"), ("c", "4")])
        .fact("pod.name", "web-0")
        .fact("label.app.kubernetes.io/name", "shop")
        .fact("annotation.x", "y")
        .fact("node.name", "n1")
        .fact("node-label.zone", "z")
        .fact("container.args", "-a -b")
        .fact("port.http", "8080")
        .fact("limit.memory", "64Mi")
        .fact("request.cpu", "1")
}

#[test]
fn later_config_maps_win() {
    case().gives("{{config.a}}{{config.b}}{{config.c}}{{maps.base.b}}", "1342");
}

#[test]
fn facts_of_the_pod_the_container_and_the_node() {
    case()
        .gives(
            "{{pod.name}} {{pod.namespace}} {{pod.serviceAccount}} {{pod.labels.[app.kubernetes.io/name]}} {{pod.annotations.x}}",
            "web-0 the pod.namespace the pod.serviceAccount shop y",
        )
        .gives(
            "{{container.name}} {{container.image}} {{join container.args ' '}} {{container.ports.http}}",
            "the container.name the container.image -a -b 8080",
        )
        .gives("{{container.resources.limits.memory}} {{container.resources.requests.cpu}} {{node.name}} {{node.labels.zone}}", "64Mi 1 n1 z")
        .gives("{{default pod.uid 'unknown'}} {{default container.command 'none'}}", "unknown none");
}

#[test]
fn only_what_is_mentioned_is_read() {
    assert_eq!(case().reads("plain"), Vec::<String>::new());
    assert_eq!(case().reads("{{maps.base.a}}"), ["base/a"]);
    assert_eq!(case().reads("{{pod.name}}"), ["pod.name"]);
}

#[test]
fn a_key_is_asked_for_from_the_last_config_map_to_the_first() {
    assert_eq!(case().reads("{{config.c}}"), ["config-maps", "web/c"]);
    assert_eq!(case().reads("{{config.a}}"), ["config-maps", "web/a", "base/a"]);
}

#[test]
fn a_key_is_read_once() {
    assert_eq!(
        case().reads("{{#each (split 'x,y' ',')}}{{@root.config.c}}{{/each}}{{config.c}}"),
        ["config-maps", "web/c"]
    );
}

#[test]
fn an_untaken_branch_reads_nothing() {
    assert_eq!(
        case().reads(
            "{{#if false}}{{config.a}}{{/if}}{{or 'x' config.a}}{{and '' config.a}}{{default 'x' config.a}}"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn a_computed_name_reads_one_key() {
    assert_eq!(
        case().reads("{{lookup config (lower 'C')}}"),
        ["config-maps", "web/c"]
    );
}

#[test]
fn walking_a_map_reads_the_values_that_are_used() {
    assert_eq!(
        case().reads("{{#each maps.web}}{{@key}}{{/each}}"),
        ["config-maps", "keys web"]
    );
    assert_eq!(
        case().reads("{{#each maps.web}}{{#if (eq @key 'c')}}{{this}}{{/if}}{{/each}}"),
        ["config-maps", "keys web", "web/c"]
    );
    assert_eq!(
        case().reads("{{json config}}"),
        ["config-maps", "keys base", "keys web", "base/a", "web/b", "web/c"]
    );
}

#[test]
fn a_partial_that_is_not_included_is_not_read() {
    let case = Case::new().partials([("p", "x")]);
    assert_eq!(case.reads("{{#if false}}{{> p}}{{/if}}"), Vec::<String>::new());
    assert_eq!(case.reads("{{> p}}{{> p}}"), ["partials/p"]);
}
