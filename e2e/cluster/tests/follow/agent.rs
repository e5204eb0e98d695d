//! ConfigMaps change while the agent is killed, frozen, or does not follow.

use std::path::Path;

use anyhow::{Result, ensure};
use podweave_agent::status::ChangeState;
use podweave_cluster::{PodweaveOptions, RunningPod};
use serde_json::{Map, Value, json};

use super::fixture::{Fixture, Stage, until};
use super::generations::Generations;
use super::pods::{Inside, Template};

/// The number of pods, and how often the agent is harmed.
const PODS: usize = 6;
const ROUNDS: usize = 8;

/// Runs the pods, which are all of generation 0.
async fn pods<'f>(stage: &Stage<'f>, generations: &Generations) -> Result<Vec<(RunningPod<'f>, Inside)>> {
    stage.put_generation("web", 0).await?;
    let mut pods = Vec::new();
    for number in 0..PODS {
        let pod = stage.run(Template::new(&format!("web-{number}"))).await?;
        generations.add(stage.volume(&pod)?);
        let inside = Inside::of(&pod).await?;
        pods.push((pod, inside));
    }
    Ok(pods)
}

/// Waits until this many pods have a generation. With none of them, the agent may not even have heard of it.
async fn until_some_have(pods: &[(RunningPod<'_>, Inside)], generation: usize, enough: usize) -> Result<()> {
    until(
        &format!("{enough} pods have generation {generation}"),
        async || {
            let mut have = 0;
            for (_, inside) in pods {
                have += usize::from(inside.read("generation")? == generation.to_string());
            }
            Ok(have >= enough)
        },
    )
    .await
}

async fn until_all_are_current(
    stage: &Stage<'_>,
    pods: &[(RunningPod<'_>, Inside)],
    generation: usize,
) -> Result<()> {
    for (pod, inside) in pods {
        inside.until_generation(generation).await?;
        stage.until_state(pod, ChangeState::Current).await?;
    }
    Ok(())
}

#[tokio::test]
async fn files_catch_up_and_never_go_back_when_the_agent_is_killed_under_changes() -> Result<()> {
    let Some(fixture) = Fixture::start(PodweaveOptions::default()).await? else {
        return Ok(());
    };
    let stage = fixture.stage("killed").await?;
    let generations = Generations::watch();
    let pods = pods(&stage, &generations).await?;
    let mut generation = 0;
    for round in 0..ROUNDS {
        generation += 1;
        stage.put_generation("web", generation).await?;
        // At another moment each time: before anything has followed, and while some pods have.
        until_some_have(&pods, generation, round % PODS).await?;
        let is_changed_meanwhile = round % 2 == 0;
        generation += usize::from(is_changed_meanwhile);
        fixture
            .without_agent(async || stage.put_generation("web", generation).await)
            .await?;
        until_all_are_current(&stage, &pods, generation).await?;
    }
    for (pod, _) in &pods {
        stage.until_kept(pod).await?;
    }
    // Nothing has changed since: the new process finds that out without touching a file.
    fixture.without_agent(async || Ok(())).await?;
    until_all_are_current(&stage, &pods, generation).await?;
    ensure!(
        fixture.swaps().await? == 0.0,
        "files were replaced without a change"
    );
    println!("killed {ROUNDS} times: {} changes seen", generations.finish()?);
    for (pod, _) in &pods {
        pod.delete().await?;
    }
    until("nothing is left", async || Ok(entries(&fixture)? == 0)).await
}

/// The number of pods of which the agent has something on disk.
fn entries(fixture: &Fixture) -> Result<usize> {
    let count = |directory: &Path| -> Result<usize> {
        let names = std::fs::read_dir(directory)?
            .flatten()
            .map(|entry| entry.file_name());
        Ok(names
            .filter(|name| !name.to_string_lossy().starts_with('.'))
            .count())
    };
    Ok(count(fixture.podweave.volumes())? + count(fixture.podweave.records())?)
}

#[tokio::test]
async fn files_catch_up_and_never_go_back_when_the_agent_is_frozen_under_changes() -> Result<()> {
    let Some(fixture) = Fixture::start(PodweaveOptions::default()).await? else {
        return Ok(());
    };
    let stage = fixture.stage("frozen").await?;
    let generations = Generations::watch();
    let pods = pods(&stage, &generations).await?;
    let mut generation = 0;
    for round in 0..ROUNDS {
        generation += 1;
        stage.put_generation("web", generation).await?;
        until_some_have(&pods, generation, round % PODS).await?;
        fixture.podweave.agent().freeze()?;
        for _ in 0..3 {
            generation += 1;
            stage.put_generation("web", generation).await?;
        }
        fixture.podweave.agent().thaw()?;
        until_all_are_current(&stage, &pods, generation).await?;
    }
    println!("frozen {ROUNDS} times: {} changes seen", generations.finish()?);
    Ok(())
}

#[tokio::test]
async fn nothing_follows_while_following_is_switched_off() -> Result<()> {
    let Some(fixture) = Fixture::start(PodweaveOptions::default()).await? else {
        return Ok(());
    };
    let stage = fixture.stage("brake").await?;
    stage.put_generation("web", 1).await?;
    let pod = stage.run(Template::new("web")).await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    fixture.podweave.reconfigure(follow(false))?;
    until("the status of changes is gone", async || {
        Ok(stage.change(&pod).await?.is_none())
    })
    .await?;
    stage.put_generation("web", 2).await?;
    // A new container gets it, so the agent has heard of it.
    let later = stage.run(Template::new("later")).await?;
    Inside::of(&later).await?.until_generation(2).await?;
    let inside = Inside::of(&pod).await?;
    assert_eq!(inside.read("generation")?, "1");
    fixture.podweave.reconfigure(follow(true))?;
    inside.until_generation(2).await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    Ok(())
}

/// The agent's configuration with and without following.
fn follow(is_enabled: bool) -> Map<String, Value> {
    Map::from_iter([("follow".to_owned(), json!({ "enabled": is_enabled }))])
}
