//! A node does what other tests rely on.

use anyhow::Result;
use podweave_cluster::{Node, NodeOptions, shared};
use serde_json::{Value, json};

fn busybox(name: &str, script: &str) -> Value {
    json!({
        "metadata": { "name": name },
        "spec": { "containers": [{ "name": "main", "image": "podweave.test/busybox:1", "command": ["sh", "-c", script] }] },
    })
}

#[tokio::test]
async fn a_plain_pod_becomes_ready() -> Result<()> {
    let cluster = shared().await?;
    let began = std::time::Instant::now();
    let node = Node::start(cluster, NodeOptions::default()).await?;
    println!("Ready after {} ms", began.elapsed().as_millis());
    let namespace = cluster.create_namespace("plain").await?;
    let pod = node.run(namespace.name(), busybox("plain", "echo hello; exec sleep 1000")).await?;
    pod.ready().await?;
    println!("pod Ready after {} ms", began.elapsed().as_millis());
    assert_eq!(pod.until_log("main", "\n").await?, "hello\n");
    println!("{:?} {:?} {:?}", pod.env("main").await?, pod.arguments("main").await?, pod.read("main", "/etc/passwd").await?);
    node.stop().await
}
