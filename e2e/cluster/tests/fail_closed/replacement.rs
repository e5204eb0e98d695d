//! An agent or a guard is replaced by another, as a DaemonSet does it.

use anyhow::Result;
use podweave_cluster::{NodeOptions, Podweave, PodweaveOptions};
use serde_json::{Map, json};

use super::scene::{Scene, tests_cluster};

/// Updates in a row.
const UPDATES: usize = 5;

#[tokio::test]
async fn replaced_under_load_neither_lets_a_container_start_unconfigured() -> Result<()> {
    let Some(scene) = Scene::start().await? else { return Ok(()) };
    let told = scene
        .under_churn(async {
            for _ in 0..UPDATES {
                for server in [scene.podweave.agent(), scene.podweave.guard()] {
                    // As with maxSurge 0: the new one comes when the old one has ended.
                    server.restart().await?;
                    scene.until_served(2).await?;
                }
            }
            Ok(())
        })
        .await?;
    println!("replacement: {UPDATES} times either; {told}");
    scene.node.stop().await
}

#[tokio::test]
async fn two_agents_at_once_refuse_each_others_containers_until_one_is_gone() -> Result<()> {
    let Some(scene) = Scene::start().await? else { return Ok(()) };
    let before = scene.run("before").await?;
    scene.until_ready(&before).await?;
    // What is deployed has all of this on the host, where both agents find it: the second one sees the first.
    let configuration = Map::from_iter([("statusSocket".to_owned(), json!(scene.podweave.status_socket()))]);
    let second = Podweave::new(&scene.node, PodweaveOptions { configuration, ..PodweaveOptions::default() }).await?;
    let error = second.agent().start().await.expect_err("there is one already");
    assert!(format!("{error:#}").contains("another agent of this node is running"), "{error:#}");
    // One that is told of other sockets does not, and shares the files.
    let code = scene.podweave.records().with_file_name("code");
    let directories = json!({ "volumes": scene.podweave.volumes(), "records": scene.podweave.records(), "code": code });
    let configuration = Map::from_iter([("directories".to_owned(), directories)]);
    let second = Podweave::new(&scene.node, PodweaveOptions { configuration, ..PodweaveOptions::default() }).await?;
    second.agent().start().await?;
    let during = scene.run("during").await?;
    scene.until_refused(&during, "podweave").await?;
    second.agent().stop().await?;
    scene.until_ready(&during).await?;
    // What was there is still there, though the second agent has looked through it.
    assert_eq!(before.read("web", "/etc/podweave/token").await?, "rendered-before");
    println!("two agents: {}", scene.check()?);
    Ok(())
}

#[tokio::test]
async fn a_node_that_was_never_prepared_starts_nothing_that_has_opted_in() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else { return Ok(()) };
    let scene = Scene::prepare(cluster, NodeOptions::default(), PodweaveOptions::default()).await?;
    let (first, second) = (scene.run("first").await?, scene.run("second").await?);
    let plain = scene.run_with("plain", &[]).await?;
    scene.until_ready(&plain).await?;
    for pod in [&first, &second] {
        scene.until_refused(pod, r#"required plugin "podweave-guard" not present"#).await?;
    }
    // It is prepared now, and the agent is the last to come.
    scene.podweave.guard().start().await?;
    for pod in [&first, &second] {
        scene.until_refused(pod, "podweave's agent has not configured container").await?;
    }
    scene.podweave.agent().start().await?;
    for pod in [&first, &second] {
        scene.until_ready(pod).await?;
    }
    println!("the agent last: {}", scene.check()?);
    Ok(())
}
