//! The examples, as they are in the repository, answer with what was rendered.

use anyhow::{Context, Result};
use podweave_cluster::{Namespace, RunningPod};
use serde_json::{Value, json};

use super::fixture::{Fixture, REQUIRED, documents, fixture};

/// Runs the pod of an example's workload with its ConfigMaps, changed by `adapt`.
async fn run<'a>(fixture: &'a Fixture, namespace: &Namespace, example: &str, kind: &str, adapt: impl FnOnce(&mut Value)) -> Result<RunningPod<'a>> {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).with_context(|| format!("examples/{example}/{name}"));
    let mut config_maps = documents(&read("configmaps.yaml")?, "ConfigMap")?;
    for config_map in &mut config_maps {
        config_map["metadata"]["namespace"] = namespace.name().into();
    }
    fixture.node.cluster().apply(config_maps).await?;
    let workload = documents(&read("pod.yaml")?, kind)?.into_iter().next().with_context(|| format!("examples/{example} has no {kind}"))?;
    let template = workload["spec"]["template"].clone();
    let mut pod = if template.is_null() { json!({ "metadata": workload["metadata"], "spec": workload["spec"] }) } else { template };
    pod["metadata"]["name"] = example.into();
    pod["metadata"]["namespace"] = Value::Null;
    pod["metadata"]["annotations"][REQUIRED.0] = REQUIRED.1.into();
    adapt(&mut pod);
    fixture.node.run(namespace.name(), pod).await
}

/// The key and certificate that the tests of the command line use, too.
fn tls() -> (&'static str, &'static str) {
    (include_str!("../../../../host/cli/tests/real_servers/tls/localhost.crt"), include_str!("../../../../host/cli/tests/real_servers/tls/localhost.key"))
}

#[tokio::test]
async fn nginx_answers_as_it_was_rendered() -> Result<()> {
    let fixture = fixture().await?;
    let namespace = fixture.namespace("nginx").await?;
    let (certificate, key) = tls();
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": { "name": "edge-tls", "namespace": namespace.name() },
        "stringData": { "tls.crt": certificate, "tls.key": key },
    });
    fixture.node.cluster().apply([secret]).await?;
    // nginx resolves its upstreams as it starts, and here is no DNS: they get names of their own.
    let hosts = json!([{ "ip": "127.0.0.1", "hostnames": [
        "api-0.api.shop.svc", "api-1.api.shop.svc", "api-2.api.shop.svc", "storefront.shop.svc",
    ] }]);
    let pod = run(fixture, &namespace, "nginx", "Deployment", |pod| pod["spec"]["hostAliases"] = hosts).await?;
    pod.ready().await?;
    let answer = pod.get(8080, "/healthz").await?;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    assert!(answer.head.to_lowercase().contains("x-environment: production"), "{}", answer.head);
    pod.delete().await
}
