//! Another podweave, another plugin, lost or foreign state: nothing that runs changes on their account.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use podweave_agent::status::{ChangeState, ChangeStatus};
use podweave_cluster::{PodweaveOptions, RunningPod};
use serde_json::{Map, Value, json};

use super::fixture::{Fixture, Stage};
use super::pods::{Inside, Template, restart};

/// A plugin whose file has its release and the generation: `release one 7`.
const PLUGIN: &str = concat!(env!("OUT_DIR"), "/podweave-attacker.wasm");
const RELEASE: &[u8] = b"release one";
const NEXT_RELEASE: &[u8] = b"release two";

/// Checks that this agent has replaced no file, and has published no Event about a change.
async fn nothing_has_moved(stage: &Stage<'_>, pod: &RunningPod<'_>) -> Result<()> {
    ensure!(stage.fixture.swaps().await? == 0.0, "files were replaced");
    let metrics = stage.fixture.podweave.metrics().await?;
    let written = metrics.sum("podweave_volumes_writes_total", &[("outcome", "followed")]);
    ensure!(written == 0.0, "{written} volumes were written");
    for reason in ["Followed", "FollowFailed"] {
        ensure!(!stage.is_told(pod, reason).await?, "there is an Event {reason}");
    }
    Ok(())
}

/// Spoils a file.
type Spoil = fn(&Path) -> Result<()>;

/// How the state of containers can be of no use to an agent.
const BROKEN: [(&str, Spoil); 3] = [
    ("no state", |path| Ok(std::fs::remove_file(path)?)),
    ("another format", |path| {
        let mut state: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        state["version"] = json!(1_000);
        Ok(std::fs::write(path, state.to_string())?)
    }),
    ("half of it", |path| {
        let state = std::fs::read(path)?;
        Ok(std::fs::write(path, &state[..state.len() / 2])?)
    }),
];

#[tokio::test]
async fn without_its_state_a_container_that_has_the_newest_result_follows_again() -> Result<()> {
    let Some(fixture) = Fixture::start(PodweaveOptions::default()).await? else {
        return Ok(());
    };
    let stage = fixture.stage("recognized").await?;
    stage.put_generation("web", 0).await?;
    for (number, (what, spoil)) in BROKEN.into_iter().enumerate() {
        let pod = stage.run(Template::new(&format!("web-{number}"))).await?;
        let inside = Inside::of(&pod).await?;
        stage.until_kept(&pod).await?;
        fixture
            .without_agent(async || spoil(&stage.state_file(&pod)))
            .await?;
        stage.until_state(&pod, ChangeState::Current).await?;
        nothing_has_moved(&stage, &pod)
            .await
            .with_context(|| format!("after a start with {what}"))?;
        let next = number + 1;
        stage.put_generation("web", next).await?;
        inside.until_generation(next).await?;
        pod.delete().await?;
    }
    Ok(())
}

#[tokio::test]
async fn without_its_state_a_container_that_has_something_else_stays_as_it_is() -> Result<()> {
    let Some(fixture) = Fixture::start(PodweaveOptions::default()).await? else {
        return Ok(());
    };
    let stage = fixture.stage("unknown").await?;
    stage.put_generation("web", 0).await?;
    for (number, (what, spoil)) in BROKEN.into_iter().enumerate() {
        let before = 3 * number;
        stage.put_generation("web", before).await?;
        let pod = stage.run(Template::new(&format!("web-{number}"))).await?;
        let inside = Inside::of(&pod).await?;
        stage.until_kept(&pod).await?;
        fixture
            .without_agent(async || {
                spoil(&stage.state_file(&pod))?;
                stage.put_generation("web", before + 1).await
            })
            .await?;
        until_unknown(&stage, &pod).await?;
        nothing_has_moved(&stage, &pod)
            .await
            .with_context(|| format!("after a start with {what}"))?;
        assert_eq!(inside.read("generation")?, before.to_string());
        // The next container is known again.
        restart(&pod).await?.until_generation(before + 1).await?;
        stage.until_state(&pod, ChangeState::Current).await?;
        stage.put_generation("web", before + 2).await?;
        Inside::of(&pod).await?.until_generation(before + 2).await?;
        pod.delete().await?;
    }
    Ok(())
}

/// Waits until the agent knows what is so now, but not what a container was created with.
async fn until_unknown(stage: &Stage<'_>, pod: &RunningPod<'_>) -> Result<ChangeStatus> {
    let is_so = |change: &ChangeStatus| {
        let failure = change.failure.as_deref().unwrap_or_default();
        change.state == ChangeState::Unknown && failure.contains("created with")
    };
    stage
        .until_change(pod, "it is not known what it was created with", is_so)
        .await
}

#[tokio::test]
async fn another_release_of_a_plugin_moves_nothing_that_runs() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let releases = [(RELEASE, "one.wasm"), (NEXT_RELEASE, "two.wasm")];
    let [one, two] = releases.map(|(release, name)| component(directory.path(), release, name));
    let (one, two) = (one?, two?);
    let options = PodweaveOptions {
        configuration: plugin(&one),
        ..PodweaveOptions::default()
    };
    let Some(fixture) = Fixture::start(options).await? else {
        return Ok(());
    };
    let stage = fixture.stage("plugin").await?;
    stage.put("web", &[("key", "1")]).await?;
    let template = |name: &str| {
        Template::new(name)
            .with("podweave.dev/plugin", "released")
            .config_maps("settings=web")
            .params("{attack: release}")
    };
    let pod = stage.run(template("web")).await?;
    let inside = Inside::of(&pod).await?;
    inside.until("release", "release one 1").await?;
    stage.put("web", &[("key", "2")]).await?;
    inside.until("release", "release one 2").await?;
    stage.until_kept(&pod).await?;

    fixture
        .without_agent(async || fixture.podweave.reconfigure(plugin(&two)))
        .await?;
    let change = stage.until_state(&pod, ChangeState::Outdated).await?;
    assert_eq!(
        (change.causes.len(), change.would.files.len()),
        (0, 1),
        "{change:?}"
    );
    ensure!(fixture.swaps().await? == 0.0, "files were replaced");
    assert_eq!(inside.read("release")?, "release one 2");
    // A new container gets the new release, and with it what changed.
    let later = stage.run(template("later")).await?;
    Inside::of(&later)
        .await?
        .until("release", "release two 2")
        .await?;
    restart(&pod).await?.until("release", "release two 2").await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    Ok(())
}

/// Writes the plugin of a release.
fn component(directory: &Path, release: &[u8], name: &str) -> Result<PathBuf> {
    let mut component = std::fs::read(PLUGIN).context("there is no plugin")?;
    let found: Vec<usize> = component
        .windows(RELEASE.len())
        .enumerate()
        .filter(|(_, window)| *window == RELEASE)
        .map(|(at, _)| at)
        .collect();
    ensure!(
        !found.is_empty(),
        "the plugin does not have the name of its release"
    );
    for at in found {
        component[at..at + RELEASE.len()].copy_from_slice(release);
    }
    let path = directory.join(name);
    std::fs::write(&path, component)?;
    Ok(path)
}

/// The agent's configuration with the plugin.
fn plugin(file: &Path) -> Map<String, Value> {
    let plugins = json!([{ "name": "released", "file": file }]);
    Map::from_iter([("plugins".to_owned(), plugins)])
}
