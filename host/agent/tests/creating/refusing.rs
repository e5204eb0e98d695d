//! What cannot be rendered is refused, with its reason, and goes on by itself once the reason is gone.

use std::time::Duration;

use podweave_agent::mark::{IGNORED, MARK};
use podweave_plugin_store::settings::Settings;
use podweave_plugin_store::trust::{Prefix, Rule, Trust};

use crate::node::{Node, pod, web};

const PLUGIN: (&str, &str) = ("podweave.dev/plugin", "handlebars");
const CONFIG_MAPS: (&str, &str) = ("podweave.dev/config-maps", "web");
const PARAMS: (&str, &str) = ("podweave.dev/params", "env: {PORT: '{{config.port}}'}");
const ANNOTATIONS: [(&str, &str); 3] = [PLUGIN, CONFIG_MAPS, PARAMS];

/// So short that it passes in a test, and so long that what is ready is answered in it.
const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_missing_config_map_is_named_and_its_creation_mends_it() {
    let node = Node::new();
    node.apply(pod("u-1", &ANNOTATIONS));
    let refusal = node.create("u-1", &ANNOTATIONS, web()).await.unwrap_err();
    for part in ["shop/web-0", "container web", "plugin handlebars", "ConfigMap shop/web", "does not exist"] {
        assert!(refusal.contains(part), "{part}: {refusal}");
    }
    node.put("web", &[("port", "8080")]);
    assert_eq!(node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value, "8080");
}

#[tokio::test]
async fn a_pod_that_nobody_has_told_of_is_refused_and_one_that_is_told_of_meanwhile_is_not() {
    let node = Node::new().patient_for(SHORT);
    node.put("web", &[("port", "8080")]);
    let refusal = node.create("u-1", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("is not known to the agent yet: the API server has not reported it yet"), "{refusal}");
    let node = node.patient_for(Duration::from_secs(60));
    let (created, ()) = tokio::join!(node.create("u-1", &ANNOTATIONS, web()), async {
        tokio::task::yield_now().await;
        node.apply(pod("u-1", &ANNOTATIONS));
    });
    assert_eq!(created.unwrap().env[0].value, "8080");
}

#[tokio::test]
async fn an_api_server_that_does_not_answer_is_a_refusal_in_time_and_delays_no_other_pod() {
    let node = Node::new();
    node.put("web", &[("port", "8080")]);
    // Another pod, which needs nothing of the API server.
    let others = [PLUGIN, ("podweave.dev/params", "env: {A: '1'}")];
    node.apply(pod("u-2", &others));
    node.create("u-2", &others, web()).await.unwrap();
    let node = node.patient_for(SHORT);
    node.freeze_api_server();
    node.apply(pod("u-1", &ANNOTATIONS));
    let refusal = node.create("u-1", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("its render is not ready after"), "{refusal}");
    assert_eq!(node.create("u-2", &others, web()).await.unwrap().env[0].value, "1");
}

#[tokio::test]
async fn what_fails_again_and_again_more_slowly_than_a_creation_waits_is_refused_with_its_cause() {
    let node = Node::new();
    node.put("web", &[("port", "8080")]);
    // Whatever has to be compiled is, before time stands still.
    node.apply(pod("u-1", &ANNOTATIONS));
    node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    node.freeze_api_server();
    tokio::time::pause();
    let node = node.patient_for(SHORT);
    node.apply(pod("u-2", &ANNOTATIONS));
    let refusal = node.create("u-2", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("its render is not ready after"), "{refusal}");
    // By then the render has given up, and whoever comes has it tried again.
    tokio::time::sleep(Duration::from_secs(15)).await;
    for _ in 0..2 {
        let refusal = node.create("u-2", &ANNOTATIONS, web()).await.unwrap_err();
        assert!(refusal.contains("ConfigMap shop/web") && !refusal.contains("not ready"), "{refusal}");
    }
    // Long after it, that failure says nothing of now.
    tokio::time::sleep(Duration::from_secs(300)).await;
    let refusal = node.create("u-2", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("its render is not ready after"), "{refusal}");
}

#[tokio::test]
async fn wrong_annotations_are_refused_with_the_nearest_right_one() {
    let node = Node::new();
    let annotations = [("podweave.dev/plugn", "handlebars")];
    node.apply(pod("u-1", &annotations));
    let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
    assert!(refusal.contains("did you mean \"plugin\"?"), "{refusal}");
}

#[tokio::test]
async fn with_ignore_a_container_starts_without_what_failed_and_bears_a_mark_that_says_so() {
    let node = Node::new();
    let annotations = [PLUGIN, CONFIG_MAPS, PARAMS, ("podweave.dev/on-failure", "ignore")];
    node.apply(pod("u-1", &annotations));
    let adjust = node.create("u-1", &annotations, web()).await.unwrap();
    assert_eq!((adjust.annotations[MARK].as_str(), adjust.env.len()), (IGNORED, 0));
}

#[tokio::test]
async fn a_static_pod_is_refused_in_clear_words() {
    let node = Node::new();
    let annotations = [PLUGIN, CONFIG_MAPS, PARAMS, ("kubernetes.io/config.source", "file")];
    let refusal = node.create("hash", &annotations, web()).await.unwrap_err();
    assert!(refusal.contains("is a static pod"), "{refusal}");
}

#[tokio::test]
async fn rendered_files_and_a_mount_of_the_pods_own_do_not_hide_each_other() {
    let node = Node::new();
    let annotations = [PLUGIN, ("podweave.dev/params", "files: {a: b}"), ("podweave.dev/files", "/data")];
    node.apply(pod("u-1", &annotations));
    let with_mount = |destination: &str| {
        let mut container = web();
        container.mounts.push(podweave_nri::api::Mount { destination: destination.into(), ..Default::default() });
        container
    };
    for destination in ["/data", "/data/", "/data/a", "//data/./a"] {
        let refusal = node.create("u-1", &annotations, with_mount(destination)).await.unwrap_err();
        assert!(refusal.contains("would hide rendered files"), "{destination}: {refusal}");
    }
    node.create("u-1", &annotations, with_mount("/database")).await.unwrap();
    // Who wants to start without what failed does so here, too.
    let annotations = [annotations[0], annotations[1], annotations[2], ("podweave.dev/on-failure", "ignore")];
    node.apply(pod("u-2", &annotations));
    let adjust = node.create("u-2", &annotations, with_mount("/data")).await.unwrap();
    assert_eq!((adjust.annotations[MARK].as_str(), adjust.mounts.len()), (IGNORED, 0));
}

#[tokio::test]
async fn no_value_stands_in_a_refusal() {
    let node = Node::new();
    let annotations = [PLUGIN, CONFIG_MAPS, ("podweave.dev/params", "env: {PORT: '{{int config.port}}'}")];
    node.put("web", &[("port", "hunter2")]);
    node.apply(pod("u-1", &annotations));
    let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
    assert!(!refusal.contains("hunter2"), "{refusal}");
}

#[tokio::test]
async fn a_pods_secrets_are_read_only_for_a_plugin_that_it_may_have_and_not_at_each_attempt() {
    let node = Node::new();
    let annotations = [("podweave.dev/plugin", "registry.test/acme/web:1")];
    let mut pod = pod("u-1", &annotations);
    pod["spec"]["imagePullSecrets"] = serde_json::json!([{"name": "pull"}]);
    node.apply(pod);
    let trusting = |prefix: &str| {
        let rule = Rule { prefix: Prefix::parse(prefix).unwrap(), ..Rule::default() };
        Settings { trust: Trust::new(vec![rule]).unwrap(), pod_credentials: true, ..Settings::default() }
    };
    node.store.configure(trusting("registry.other"));
    let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
    assert!(refusal.contains("no rule of the node's trust policy allows it"), "{refusal}");
    assert!(node.requests("GET /api/v1/namespaces/shop/secrets").is_empty());
    node.store.configure(trusting("registry.test"));
    for _ in 0..3 {
        let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
        assert!(!refusal.contains("trust policy"), "{refusal}");
    }
    assert_eq!(node.requests("GET /api/v1/namespaces/shop/secrets"), ["GET /api/v1/namespaces/shop/secrets/pull"]);
}
