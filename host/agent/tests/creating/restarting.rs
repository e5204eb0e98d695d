//! Restarts: what a new agent knows, and what it does about what happened meanwhile.

use std::time::Duration;

use podweave_core::digest::Digest;

use crate::node::{Node, pod, sandbox, web};

const ANNOTATIONS: [(&str, &str); 3] = [
    ("podweave.dev/plugin", "handlebars"),
    ("podweave.dev/config-maps", "web"),
    (
        "podweave.dev/params",
        "env: {DSN: '{{config.user}}:$(PASSWORD)'}\nfiles: {a: b}",
    ),
];

/// A node on which the pod `u-1` was rendered and recorded.
async fn rendered() -> Node {
    let node = Node::new();
    node.put("web", &[("user", "app")]);
    node.apply(pod("u-1", &ANNOTATIONS));
    node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    until(|| node.records.uids() == ["u-1"]).await;
    node
}

/// Waits for an effect of another task.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_container_restarts_from_its_record_while_the_api_server_is_away() {
    let node = rendered().await.restarted();
    node.lose_api_server();
    let adjust = node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    assert_eq!(adjust.env[0].value, "app:s3cret");
    // Once the API server is back, its current content counts.
    node.restore_api_server();
    node.put("web", &[("user", "other")]);
    node.apply(pod("u-1", &ANNOTATIONS));
    assert_eq!(
        node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value,
        "other:s3cret"
    );
}

#[tokio::test]
async fn an_outage_before_the_first_read_keeps_the_record() {
    let node = rendered().await.restarted();
    // The pods were listed, and then the API server went away.
    node.lose_api_server();
    node.apply(pod("u-1", &ANNOTATIONS));
    assert_eq!(
        node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value,
        "app:s3cret"
    );
    let node = node.restarted();
    node.lose_api_server();
    assert_eq!(
        node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value,
        "app:s3cret"
    );
}

#[tokio::test]
async fn a_record_is_not_used_while_the_api_server_answers() {
    let node = rendered()
        .await
        .restarted()
        .patient_for(Duration::from_millis(100));
    let refusal = node.create("u-1", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("not known to the agent yet"), "{refusal}");
}

#[tokio::test]
async fn no_secret_is_in_a_record() {
    let node = rendered().await;
    let record = format!(
        "{:?} {}",
        node.records.read("u-1").unwrap(),
        node.records.read("u-1").unwrap().unwrap().manifest
    );
    assert!(!record.contains("s3cret"), "{record}");
}

#[tokio::test]
async fn the_pod_of_a_container_started_without_the_agent_is_deleted() {
    let node = Node::new();
    node.put("web", &[("user", "app")]);
    // The runtime reports first: nothing is decided before the pod is known.
    node.watch.note_failure("not yet");
    node.synchronize(
        "u-1",
        &ANNOTATIONS,
        &[("web", false), ("worker", true), ("migrate", false)],
    );
    node.apply(pod("u-1", &ANNOTATIONS));
    node.watch.note_answer(true);
    node.lifecycle_listed(&["u-1"]);
    until(|| node.requests("DELETE ") == ["DELETE /api/v1/namespaces/shop/pods/web-0"]).await;
}

#[tokio::test]
async fn with_ignore_an_unmarked_container_is_only_reported() {
    let annotations = [
        ANNOTATIONS[0],
        ANNOTATIONS[1],
        ANNOTATIONS[2],
        ("podweave.dev/on-failure", "ignore"),
    ];
    let node = Node::new();
    node.apply(pod("u-1", &annotations));
    node.synchronize("u-1", &annotations, &[("web", false)]);
    until(|| !node.requests("POST ").is_empty()).await;
    assert!(node.requests("DELETE ").is_empty());
}

#[tokio::test]
async fn marked_containers_and_those_without_renders_stay() {
    let node = Node::new();
    node.apply(pod("u-1", &ANNOTATIONS));
    node.synchronize(
        "u-1",
        &ANNOTATIONS,
        &[("web", true), ("worker", true), ("migrate", false)],
    );
    assert!(node.requests("DELETE ").is_empty());
}

#[tokio::test]
async fn annotations_copied_from_the_pod_do_not_mark_a_container() {
    let seal = Digest::of(b"anything").to_string();
    let own = [
        ("podweave.dev/rendered", "x"),
        ("podweave.dev/seal", seal.as_str()),
    ];
    for own in [&own[..1], &own[..]] {
        let node = Node::new();
        let annotations = [&ANNOTATIONS[..], own].concat();
        node.apply(pod("u-1", &annotations));
        // CRI-O copies all annotations of the sandbox to the container.
        let mut web = web();
        web.annotations = sandbox("u-1", &annotations).annotations;
        node.connect_to_runtime_with("u-1", &annotations, web).await;
        until(|| node.requests("DELETE ") == ["DELETE /api/v1/namespaces/shop/pods/web-0"]).await;
    }
}

#[tokio::test]
async fn the_agents_mark_is_recognized_among_copied_annotations() {
    let node = rendered().await;
    let adjust = node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    let node = node.restarted();
    node.apply(pod("u-1", &ANNOTATIONS));
    let mut web = web();
    web.annotations = sandbox("u-1", &ANNOTATIONS).annotations;
    web.annotations.extend(adjust.annotations);
    node.connect_to_runtime_with("u-1", &ANNOTATIONS, web.clone())
        .await;
    assert!(node.requests("DELETE ").is_empty());
    // A mark without its seal does not count.
    web.annotations.remove("podweave.dev/seal");
    node.connect_to_runtime_with("u-1", &ANNOTATIONS, web).await;
    until(|| node.requests("DELETE ").len() == 1).await;
}

#[tokio::test]
async fn files_and_record_stay_until_pod_and_sandbox_are_gone() {
    let node = rendered().await;
    node.synchronize("u-1", &ANNOTATIONS, &[("web", true)]);
    node.lifecycle_deleted("u-1");
    assert_eq!(
        node.volumes.pod_uids(),
        ["u-1"],
        "its containers may still be running"
    );
    node.lifecycle.remove_sandbox("sandbox-of-u-1");
    until(|| node.volumes.pod_uids().is_empty() && node.records.uids().is_empty()).await;
}

#[tokio::test]
async fn leftovers_of_a_crash_are_removed_once_everything_is_listed() {
    let node = rendered().await.restarted_unlisted();
    node.lifecycle.synchronize(&Default::default(), Vec::new());
    assert_eq!(
        (node.volumes.pod_uids(), node.records.uids()),
        (vec!["u-1".to_owned()], vec!["u-1".to_owned()]),
        "the pods are not known yet"
    );
    // The simulated API server has no pods.
    tokio::select! {
        never = podweave_agent::for_tests::pods::follow(node.client(), "node", &node.watch, &*node.lifecycle) => match never {},
        () = until(|| node.volumes.pod_uids().is_empty() && node.records.uids().is_empty()) => {}
    }
}

#[tokio::test]
async fn a_marked_recreation_clears_a_suspicion() {
    let node = rendered().await.restarted_unlisted();
    node.lose_api_server();
    node.synchronize("u-1", &ANNOTATIONS, &[("web", false)]);
    node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    node.restore_api_server();
    node.apply(pod("u-1", &ANNOTATIONS));
    node.lifecycle_listed(&["u-1"]);
    assert!(node.requests("DELETE ").is_empty());
}
