//! Containers that started while podweave was not running, on nodes that are not set up correctly. A new
//! agent finds them.

use anyhow::Result;
use podweave_cluster::{NodeOptions, PodweaveOptions};

use super::pods::{OPTED_IN, REQUIRED};
use super::scene::{Scene, tests_cluster, until_event};

#[tokio::test]
async fn unprotected_containers_are_deleted_or_reported() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let scene = Scene::prepare(cluster, NodeOptions::default(), PodweaveOptions::default()).await?;
    let block = scene.run_with("block", &OPTED_IN).await?;
    let ignore = scene
        .run_with(
            "ignore",
            &[&OPTED_IN[..], &[("podweave.dev/on-failure", "ignore")]].concat(),
        )
        .await?;
    for pod in [&block, &ignore] {
        // The gap: neither process is running, and the pod does not make the runtime's validator wait for
        // them.
        assert!(scene.until_started(pod.name(), 1).await?[0].is_untouched());
    }
    // Every other test here relies on this check.
    let noticed = scene.check().expect_err("two have started unconfigured");
    assert!(
        noticed
            .to_string()
            .starts_with("started without their configuration"),
        "{noticed}"
    );
    assert_eq!(scene.witness.unmarked().len(), 2);
    scene.start_podweave().await?;
    block.gone().await?;
    let found = until_event(&ignore, "StartedWithoutConfiguration").await?;
    assert!(
        found.contains("container web started without its configuration"),
        "{found}"
    );
    ignore.ready().await?;
    assert_eq!(scene.evidence.of("ignore")?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn without_the_validator_the_guard_refuses_and_agent_detects() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let node = NodeOptions {
        validator: false,
        ..NodeOptions::default()
    };
    let scene = Scene::prepare(cluster, node, PodweaveOptions::default()).await?;
    scene.start_podweave().await?;
    let refused = scene.run("refused").await?;
    scene
        .until_refused(&refused, "the runtime's own validator is off")
        .await?;
    let plain = scene.run_with("plain", &[]).await?;
    plain.ready().await?;
    // With the guard gone, too, nothing can refuse.
    scene.kill_podweave().await?;
    let slipped = scene
        .run_with("slipped", &[&OPTED_IN[..], &[REQUIRED]].concat())
        .await?;
    assert!(scene.until_started("slipped", 1).await?[0].is_untouched());
    scene.start_podweave().await?;
    slipped.gone().await?;
    Ok(())
}
