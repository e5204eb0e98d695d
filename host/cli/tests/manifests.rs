//! The inputs of `podweave render`: files, directories, standard input, kinds, facts, plugins, containers.

mod support;

use support::{PARAMS, Place, component, config_map, pod, pod_with, template};

const HANDLEBARS: [(&str, &str); 3] = [
    ("plugin", "handlebars"),
    ("config-maps", "app"),
    ("params", PARAMS),
];

#[test]
fn standard_input_can_hold_all_documents() {
    let input = format!("---\n{}---\n{}---\n", pod(), config_map());
    let lines = Place::new()
        .run_with_input(&["render", "-", "-o", "env"], &input)
        .silent();
    assert_eq!(lines, "GREETING='hello web'\nZONE=nowhere\n");
}

#[test]
fn files_and_directories_add_up() {
    let place = Place::new()
        .with("pods/web.yml", &pod())
        .with("pods/README.md", "no manifest")
        .with("pods/.hidden.yaml", "a: [")
        .with("maps.yaml", &config_map());
    let list = place.run(&["render", "pods", "maps.yaml", "-o", "env"]).silent();
    assert!(list.contains("GREETING='hello web'"), "{list}");
}

#[test]
fn every_kind_with_a_pod_template_is_rendered() {
    for (kind, version) in [
        ("Deployment", "apps/v1"),
        ("StatefulSet", "apps/v1"),
        ("DaemonSet", "apps/v1"),
        ("ReplicaSet", "apps/v1"),
        ("Job", "batch/v1"),
    ] {
        let workload = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: shop}}\nspec:\n  template:\n{}",
            template(&HANDLEBARS, "    ", "web")
        );
        renders_without_a_pod_name(kind, &workload);
    }
    let cron_job = format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: shop}}\nspec:\n  jobTemplate:\n    spec:\n      template:\n{}",
        template(&HANDLEBARS, "        ", "web")
    );
    renders_without_a_pod_name("CronJob", &cron_job);
}

/// Checks that a workload is rendered. The name of its pod is not known.
fn renders_without_a_pod_name(kind: &str, workload: &str) {
    let place = Place::new()
        .with("workload.yaml", workload)
        .with("maps.yaml", &config_map());
    let json = place.run(&["render", ".", "-o", "json"]).silent();
    let list: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&list["items"][0]["pod"], &list["items"][0]["env"][0]["value"]),
        (&"shop".into(), &"hello nobody".into()),
        "{kind}"
    );
}

#[test]
fn other_kinds_are_passed_over() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
    let custom = "apiVersion: example.com/v1\nkind: Deployment\nspec: whatever\n";
    Place::new()
        .with_case(".")
        .with("more.yaml", &format!("{service}---\n{custom}"))
        .run(&["render", "."])
        .silent();
}

#[test]
fn an_unrelated_object_with_odd_values_breaks_nothing() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s, labels: {commit: 5e12345}}\nspec: {a: .inf, b: 1, b: 2}\n";
    Place::new()
        .with_case(".")
        .with("service.yaml", service)
        .run(&["render", "."])
        .silent();
}

#[test]
fn manifests_are_named_as_for_kubectl() {
    let place = Place::new()
        .with("pods/web.yaml", &pod())
        .with("maps/below/app.yaml", &config_map())
        .with("maps/below/.hidden/x.yaml", "a: [");
    let expected = "GREETING='hello web'\nZONE=nowhere\n";
    for arguments in [
        &["-f", "pods/web.yaml", "-f", "maps/below"][..],
        &["--filename", "pods", "--filename=maps/below/app.yaml"],
        &["-f", "pods/web.yaml,maps/below/app.yaml"],
        &["-Rf", "maps", "-f", "pods"],
        &["-f", "pods", "maps/below"],
        &["--recursive", "."],
    ] {
        assert_eq!(
            place
                .run(&[&["render", "-o", "env"], arguments].concat())
                .silent(),
            expected,
            "{arguments:?}"
        );
    }
    let lines = place
        .run_with_input(
            &["render", "-f", "pods/web.yaml", "-f", "-", "-o", "env"],
            &config_map(),
        )
        .silent();
    assert_eq!(lines, expected);
    let message = place.run(&["render", "-f", "maps"]).refused(1);
    assert!(message.contains("add -R to include those below it"), "{message}");
}

#[test]
fn explain_and_bench_take_them_too() {
    let place = Place::new()
        .with("pods/web.yaml", &pod())
        .with("maps/below/app.yaml", &config_map());
    assert!(
        place
            .run(&["explain", "-R", "-f", ".", "GREETING"])
            .good()
            .contains("key word")
    );
    assert!(
        place
            .run(&["explain", "--unused", "-f", "pods", "-f", "maps/below"])
            .good()
            .contains("secret")
    );
    place.run(&["bench", "--time", "1ms", "-Rf", "."]).good();
}

#[test]
fn a_link_to_a_directory_is_not_followed() {
    let place = Place::new().with_case("in");
    std::os::unix::fs::symlink("..", place.path("in/loop")).expect("a link");
    place.run(&["render", "-Rf", "in"]).silent();
}

#[test]
fn the_items_of_a_typed_list_are_read() {
    let list =
        "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: app}\n  data: {word: hello}\n";
    let place = Place::new().with("pod.yaml", &pod()).with("maps.yaml", list);
    assert!(
        place
            .run(&["render", "-f", ".", "-o", "env"])
            .silent()
            .starts_with("GREETING='hello web'")
    );
}

#[test]
fn facts_of_the_cluster_can_be_set() {
    let workload = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop}}\nspec:\n  template:\n{}",
        template(&HANDLEBARS, "    ", "web")
    );
    let place = Place::new()
        .with("workload.yaml", &workload)
        .with("maps.yaml", &config_map());
    let lines = place
        .run(&[
            "render",
            ".",
            "-o",
            "env",
            "--set",
            "pod-name=shop-x1",
            "--set",
            "node-label/zone=eu-1",
        ])
        .silent();
    assert_eq!(lines, "GREETING='hello shop-x1'\nZONE=eu-1\n");
}

#[test]
fn an_unknown_fact_is_wrong_usage_with_a_suggestion() {
    let message = Place::new()
        .with_case(".")
        .run(&["render", ".", "--set", "pod-nam=x"])
        .refused(2);
    assert!(message.contains("did you mean \"pod-name\"?"), "{message}");
}

#[test]
fn the_namespace_of_manifests_without_one_can_be_chosen() {
    let table = Place::new()
        .with_case(".")
        .run(&["render", ".", "-n", "shop"])
        .silent();
    assert!(table.starts_with("shop/web, container web\n"), "{table}");
}

#[test]
fn a_plugin_from_a_file_is_used_by_its_name() {
    let place = Place::new().with(
        "pod.yaml",
        &pod_with(&[("plugin", "acme"), ("params", "env: {A: b}")]),
    );
    place.write("acme.wasm", component());
    assert_eq!(
        place
            .run(&["render", "pod.yaml", "-o", "env", "--plugin", "acme=acme.wasm"])
            .silent(),
        "A=b\n"
    );
}

#[test]
fn a_missing_plugin_file_is_named() {
    let place = Place::new().with("pod.yaml", &pod_with(&[("plugin", "acme")]));
    let message = place
        .run(&["render", "pod.yaml", "--plugin", "acme=gone.wasm"])
        .refused(1);
    assert!(
        message.contains("pod default/web") && message.contains("cannot read gone.wasm: No such file"),
        "{message}"
    );
}

#[test]
fn one_container_can_be_chosen() {
    let pod = pod() + "  - name: worker\n    image: worker\n    args: [work]\n";
    let place = Place::new()
        .with("pod.yaml", &pod)
        .with("maps.yaml", &config_map());
    let message = place.run(&["render", ".", "-o", "env"]).refused(1);
    assert!(
        message.contains("\"web\", \"worker\"; choose one with --container"),
        "{message}"
    );
    assert!(
        place
            .run(&["render", ".", "-o", "env", "--container", "worker"])
            .silent()
            .starts_with("GREETING=")
    );
    let message = place.run(&["render", ".", "--container", "workr"]).refused(2);
    assert!(message.contains("did you mean \"worker\"?"), "{message}");
}
