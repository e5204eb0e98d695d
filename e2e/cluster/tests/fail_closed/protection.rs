//! Pods that podweave cannot protect are refused.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;

use super::pods::{OPTED_IN, REQUIRED, WAIT};
use super::scene::{Scene, until_some};

#[tokio::test]
async fn a_static_pod_is_refused_with_the_reason() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    let mut pod = scene.evidence.pod(
        "static",
        &[&OPTED_IN[..], &[REQUIRED]].concat(),
        [scene.evidence.container("web", WAIT)],
    );
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["namespace"] = scene.namespace.name().into();
    let manifest = scene.node.static_pods().join("static.json");
    std::fs::write(&manifest, pod.to_string())?;
    let pods: Api<Pod> = Api::namespaced(scene.node.cluster().admin().await?, scene.namespace.name());
    let name = format!("static-{}", scene.node.name());
    let mirror = until_some("the mirror of the static pod", async || {
        Ok(pods.get_opt(&name).await?)
    })
    .await?;
    let mirror = scene.node.pod(&mirror).context("the mirror")?;
    scene.until_refused(&mirror, "static pod").await?;
    // While the guard is away, the runtime's validator refuses it.
    scene.kill_podweave().await?;
    scene
        .until_refused(&mirror, r#"required plugin "podweave-guard" not present"#)
        .await?;
    assert!(scene.evidence.starts()?.is_empty());
    std::fs::remove_file(manifest)?;
    mirror.gone().await?;
    Ok(())
}
