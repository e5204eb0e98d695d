//! Recreated sandboxes of pods, which take the pod's annotations at that time.

use anyhow::Result;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{Patch, PatchParams};
use podweave_agent::mark;
use podweave_cluster::RunningPod;
use serde_json::{Value, json};

use super::pods::{OPTED_IN, REQUIRED, Start};
use super::scene::{Scene, until};

/// Changes annotations of an existing pod; null removes one. Admission, which would refuse it, is not
/// installed here.
async fn annotate(scene: &Scene<'_>, pod: &RunningPod<'_>, annotations: Value) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(scene.node.cluster().admin().await?, pod.namespace());
    pods.patch(
        pod.name(),
        &PatchParams::default(),
        &Patch::Merge(&json!({ "metadata": { "annotations": annotations } })),
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_recreated_sandbox_waits_for_the_agent() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    let pod = scene.run("web").await?;
    scene.until_ready(&pod).await?;
    scene.remake_sandbox("web", |_| true).await?;
    scene.until_started("web", 2).await?;
    scene.podweave.agent().kill().await?;
    scene.remake_sandbox("web", |_| true).await?;
    scene
        .until_refused(&pod, "podweave's agent has not configured container")
        .await?;
    scene.podweave.agent().start().await?;
    scene.until_started("web", 3).await?;
    println!("a recreated sandbox: {}", scene.check()?);
    Ok(())
}

#[tokio::test]
async fn weakened_annotations_are_refused_in_a_recreated_sandbox() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    for (name, value, words) in [
        (
            "weakened",
            Some("[]"),
            "must be a list that begins with the guard",
        ),
        ("removed", None, "lacks the annotation"),
    ] {
        let pod = scene.run(name).await?;
        scene.until_ready(&pod).await?;
        annotate(&scene, &pod, json!({ REQUIRED.0: value })).await?;
        scene
            .remake_sandbox(name, |annotations| {
                annotations.get(REQUIRED.0).map(String::as_str) == value
            })
            .await?;
        scene.until_refused(&pod, words).await?;
        let before = scene.evidence.of(name)?.len();
        // A sandbox has the pod's annotations from its creation.
        annotate(&scene, &pod, json!({ REQUIRED.0: REQUIRED.1 })).await?;
        scene
            .remake_sandbox(name, |annotations| {
                annotations.get(REQUIRED.0).map(String::as_str) == Some(REQUIRED.1)
            })
            .await?;
        scene.until_started(name, before + 1).await?;
    }
    println!("weakened annotations: {}", scene.check()?);
    Ok(())
}

#[tokio::test]
async fn a_pod_without_annotations_opts_out_in_a_recreated_sandbox() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    let pod = scene.run_until_told("web").await?;
    scene.until_ready(&pod).await?;
    let none: serde_json::Map<String, Value> = OPTED_IN
        .into_iter()
        .map(|(key, _)| (key.to_owned(), Value::Null))
        .collect();
    annotate(&scene, &pod, none.into()).await?;
    // While the sandbox is the same, its annotations from its creation count.
    scene.evidence.end("web", 1)?;
    assert!(
        scene
            .until_started("web", 2)
            .await?
            .iter()
            .all(Start::is_configured)
    );
    // A new sandbox has none. This is why the admission policy forbids to change them.
    scene
        .remake_sandbox("web", |annotations| !mark::has_opted_in(annotations))
        .await?;
    until("a start without anything", || {
        Ok(scene.evidence.of("web")?.last().is_some_and(Start::is_untouched))
    })
    .await
}
