//! Tests of the node that other tests rely on.

#[path = "node/nri.rs"]
mod nri;
#[path = "node/pods.rs"]
mod pods;
#[path = "node/servers.rs"]
mod servers;

use std::time::Duration;

use serde_json::{Value, json};

/// A timeout that only a failing test reaches: the kubelet tries again after up to 16 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// A pod with one container, `main`.
fn pod(name: &str, container: Value) -> Value {
    let mut main = json!({ "name": "main", "image": "podweave.test/busybox:1" });
    for (key, value) in container.as_object().into_iter().flatten() {
        main[key] = value.clone();
    }
    json!({ "metadata": { "name": name }, "spec": { "containers": [main] } })
}

/// A pod that runs a script.
fn script(name: &str, script: &str) -> Value {
    pod(name, json!({ "command": ["sh", "-c", script] }))
}
