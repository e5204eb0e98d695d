//! A container that cannot be rendered is refused with the reason, and starts by itself once the cause is
//! fixed.

use std::time::Duration;

use podweave_agent::mark::{IGNORED, MARK};
use podweave_plugin_store::settings::Settings;
use podweave_plugin_store::trust::{Prefix, Rule, Trust};

use crate::node::{Node, pod, web};

const PLUGIN: (&str, &str) = ("podweave.dev/plugin", "handlebars");
const CONFIG_MAPS: (&str, &str) = ("podweave.dev/config-maps", "web");
const PARAMS: (&str, &str) = ("podweave.dev/params", "env: {PORT: '{{config.port}}'}");
const ANNOTATIONS: [(&str, &str); 3] = [PLUGIN, CONFIG_MAPS, PARAMS];

/// Short enough for a test to wait for it, and long enough for an answer that is ready.
const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_missing_config_map_is_named_until_it_is_created() {
    let node = Node::new();
    node.apply(pod("u-1", &ANNOTATIONS));
    let refusal = node.create("u-1", &ANNOTATIONS, web()).await.unwrap_err();
    for part in [
        "shop/web-0",
        "container web",
        "plugin handlebars",
        "ConfigMap shop/web",
        "does not exist",
    ] {
        assert!(refusal.contains(part), "{part}: {refusal}");
    }
    node.put("web", &[("port", "8080")]);
    assert_eq!(
        node.create("u-1", &ANNOTATIONS, web()).await.unwrap().env[0].value,
        "8080"
    );
}

#[tokio::test]
async fn an_unknown_pod_is_refused_until_the_watch_reports_it() {
    let node = Node::new().patient_for(SHORT);
    node.put("web", &[("port", "8080")]);
    let refusal = node.create("u-1", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(
        refusal.contains("is not known to the agent yet: the API server has not reported it yet"),
        "{refusal}"
    );
    let node = node.patient_for(Duration::from_secs(60));
    let (created, ()) = tokio::join!(node.create("u-1", &ANNOTATIONS, web()), async {
        tokio::task::yield_now().await;
        node.apply(pod("u-1", &ANNOTATIONS));
    });
    assert_eq!(created.unwrap().env[0].value, "8080");
}

#[tokio::test]
async fn a_silent_api_server_delays_no_other_pod() {
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
    assert_eq!(
        node.create("u-2", &others, web()).await.unwrap().env[0].value,
        "1"
    );
}

#[tokio::test]
async fn a_slow_failure_is_shown_while_its_retry_is_running() {
    let node = Node::new();
    node.put("web", &[("port", "8080")]);
    // Compile everything before the clock is paused.
    node.apply(pod("u-1", &ANNOTATIONS));
    node.create("u-1", &ANNOTATIONS, web()).await.unwrap();
    node.freeze_api_server();
    tokio::time::pause();
    let node = node.patient_for(SHORT);
    node.apply(pod("u-2", &ANNOTATIONS));
    let refusal = node.create("u-2", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("its render is not ready after"), "{refusal}");
    // By then the render has given up, and the next creation starts it again.
    tokio::time::sleep(Duration::from_secs(15)).await;
    for _ in 0..2 {
        let refusal = node.create("u-2", &ANNOTATIONS, web()).await.unwrap_err();
        assert!(
            refusal.contains("ConfigMap shop/web") && !refusal.contains("not ready"),
            "{refusal}"
        );
    }
    // A failure that is that old is not reported any more.
    tokio::time::sleep(Duration::from_secs(300)).await;
    let refusal = node.create("u-2", &ANNOTATIONS, web()).await.unwrap_err();
    assert!(refusal.contains("its render is not ready after"), "{refusal}");
}

#[tokio::test]
async fn a_mistyped_annotation_is_refused_with_a_suggestion() {
    let node = Node::new();
    let annotations = [("podweave.dev/plugn", "handlebars")];
    node.apply(pod("u-1", &annotations));
    let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
    assert!(refusal.contains("did you mean \"plugin\"?"), "{refusal}");
}

#[tokio::test]
async fn with_ignore_a_failed_container_starts_marked_as_ignored() {
    let node = Node::new();
    let annotations = [PLUGIN, CONFIG_MAPS, PARAMS, ("podweave.dev/on-failure", "ignore")];
    node.apply(pod("u-1", &annotations));
    let adjust = node.create("u-1", &annotations, web()).await.unwrap();
    assert_eq!(
        (adjust.annotations[MARK].as_str(), adjust.env.len()),
        (IGNORED, 0)
    );
}

#[tokio::test]
async fn a_static_pod_is_refused() {
    let node = Node::new();
    let annotations = [
        PLUGIN,
        CONFIG_MAPS,
        PARAMS,
        ("kubernetes.io/config.source", "file"),
    ];
    let refusal = node.create("hash", &annotations, web()).await.unwrap_err();
    assert!(refusal.contains("is a static pod"), "{refusal}");
}

#[tokio::test]
async fn rendered_files_and_the_pods_mounts_do_not_hide_each_other() {
    let node = Node::new();
    let annotations = [
        PLUGIN,
        ("podweave.dev/params", "files: {a: b}"),
        ("podweave.dev/files", "/data"),
    ];
    node.apply(pod("u-1", &annotations));
    let with_mount = |destination: &str| {
        let mut container = web();
        container.mounts.push(podweave_nri::api::Mount {
            destination: destination.into(),
            ..Default::default()
        });
        container
    };
    for destination in ["/data", "/data/", "/data/a", "//data/./a"] {
        let refusal = node
            .create("u-1", &annotations, with_mount(destination))
            .await
            .unwrap_err();
        assert!(
            refusal.contains("would hide rendered files"),
            "{destination}: {refusal}"
        );
    }
    node.create("u-1", &annotations, with_mount("/database"))
        .await
        .unwrap();
    // With on-failure: ignore the container starts in this case, too.
    let annotations = [
        annotations[0],
        annotations[1],
        annotations[2],
        ("podweave.dev/on-failure", "ignore"),
    ];
    node.apply(pod("u-2", &annotations));
    let adjust = node
        .create("u-2", &annotations, with_mount("/data"))
        .await
        .unwrap();
    assert_eq!(
        (adjust.annotations[MARK].as_str(), adjust.mounts.len()),
        (IGNORED, 0)
    );
}

#[tokio::test]
async fn a_refusal_contains_no_value() {
    let node = Node::new();
    let annotations = [
        PLUGIN,
        CONFIG_MAPS,
        ("podweave.dev/params", "env: {PORT: '{{int config.port}}'}"),
    ];
    node.put("web", &[("port", "hunter2")]);
    node.apply(pod("u-1", &annotations));
    let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
    assert!(!refusal.contains("hunter2"), "{refusal}");
}

#[tokio::test]
async fn pull_secrets_are_read_once_and_only_for_an_allowed_plugin() {
    let node = Node::new();
    let annotations = [("podweave.dev/plugin", "registry.test/acme/web:1")];
    let mut pod = pod("u-1", &annotations);
    pod["spec"]["imagePullSecrets"] = serde_json::json!([{"name": "pull"}]);
    node.apply(pod);
    let trusting = |prefix: &str| {
        let rule = Rule {
            prefix: Prefix::parse(prefix).unwrap(),
            ..Rule::default()
        };
        Settings {
            trust: Trust::new(vec![rule]).unwrap(),
            pod_credentials: true,
            ..Settings::default()
        }
    };
    node.store.configure(trusting("registry.other"));
    let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
    assert!(
        refusal.contains("no rule of the node's trust policy allows it"),
        "{refusal}"
    );
    assert!(node.requests("GET /api/v1/namespaces/shop/secrets").is_empty());
    node.store.configure(trusting("registry.test"));
    for _ in 0..3 {
        let refusal = node.create("u-1", &annotations, web()).await.unwrap_err();
        assert!(!refusal.contains("trust policy"), "{refusal}");
    }
    assert_eq!(
        node.requests("GET /api/v1/namespaces/shop/secrets"),
        ["GET /api/v1/namespaces/shop/secrets/pull"]
    );
}
