//! Pods run, can be inspected, and leave nothing behind.

use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::core::v1::Pod;
use podweave_cluster::{Image, Node, NodeOptions, shared};
use serde_json::json;

use super::{PATIENCE, pod, script};

#[tokio::test]
async fn a_plain_pod_becomes_ready_and_nothing_remains_of_it() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_plain_pod_becomes_ready_and_nothing_remains_of_it") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("plain").await?;
    cluster
        .put_config_map(namespace.name(), "web", [("greeting", "hello")])
        .await?;
    let mut plain = pod(
        "plain",
        json!({
            "command": ["sh", "-c", "echo \"$GREETING\"; cat /etc/web/greeting; echo; sleep 1000; :", "shell", ""],
            "env": [{ "name": "GREETING", "valueFrom": { "configMapKeyRef": { "name": "web", "key": "greeting" } } }],
            "volumeMounts": [{ "name": "web", "mountPath": "/etc/web" }],
        }),
    );
    plain["spec"]["volumes"] = json!([{ "name": "web", "configMap": { "name": "web" } }]);
    let plain = node.run(namespace.name(), plain).await?;
    plain.ready().await?;
    assert_eq!(plain.until_log("main", "hello\nhello\n").await?, "hello\nhello\n");
    assert_eq!(plain.env("main").await?["GREETING"], "hello");
    assert_eq!(plain.arguments("main").await?[3..], ["shell", ""]);
    assert_eq!(plain.read("main", "/etc/web/greeting").await?, "hello");
    assert!(plain.read("main", "/etc/web/absent").await.is_err());
    assert_eq!(
        (plain.waiting("main").await?, plain.restarts("main").await?),
        (None, 0)
    );
    assert!(!node.remains()?.is_empty(), "a running pod leaves no trace?");

    plain.delete().await?;
    node.stop().await
}

#[tokio::test]
async fn the_states_of_a_pod_are_visible() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("the_states_of_a_pod_are_visible") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("states").await?;
    let absent = node
        .run(
            namespace.name(),
            pod(
                "absent",
                json!({ "image": "podweave.test/absent:1", "imagePullPolicy": "Never" }),
            ),
        )
        .await?;
    let mut failing = script("failing", "echo to standard error >&2; exit 3");
    failing["spec"]["restartPolicy"] = json!("Never");
    let failing = node.run(namespace.name(), failing).await?;
    let mut succeeding = script("succeeding", "exit 0");
    succeeding["spec"]["restartPolicy"] = json!("Never");
    let succeeding = node.run(namespace.name(), succeeding).await?;

    assert!(
        absent
            .until_waiting("main", "ErrImageNeverPull")
            .await?
            .contains("podweave.test/absent:1")
    );
    assert_eq!(
        (
            failing.ended().await?.as_str(),
            succeeding.ended().await?.as_str()
        ),
        ("Failed", "Succeeded")
    );
    assert_eq!(failing.log("main").await?, "to standard error\n");
    assert!(!absent.events().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_static_pod_runs_and_ends_with_the_node() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_static_pod_runs_and_ends_with_the_node") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("static").await?;
    let mut manifest = script("static", "echo started; exec sleep 1000");
    manifest["apiVersion"] = json!("v1");
    manifest["kind"] = json!("Pod");
    manifest["metadata"]["namespace"] = json!(namespace.name());
    std::fs::write(node.static_pods().join("static.json"), manifest.to_string())?;

    let pods: kube::Api<Pod> = kube::Api::namespaced(cluster.admin().await?, namespace.name());
    let mirror = format!("static-{}", node.name());
    let mirror = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(pod) = pods.get_opt(&mirror).await? {
                return anyhow::Ok(pod);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    node.pod(&mirror.await??)?.ready().await?;
    node.stop().await
}

#[tokio::test]
async fn nginx_and_redis_answer_at_their_pods_addresses() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("nginx_and_redis_answer_at_their_pods_addresses") {
        return Ok(());
    }
    let node = Node::start(
        cluster,
        NodeOptions {
            images: vec![Image::servers()?],
            ..NodeOptions::default()
        },
    )
    .await?;
    let namespace = cluster.create_namespace("servers").await?;
    let configuration =
        "events {} http { access_log off; server { listen 8080; location / { return 200 'hello'; } } }";
    let start = format!(
        "echo \"{configuration}\" >/tmp/nginx.conf; exec nginx -c /tmp/nginx.conf -g 'daemon off; pid /tmp/nginx.pid;'"
    );
    let mut nginx = pod(
        "nginx",
        json!({ "image": "podweave.test/servers:1", "command": ["sh", "-c", start] }),
    );
    nginx["spec"]["containers"][0]["readinessProbe"] =
        json!({ "httpGet": { "path": "/", "port": 8080 }, "periodSeconds": 1 });
    let nginx = node.run(namespace.name(), nginx).await?;
    let mut redis = pod(
        "redis",
        json!({ "image": "podweave.test/servers:1", "command": ["redis-server", "--save", "", "--protected-mode", "no"] }),
    );
    redis["spec"]["containers"][0]["readinessProbe"] =
        json!({ "tcpSocket": { "port": 6379 }, "periodSeconds": 1 });
    let redis = node.run(namespace.name(), redis).await?;

    nginx.ready().await?;
    let answer = nginx.get(8080, "/").await?;
    assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
    redis.ready().await?;
    assert!(
        redis
            .until_log("main", "Ready to accept connections")
            .await
            .is_ok()
    );
    Ok(())
}

/// The restrictions that a cautious operator sets, and that podweave's own manifests have.
#[tokio::test]
async fn pods_can_be_confined() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("pods_can_be_confined") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("confined").await?;
    let look = "id -u; grep -E '^(Seccomp|CapBnd):' /proc/self/status; cat /proc/self/uid_map; touch /x 2>&1; echo done; exec sleep 1000";
    let mut confined = script("confined", look);
    confined["spec"]["securityContext"] =
        json!({ "runAsNonRoot": true, "runAsUser": 101, "seccompProfile": { "type": "RuntimeDefault" } });
    confined["spec"]["containers"][0]["securityContext"] = json!({ "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } });
    let confined = node.run(namespace.name(), confined).await?;
    let mut mapped = script("mapped", look);
    mapped["spec"]["hostUsers"] = json!(false);
    let mapped = node.run(namespace.name(), mapped).await?;

    let log = confined.until_log("main", "done").await?;
    assert!(
        log.starts_with("101\n") && log.contains("Seccomp:\t2") && log.contains("CapBnd:\t0000000000000000"),
        "{log}"
    );
    assert!(log.contains("Read-only file system"), "{log}");
    let log = mapped.until_log("main", "done").await?;
    let host: u64 = log
        .lines()
        .find_map(|line| {
            line.strip_prefix("         0")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or_default();
    assert!(host > 0, "root of the pod is root of the node: {log}");
    Ok(())
}

#[tokio::test]
async fn a_client_in_a_pod_finds_the_api_server() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_client_in_a_pod_finds_the_api_server") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("client").await?;
    let ask = "cat /var/run/secrets/kubernetes.io/serviceaccount/token >/dev/null && nc $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT </dev/null && echo connected; exec sleep 1000";
    let client = node.run(namespace.name(), script("client", ask)).await?;
    client.until_log("main", "connected").await?;

    let mut client = script("of-the-host", ask);
    client["spec"]["hostNetwork"] = json!(true);
    let client = node.run(namespace.name(), client).await?;
    client.until_log("main", "connected").await?;
    Ok(())
}
