//! The API server cannot be reached: nothing follows, nothing goes back, and it heals by itself.

use anyhow::{Result, ensure};
use podweave_agent::status::ChangeState;
use podweave_cluster::{PodweaveOptions, Proxy, RunningPod};

use super::fixture::{Fixture, Stage, tests_cluster, until};
use super::generations::Generations;
use super::pods::{Inside, Template, restart};

#[tokio::test]
async fn nothing_changes_while_the_api_server_is_silent_and_files_catch_up_afterwards() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let mut proxy = Proxy::start(cluster.server_address().await?).await?;
    let options = PodweaveOptions {
        api_server: Some(proxy.url()),
        ..PodweaveOptions::default()
    };
    let Some(fixture) = Fixture::start(options).await? else {
        return Ok(());
    };
    let stage = fixture.stage("outage").await?;
    stage.put_generation("web", 1).await?;
    let generations = Generations::watch();
    let (web, other) = (
        stage.run(Template::new("web")).await?,
        stage.run(Template::new("other")).await?,
    );
    for pod in [&web, &other] {
        generations.add(stage.volume(pod)?);
        stage.until_state(pod, ChangeState::Current).await?;
    }
    let older = Record::of(&stage, &web).await?;
    stage.put_generation("web", 2).await?;
    until_both(&web, &other, 2).await?;

    // A running agent does not hear of a change.
    proxy.black_hole();
    stage.put_generation("web", 3).await?;
    proxy.restore().await?;
    until_both(&web, &other, 3).await?;

    // A new agent knows only its records, one of which is older than the files. A container that restarts is
    // created from its record, and without the API server it is unknown whether that is still current.
    proxy.black_hole();
    fixture
        .without_agent(async || {
            stage.put_generation("web", 4).await?;
            older.put_back()
        })
        .await?;
    restart(&other).await?;
    let unknown = stage
        .until_change(&other, "it is not known what is so now", |change| {
            change.state == ChangeState::Unknown && change.failure.is_some()
        })
        .await?;
    println!("without the API server: {:?}", unknown.failure);
    until_both(&web, &other, 3).await?;
    ensure!(fixture.swaps().await? == 0.0, "files were replaced");
    for pod in [&web, &other] {
        ensure!(
            !stage.is_told(pod, "FollowFailed").await?,
            "an Event was published for an outage"
        );
    }
    proxy.restore().await?;
    until_both(&web, &other, 4).await?;
    for pod in [&web, &other] {
        stage.until_state(pod, ChangeState::Current).await?;
    }
    println!("{} changes seen", generations.finish()?);
    web.delete().await?;
    other.delete().await
}

async fn until_both(web: &RunningPod<'_>, other: &RunningPod<'_>, generation: usize) -> Result<()> {
    Inside::of(web).await?.until_generation(generation).await?;
    Inside::of(other).await?.until_generation(generation).await
}

/// The record of a pod: the ConfigMaps that the agent had at a time.
struct Record {
    path: std::path::PathBuf,
    contents: Vec<u8>,
}

impl Record {
    /// Waits until there is one, and reads it.
    async fn of(stage: &Stage<'_>, pod: &RunningPod<'_>) -> Result<Self> {
        let path = stage
            .fixture
            .podweave
            .records()
            .join(format!("{}.json", pod.uid()));
        until("there is a record", async || Ok(path.exists())).await?;
        let contents = std::fs::read(&path)?;
        Ok(Self { path, contents })
    }

    fn put_back(&self) -> Result<()> {
        Ok(std::fs::write(&self.path, &self.contents)?)
    }
}
