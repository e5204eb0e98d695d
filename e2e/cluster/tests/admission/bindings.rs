//! Bindings of pods to nodes, which can have annotations.

use anyhow::Result;
use k8s_openapi::api::core::v1::Binding;
use podweave_cluster::Cluster;
use serde_json::json;

use crate::fixture::*;

async fn bind(cluster: &Cluster, namespace: &str, path: &str, annotations: &[(&str, &str)]) -> Result<()> {
    let annotations: std::collections::BTreeMap<_, _> = annotations.iter().copied().collect();
    let binding: Binding = serde_json::from_value(json!({
        "metadata": {"name": "web", "namespace": namespace, "annotations": annotations},
        "target": {"apiVersion": "v1", "kind": "Node", "name": "node"},
    }))?;
    let request = http::Request::post(format!("/api/v1/namespaces/{namespace}/{path}"))
        .header("content-type", "application/json");
    let body = json!({"apiVersion": "v1", "kind": "Binding", "metadata": binding.metadata, "target": binding.target});
    cluster
        .admin()
        .await?
        .request_text(request.body(serde_json::to_vec(&body)?)?)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_binding_cannot_set_podweave_annotations() -> Result<()> {
    let Some(cluster) = installed("a_binding_cannot_set_podweave_annotations").await? else {
        return Ok(());
    };
    let (namespace, pods) = place(cluster).await?;
    let namespace = namespace.name();
    // The pod does not exist, so nothing is bound before the policy is in force.
    let in_force = async || {
        let message = refusal(bind(cluster, namespace, "pods/web/binding", &[(PLUGIN, "x")]).await);
        anyhow::ensure!(message.contains("Binding must not have"), "{message}");
        Ok(())
    };
    until("the policy is in force", in_force).await?;

    create(&pods, pod("web", &[(PLUGIN, "handlebars")])).await?;
    for path in ["pods/web/binding", "bindings"] {
        for key in [
            PLUGIN,
            "web.podweave.dev/params",
            "Podweave.dev/params",
            "podweave.dev/seal",
            REQUIRED,
            REQUIRED_OF_WEB,
            "required-plugins.noderesource.dev",
        ] {
            let message =
                refusal(bind(cluster, namespace, path, &[(key, "[]"), ("example.org/a", "b")]).await);
            assert!(
                message.contains("Binding must not have annotations"),
                "{path}: {key}: {message}"
            );
        }
    }
    bind(cluster, namespace, "bindings", &[("example.org/a", "b")]).await?;
    let bound = pods.get("web").await?;
    assert_eq!(
        (
            annotation(&bound, "example.org/a"),
            annotation(&bound, PLUGIN),
            annotation(&bound, REQUIRED)
        ),
        (Some("b"), Some("handlebars"), Some(GOOD))
    );
    Ok(())
}
