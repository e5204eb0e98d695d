//! Replacements of agent and guard, as by their DaemonSets.

use anyhow::Result;
use podweave_cluster::{NodeOptions, Podweave, PodweaveOptions};
use serde_json::{Map, json};

use super::scene::{Scene, tests_cluster};

/// The number of successive updates.
const UPDATES: usize = 5;

#[tokio::test]
async fn replacing_either_under_load_starts_nothing_unconfigured() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    let told = scene
        .under_churn(async {
            for _ in 0..UPDATES {
                for server in [scene.podweave.agent(), scene.podweave.guard()] {
                    // As with maxSurge 0: the new one starts when the old one has ended.
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
async fn two_agents_refuse_each_others_containers() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    let before = scene.run("before").await?;
    scene.until_ready(&before).await?;
    // A deployed agent has all its files on the host, where the second agent finds the first one's.
    let configuration = Map::from_iter([("statusSocket".to_owned(), json!(scene.podweave.status_socket()))]);
    let second = Podweave::new(
        &scene.node,
        PodweaveOptions {
            configuration,
            ..PodweaveOptions::default()
        },
    )
    .await?;
    let error = second
        .agent()
        .start()
        .await
        .expect_err("an agent is running already");
    assert!(
        format!("{error:#}").contains("another agent of this node is running"),
        "{error:#}"
    );
    // A second agent with other sockets does not notice, and shares the files.
    let code = scene.podweave.records().with_file_name("code");
    let directories =
        json!({ "volumes": scene.podweave.volumes(), "records": scene.podweave.records(), "code": code });
    let configuration = Map::from_iter([("directories".to_owned(), directories)]);
    let second = Podweave::new(
        &scene.node,
        PodweaveOptions {
            configuration,
            ..PodweaveOptions::default()
        },
    )
    .await?;
    second.agent().start().await?;
    let during = scene.run("during").await?;
    scene.until_refused(&during, "podweave").await?;
    second.agent().stop().await?;
    scene.until_ready(&during).await?;
    // The existing files are still there, although the second agent has checked them.
    assert_eq!(
        before.read("web", "/etc/podweave/token").await?,
        "rendered-before"
    );
    println!("two agents: {}", scene.check()?);
    Ok(())
}

#[tokio::test]
async fn an_unprepared_node_starts_no_opted_in_pod() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let scene = Scene::prepare(cluster, NodeOptions::default(), PodweaveOptions::default()).await?;
    let (first, second) = (scene.run("first").await?, scene.run("second").await?);
    let plain = scene.run_with("plain", &[]).await?;
    scene.until_ready(&plain).await?;
    for pod in [&first, &second] {
        scene
            .until_refused(pod, r#"required plugin "podweave-guard" not present"#)
            .await?;
    }
    // Now prepare the node, and start the agent last.
    scene.podweave.guard().start().await?;
    for pod in [&first, &second] {
        scene
            .until_refused(pod, "podweave's agent has not configured container")
            .await?;
    }
    scene.podweave.agent().start().await?;
    for pod in [&first, &second] {
        scene.until_ready(pod).await?;
    }
    println!("the agent last: {}", scene.check()?);
    Ok(())
}
