//! What an agent knows that was not there before, and what it does about what happened meanwhile.

use std::time::Duration;

use podweave_core::digest::Digest;

use crate::node::{Node, pod, sandbox, web};

const ANNOTATIONS: [(&str, &str); 3] = [
    ("podweave.dev/plugin", "handlebars"),
    ("podweave.dev/config-maps", "web"),
    ("podweave.dev/params", "env: {DSN: '{{config.user}}:$(PASSWORD)'}\nfiles: {a: b}"),
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

/// Waits for what happens in another task.
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
    // Back again, what is so now counts.
    node.restore_api_server();
    node.put("web", &[("user", "other")]);
    node.apply(pod("u-1", &ANNOTATIONS));
    assert_eq!(node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value, "other:s3cret");
}

#[tokio::test]
async fn an_outage_before_a_pods_config_maps_were_read_does_not_cost_its_record() {
    let node = rendered().await.restarted();
    // The pods were listed, and then the API server went.
    node.lose_api_server();
    node.apply(pod("u-1", &ANNOTATIONS));
    assert_eq!(node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value, "app:s3cret");
    let node = node.restarted();
    node.lose_api_server();
    assert_eq!(node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value, "app:s3cret");
}

#[tokio::test]
async fn a_record_is_not_used_while_the_api_server_can_tell() {
    let node = rendered().await.restarted().patient_for(Duration::from_millis(100));
    let refusal = node.create("u-1", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("not known to the agent yet"), "{refusal}");
}

#[tokio::test]
async fn no_secret_is_in_a_record() {
    let node = rendered().await;
    let record = format!("{:?} {}", node.records.read("u-1").unwrap(), node.records.read("u-1").unwrap().unwrap().manifest);
    assert!(!record.contains("s3cret"), "{record}");
}

#[tokio::test]
async fn a_container_that_started_while_nobody_looked_is_found_and_its_pod_deleted() {
    let node = Node::new();
    node.put("web", &[("user", "app")]);
    // The runtime tells first: nothing is judged before the pod is known.
    node.watch.failed("not yet");
    node.synchronize("u-1", &ANNOTATIONS, &[("web", false), ("worker", true), ("migrate", false)]);
    node.apply(pod("u-1", &ANNOTATIONS));
    node.watch.heard(true);
    node.lifecycle_listed(&["u-1"]);
    until(|| node.requests("DELETE ") == ["DELETE /api/v1/namespaces/shop/pods/web-0"]).await;
}

#[tokio::test]
async fn one_that_may_start_without_is_only_named() {
    let annotations = [ANNOTATIONS[0], ANNOTATIONS[1], ANNOTATIONS[2], ("podweave.dev/on-failure", "ignore")];
    let node = Node::new();
    node.apply(pod("u-1", &annotations));
    node.synchronize("u-1", &annotations, &[("web", false)]);
    until(|| !node.requests("POST ").is_empty()).await;
    assert!(node.requests("DELETE ").is_empty());
}

#[tokio::test]
async fn marked_containers_and_those_that_nothing_is_rendered_for_stay() {
    let node = Node::new();
    node.apply(pod("u-1", &ANNOTATIONS));
    node.synchronize("u-1", &ANNOTATIONS, &[("web", true), ("worker", true), ("migrate", false)]);
    assert!(node.requests("DELETE ").is_empty());
}

#[tokio::test]
async fn what_a_runtime_has_copied_from_the_pod_does_not_mark_a_container() {
    let seal = Digest::of(b"anything").to_string();
    let own = [("podweave.dev/rendered", "x"), ("podweave.dev/seal", seal.as_str())];
    for own in [&own[..1], &own[..]] {
        let node = Node::new();
        let annotations = [&ANNOTATIONS[..], own].concat();
        node.apply(pod("u-1", &annotations));
        // CRI-O shows all annotations of the sandbox as the container's, too.
        let mut web = web();
        web.annotations = sandbox("u-1", &annotations).annotations;
        node.connect_to_runtime_with("u-1", &annotations, web).await;
        until(|| node.requests("DELETE ") == ["DELETE /api/v1/namespaces/shop/pods/web-0"]).await;
    }
}

#[tokio::test]
async fn the_mark_that_the_agent_has_set_is_known_again_among_copied_annotations() {
    let node = rendered().await;
    let adjust = node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    let node = node.restarted();
    node.apply(pod("u-1", &ANNOTATIONS));
    let mut web = web();
    web.annotations = sandbox("u-1", &ANNOTATIONS).annotations;
    web.annotations.extend(adjust.annotations);
    node.connect_to_runtime_with("u-1", &ANNOTATIONS, web.clone()).await;
    assert!(node.requests("DELETE ").is_empty());
    // Without its seal it could be anything.
    web.annotations.remove("podweave.dev/seal");
    node.connect_to_runtime_with("u-1", &ANNOTATIONS, web).await;
    until(|| node.requests("DELETE ").len() == 1).await;
}

#[tokio::test]
async fn what_is_kept_for_a_pod_goes_with_the_last_of_pod_and_sandbox() {
    let node = rendered().await;
    node.synchronize("u-1", &ANNOTATIONS, &[("web", true)]);
    node.lifecycle_deleted("u-1");
    assert_eq!(node.volumes.pod_uids(), ["u-1"], "its containers may still be running");
    node.lifecycle.sandbox_is_gone("sandbox-of-u-1");
    until(|| node.volumes.pod_uids().is_empty() && node.records.uids().is_empty()).await;
}

#[tokio::test]
async fn what_was_left_behind_by_an_agent_that_died_is_removed_once_both_sides_have_told_all() {
    let node = rendered().await.restarted_unlisted();
    node.lifecycle.synchronized(Default::default(), Vec::new());
    assert_eq!((node.volumes.pod_uids(), node.records.uids()), (vec!["u-1".to_owned()], vec!["u-1".to_owned()]), "the pods are not known yet");
    // The API server that the test plays has no pods.
    tokio::select! {
        never = podweave_agent::pods::follow(node.client(), "node", &node.watch, &*node.lifecycle) => match never {},
        () = until(|| node.volumes.pod_uids().is_empty() && node.records.uids().is_empty()) => {}
    }
}

#[tokio::test]
async fn a_suspect_that_was_created_anew_with_its_configuration_is_none_any_more() {
    let node = rendered().await.restarted_unlisted();
    node.lose_api_server();
    node.synchronize("u-1", &ANNOTATIONS, &[("web", false)]);
    node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    node.restore_api_server();
    node.apply(pod("u-1", &ANNOTATIONS));
    node.lifecycle_listed(&["u-1"]);
    assert!(node.requests("DELETE ").is_empty());
}
