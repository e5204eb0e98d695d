//! The node's trust policy: which plugins run, and that no others do.

use anyhow::{Result, ensure};
use serde_json::json;

use super::scene::{Scene, files_in, handlebars};

#[tokio::test]
async fn a_trusted_plugin_is_pulled_once_and_works_offline() -> Result<()> {
    let Some(scene) = Scene::start(json!({ "trust": { "rules": [{ "prefix": "HOST/acme" }] } })).await?
    else {
        return Ok(());
    };
    let plugin = scene.push("acme/web:1", handlebars())?;
    let pods = [
        scene.run("first", &plugin).await?,
        scene.run("second", &plugin).await?,
    ];
    for pod in &pods {
        scene.until_greeted(pod).await?;
    }
    ensure!(files_in(&scene.pulled()) == 1, "one component");
    let log = scene.podweave.agent().log();
    ensure!(
        log.matches("\"pulling plugin\"").count() == 1,
        "it was pulled once"
    );
    ensure!(
        log.contains("\"allowed plugin\"") && log.contains("sha256:"),
        "the decision is in the log"
    );
    scene.registry.stop();
    scene.podweave.agent().restart().await?;
    let third = scene.run("third", &plugin).await?;
    scene.until_greeted(&third).await?;
    let absent = scene
        .run("absent", &scene.registry.reference("acme/other:1"))
        .await?;
    let message = absent.until_waiting("web", "cannot connect").await?;
    ensure!(message.contains(&scene.registry.host()), "{message}");
    Ok(())
}

#[tokio::test]
async fn a_policy_denies_by_default_and_takes_effect_while_the_agent_runs() -> Result<()> {
    let Some(scene) = Scene::start(json!({})).await? else {
        return Ok(());
    };
    let plugin = scene.push("acme/web:1", handlebars())?;
    let pod = scene.run("web", &plugin).await?;
    let message = pod
        .until_waiting("web", "no rule of the node's trust policy allows it")
        .await?;
    ensure!(message.contains(&plugin), "{message}");
    ensure!(files_in(&scene.pulled()) == 0, "no request was sent");
    scene.change_policy(
        json!({ "trust": { "rules": [{ "prefix": "HOST/acme", "outputs": { "env": ["OTHER"] } }] } }),
    )?;
    let message = pod.until_waiting("web", "is not allowed for this plugin").await?;
    ensure!(message.contains("GREETING"), "{message}");
    scene.change_policy(json!({ "trust": { "rules": [{ "prefix": "HOST/acme" }] } }))?;
    scene.until_greeted(&pod).await
}

#[tokio::test]
async fn hostile_plugins_stop_their_own_pods_only() -> Result<()> {
    let Some(scene) = Scene::start(json!({ "trust": { "rules": [{ "prefix": "HOST" }] } })).await? else {
        return Ok(());
    };
    let good = scene.push("acme/web:1", handlebars())?;
    let truncated = &handlebars()[..handlebars().len() / 2];
    let hostile = [
        (
            "no-wasm",
            scene.push("evil/no-wasm:1", b"#!/bin/sh\nrm -rf /\n")?,
            "it is not Wasm",
        ),
        (
            "truncated",
            scene.push("evil/truncated:1", truncated)?,
            "the component is not valid",
        ),
        (
            "empty",
            scene.push("evil/empty:1", b"\0asm\x0d\0\x01\0")?,
            "is not a podweave plugin",
        ),
    ];
    let mut pods = Vec::new();
    for (name, plugin, words) in &hostile {
        pods.push((scene.run(name, plugin).await?, *words));
    }
    let good = scene.run("good", &good).await?;
    scene.until_greeted(&good).await?;
    for (pod, words) in &pods {
        pod.until_waiting("web", words).await?;
    }
    let after = scene
        .run("after", &scene.registry.reference("acme/web:1"))
        .await?;
    scene.until_greeted(&after).await
}
