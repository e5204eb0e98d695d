//! Updates of existing pods.

use anyhow::Result;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use podweave_cluster::Cluster;
use serde_json::{Value, json};

use crate::fixture::*;

async fn patch(pods: &Api<Pod>, name: &str, patch: Value) -> Result<Pod> {
    Ok(pods
        .patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await?)
}

async fn patch_status(pods: &Api<Pod>, name: &str, patch: Value) -> Result<Pod> {
    Ok(pods
        .patch_status(name, &PatchParams::default(), &Patch::Merge(patch))
        .await?)
}

fn annotated(annotations: Value) -> Value {
    json!({"metadata": {"annotations": annotations}})
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn annotations_that_configure_an_existing_pod_cannot_change() -> Result<()> {
    let Some(cluster) = installed("annotations_that_configure_an_existing_pod_cannot_change").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    create(
        &pods,
        pod("web", &[(PLUGIN, "handlebars"), ("podweave.dev/params", "{}")]),
    )
    .await?;
    create(&pods, pod("plain", &[("example.org/a", "b")])).await?;
    // Of several, one is named, depending on the order in which the API server checks them.
    for (name, annotations, named) in [
        ("web", json!({PLUGIN: "other"}), PLUGIN),
        ("web", json!({PLUGIN: null}), PLUGIN),
        (
            "web",
            json!({PLUGIN: null, "podweave.dev/params": null, REQUIRED: null}),
            "",
        ),
        ("web", json!(null), ""),
        (
            "web",
            json!({"podweave.dev/rendered": "x"}),
            "podweave.dev/rendered",
        ),
        (
            "web",
            json!({"web.podweave.dev/params": "{}"}),
            "web.podweave.dev/params",
        ),
        (
            "web",
            json!({"web.Podweave.dev/params": "{}"}),
            "web.Podweave.dev/params",
        ),
        ("web", json!({REQUIRED: null}), REQUIRED),
        ("web", json!({REQUIRED: "[]"}), REQUIRED),
        (
            "web",
            json!({REQUIRED: r#"["podweave-guard", "other"]"#}),
            REQUIRED,
        ),
        ("web", json!({REQUIRED_OF_WEB: "[]"}), REQUIRED_OF_WEB),
        (
            "web",
            json!({"required-plugins.noderesource.dev": "[]"}),
            "required-plugins.noderesource.dev",
        ),
        ("plain", json!({PLUGIN: "handlebars"}), PLUGIN),
        ("plain", json!({PLUGIN: "handlebars", REQUIRED: GOOD}), ""),
    ] {
        for answer in [
            patch(&pods, name, annotated(annotations.clone())).await,
            patch_status(&pods, name, annotated(annotations.clone())).await,
        ] {
            let message = refusal(answer);
            assert!(
                message.contains(&format!("the annotation {named}"))
                    && message.contains("delete and recreate the pod"),
                "{annotations}: {message}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn everything_else_can_change() -> Result<()> {
    let Some(cluster) = installed("everything_else_can_change").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    create(
        &pods,
        pod("web", &[(PLUGIN, "handlebars"), ("example.org/a", "b")]),
    )
    .await?;
    patch(
        &pods,
        "web",
        annotated(json!({"example.org/a": "c", "example.org/b": "c", PLUGIN: "handlebars"})),
    )
    .await?;
    patch(&pods, "web", annotated(json!({"example.org/a": null}))).await?;
    patch(
        &pods,
        "web",
        json!({"metadata": {"labels": {"a": "b"}, "finalizers": ["example.org/hold"]}}),
    )
    .await?;
    patch_status(
        &pods,
        "web",
        json!({"status": {"phase": "Running", "message": "it runs"}}),
    )
    .await?;
    patch(&pods, "web", json!({"metadata": {"finalizers": null}})).await?;
    create(&pods, pod("plain", &[(REQUIRED, "[]")])).await?;
    patch(
        &pods,
        "plain",
        annotated(json!({REQUIRED: null, REQUIRED_OF_WEB: "x"})),
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn ephemeral_containers_and_resources_change_without_the_annotations() -> Result<()> {
    let Some(cluster) =
        installed("ephemeral_containers_and_resources_change_without_the_annotations").await?
    else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    create(&pods, pod("web", &[(PLUGIN, "handlebars")])).await?;
    let parameters = PatchParams::default();
    let debugging = json!({"metadata": {"annotations": {PLUGIN: "other", REQUIRED: "[]"}}, "spec": {"ephemeralContainers": [{"name": "debug", "image": "debug:1"}]}});
    let changed = pods
        .patch_ephemeral_containers("web", &parameters, &Patch::Strategic(debugging))
        .await?;
    assert_eq!(
        (annotation(&changed, PLUGIN), annotation(&changed, REQUIRED)),
        (Some("handlebars"), Some(GOOD))
    );
    assert_eq!(
        changed
            .spec
            .and_then(|spec| spec.ephemeral_containers)
            .map_or(0, |containers| containers.len()),
        1
    );
    let resized = json!({
        "metadata": {"annotations": {PLUGIN: "other", REQUIRED: "[]"}},
        "spec": {"containers": [{"name": "web", "resources": {"requests": {"cpu": "10m"}}}]},
    });
    // The API server refuses this for a pod that does not run; only the annotations matter here.
    let _ = pods
        .patch_resize("web", &parameters, &Patch::Strategic(resized))
        .await;
    let unchanged = pods.get("web").await?;
    assert_eq!(
        (annotation(&unchanged, PLUGIN), annotation(&unchanged, REQUIRED)),
        (Some("handlebars"), Some(GOOD))
    );
    Ok(())
}

#[tokio::test]
async fn a_pod_older_than_the_policies_can_be_deleted() -> Result<()> {
    if installed("a_pod_older_than_the_policies_can_be_deleted")
        .await?
        .is_none()
    {
        return Ok(());
    }
    let cluster = Cluster::start().await?;
    let (_namespace, pods) = place(&cluster).await?;
    let mut older = pod("older", &[(PLUGIN, "handlebars"), (REQUIRED_OF_WEB, "[]")]);
    older["metadata"]["finalizers"] = json!(["example.org/hold"]);
    create(&pods, older).await?;
    install(&cluster).await?;

    assert_guard_agrees(&annotations(&pods.get("older").await?), false);
    let message = refusal(
        patch(
            &pods,
            "older",
            annotated(json!({REQUIRED: GOOD, REQUIRED_OF_WEB: null})),
        )
        .await,
    );
    assert!(message.contains("delete and recreate the pod"), "{message}");
    patch(&pods, "older", json!({"metadata": {"labels": {"a": "b"}}})).await?;
    patch_status(&pods, "older", json!({"status": {"phase": "Failed"}})).await?;
    pods.delete("older", &DeleteParams::default().grace_period(0))
        .await?;
    patch(&pods, "older", json!({"metadata": {"finalizers": null}})).await?;
    assert!(pods.get_opt("older").await?.is_none());
    Ok(())
}
