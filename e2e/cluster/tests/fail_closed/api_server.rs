//! The API server does not answer, or does not run.

use anyhow::Result;
use podweave_cluster::{Cluster, NodeOptions, PodweaveOptions, Proxy};

use super::scene::{Scene, tests_cluster, until};

#[tokio::test]
async fn a_pod_unknown_to_the_agent_waits_until_it_is_known() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let mut proxy = Proxy::start(cluster.server_address().await?).await?;
    let options = PodweaveOptions {
        api_server: Some(proxy.url()),
        ..PodweaveOptions::default()
    };
    let scene = Scene::prepare(cluster, NodeOptions::default(), options).await?;
    scene.start_podweave().await?;
    scene.until_ready(&scene.run("before").await?).await?;
    // First silent connections, then none at all.
    proxy.black_hole();
    let silent = scene.run("silent").await?;
    scene
        .until_refused(&silent, "is not known to the agent yet")
        .await?;
    scene.until_ready(&scene.run_with("plain", &[]).await?).await?;
    proxy.refuse().await;
    let refused = scene.run("refused").await?;
    let message = scene
        .until_refused(&refused, "the pods of the node cannot be watched")
        .await?;
    assert!(message.contains("is not known to the agent yet"), "{message}");
    proxy.restore().await?;
    scene.until_ready(&silent).await?;
    scene.until_ready(&refused).await?;
    println!("no API server at pod start: {}", scene.check()?);
    Ok(())
}

#[tokio::test]
async fn containers_restart_during_an_outage_also_with_a_new_agent() -> Result<()> {
    let cluster = Cluster::start().await?;
    if cluster.skips("restarts without an API server") {
        return Ok(());
    }
    let scene = Scene::start_on(&cluster).await?;
    let pod = scene.run_until_told("web").await?;
    pod.ready().await?;
    until("a record", || {
        Ok(scene
            .podweave
            .records()
            .join(format!("{}.json", pod.uid()))
            .exists())
    })
    .await?;
    cluster.api_server()?.freeze()?;
    scene.evidence.end("web", 1)?;
    scene.until_started("web", 2).await?;
    // The API server is gone, and a new agent has never seen it.
    cluster.api_server()?.kill().await?;
    scene.kill_podweave().await?;
    scene.start_podweave().await?;
    scene.evidence.end("web", 2)?;
    scene.until_started("web", 3).await?;
    cluster.api_server()?.start().await?;
    pod.ready().await?;
    println!("restarts without an API server: {}", scene.check()?);
    Ok(())
}
