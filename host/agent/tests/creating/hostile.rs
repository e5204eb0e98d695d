//! Pods whose annotations or specs are written to exhaust the agent's memory and time. Each is refused with
//! the reason, and other pods are answered meanwhile.
//!
//! Memory is counted for the whole process, which other tests share. So the limit is far from both the
//! expected and a faulty amount.

use std::time::Duration;

use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

use crate::node::{Node, container, pod, web};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// The maximum memory of twenty hostile pods together. Before the limits, each took some hundred megabytes.
const MOST: usize = 200 * 1024 * 1024;

const ORDINARY: [(&str, &str); 3] = [
    ("podweave.dev/plugin", "handlebars"),
    ("podweave.dev/config-maps", "web"),
    ("podweave.dev/params", "env: {PORT: '{{config.port}}'}"),
];

/// `params` that expand to hundreds of megabytes: a scalar in lists that are in lists, by YAML aliases.
fn bomb(scalar: &str) -> String {
    let repeated = |name: char, times: usize| vec![format!("*{name}"); times].join(", ");
    format!(
        "a: &a \"{scalar}\"\nb: &b [{}]\nc: &c [{}]\nd: [{}]\n",
        repeated('a', 10),
        repeated('b', 10),
        repeated('c', 19)
    )
}

fn named(count: usize) -> Value {
    (0..count)
        .map(|index| json!({ "name": format!("c{index}"), "image": "app" }))
        .collect()
}

/// Returns a pod for each attack, the container to create, and a part of the expected refusal.
fn attacks(uid: &str) -> Vec<(Value, &'static str, &'static str)> {
    let nul = bomb(&"\\0".repeat(30_000));
    let aliases = pod(
        uid,
        &[
            ("podweave.dev/plugin", "handlebars"),
            ("podweave.dev/params", &nul),
        ],
    );
    let thrice: Vec<(String, &str)> = ["web", "worker", "migrate"]
        .map(|name| (format!("{name}.podweave.dev/params"), nul.as_str()))
        .into();
    let mut thrice: Vec<(&str, &str)> = thrice.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    thrice.push(("podweave.dev/plugin", "handlebars"));
    let maps: Vec<String> = (0..128).map(|index| format!("m{index}?")).collect();
    let widest = vec![format!("- {{plugin: handlebars, configMaps: \"{}\"}}\n", maps.join(",")); 32].concat();
    let mut many = pod(uid, &[("podweave.dev/renders", &widest)]);
    let mut most = many.clone();
    many["spec"]["containers"] = named(500);
    most["spec"]["containers"] = named(2000);
    let mut variables = pod(uid, &[("podweave.dev/plugin", "handlebars")]);
    variables["spec"]["containers"][0]["env"] = vec![json!({ "name": "a" }); 90_000].into();
    vec![
        (aliases, "web", "aliases make it so"),
        (pod(uid, &thrice), "web", "aliases make it so"),
        (many, "c0", "4096 mentions of ConfigMaps"),
        (most, "c0", "the pod has 2001 containers"),
        (variables, "web", "more than 4 MiB of memory"),
    ]
}

fn annotations(pod: &Value) -> Vec<(&str, &str)> {
    let annotations = pod["metadata"]["annotations"].as_object().expect("annotations");
    annotations
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str().expect("text")))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_pods_are_refused_and_take_little_memory() {
    let node = Node::new();
    node.put("web", &[("port", "8080")]);
    node.apply(pod("u-1", &ORDINARY));
    // Compiles the plugin.
    node.create("u-1", &ORDINARY, web()).await.unwrap();
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    for number in 0..4 {
        for (index, (hostile, name, reason)) in attacks("u").into_iter().enumerate() {
            let uid = format!("u-{number}-{index}");
            let mut hostile = hostile;
            hostile["metadata"]["uid"] = uid.as_str().into();
            node.apply(hostile.clone());
            let annotations = annotations(&hostile);
            let (refused, ordinary) = tokio::join!(
                node.create(&uid, &annotations, container(name, &[], &[])),
                node.create("u-1", &ORDINARY, web())
            );
            let refused = refused.unwrap_err();
            assert!(
                refused.contains(reason) && refused.len() < 2000,
                "{reason}: {refused}"
            );
            assert_eq!(ordinary.unwrap().env[0].value, "8080");
        }
    }
    let peak = ALLOCATED.peak_usage().saturating_sub(before);
    assert!(peak < MOST, "{peak} bytes");
}

/// An opted-in pod with containers `c0`, `c1`, ... and no other.
fn pod_of(uid: &str, annotations: &[(&str, &str)], containers: usize) -> Value {
    let mut pod = pod(uid, annotations);
    pod["spec"]["initContainers"] = Value::Null;
    pod["spec"]["containers"] = named(containers);
    pod
}

#[tokio::test]
async fn at_most_two_containers_of_a_pod_render_at_the_same_time() {
    let node = Node::new();
    node.put("web", &[("port", "8080")]);
    node.apply(pod("u-1", &ORDINARY));
    // Compiles the plugin.
    node.create("u-1", &ORDINARY, web()).await.unwrap();
    let node = node.patient_for(Duration::from_millis(200));
    node.freeze_api_server();
    node.apply(pod_of("u-2", &ORDINARY, 6));
    let refused = node
        .create("u-2", &ORDINARY, container("c5", &[], &[]))
        .await
        .unwrap_err();
    assert!(
        refused.contains("its turn among the containers of its pod is not ready"),
        "{refused}"
    );
    let pods = node.creations.renders.opted_in();
    let waiting: Vec<String> = pods
        .iter()
        .flat_map(|pod| pod.each_container())
        .filter_map(|container| container.under_way())
        .map(|(what, _)| what)
        .collect();
    let count = |what: &str| {
        waiting
            .iter()
            .filter(|waits_for| waits_for.starts_with(what))
            .count()
    };
    assert_eq!((count("its render"), count("its turn")), (2, 4), "{waiting:?}");
}

#[tokio::test]
async fn results_above_the_limit_are_dropped_and_rendered_again() {
    const CONTAINERS: usize = 70;
    const BYTES: usize = 900 * 1024;
    let params = "files: {large: {key: web/large}}";
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "web"),
        ("podweave.dev/params", params),
    ];
    let node = Node::new();
    node.put("web", &[("large", &"x".repeat(BYTES))]);
    node.apply(pod_of("u-1", &annotations, CONTAINERS));
    for index in 0..CONTAINERS {
        // The node's volumes have no room for all of the files; that error comes after the render.
        let _ = node
            .create("u-1", &annotations, container(&format!("c{index}"), &[], &[]))
            .await;
    }
    let pods = node.creations.renders.opted_in();
    let kept = pods[0]
        .each_container()
        .filter(|container| container.latest().is_some())
        .count();
    assert!(
        kept > 0 && kept * BYTES < 50 * 1024 * 1024,
        "{kept} results of {BYTES} bytes"
    );
    let dropped = pods[0]
        .each_container()
        .find(|container| container.latest().is_none())
        .expect("one was dropped")
        .binding
        .container
        .clone();
    let answered = node
        .create("u-1", &annotations, container(&dropped, &[], &[]))
        .await;
    assert!(
        answered
            .as_ref()
            .err()
            .is_none_or(|error| !error.contains("not ready")),
        "{answered:?}"
    );
}

#[tokio::test]
async fn a_queued_pod_is_bound_in_its_latest_version() {
    let node = Node::new();
    node.put("web", &[("port", "8080")]);
    for port in 0..50 {
        let params = format!("env: {{PORT: '{port}'}}");
        node.apply(pod(
            "u-1",
            &[
                ("podweave.dev/plugin", "handlebars"),
                ("podweave.dev/params", &params),
            ],
        ));
    }
    node.apply(pod("u-1", &ORDINARY));
    assert_eq!(
        node.create("u-1", &ORDINARY, web()).await.unwrap().env[0].value,
        "8080"
    );
}
