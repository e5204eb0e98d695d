//! A render that fails while its container runs: the old files stay, everybody can see why, and it heals by
//! itself.

use anyhow::Result;
use podweave_agent::status::{ChangeState, ChangeStatus};
use podweave_cluster::RunningPod;
use serde_json::json;

use super::fixture::{Stage, fixture, followed, until};
use super::pods::{BOTH, CONTAINER, Inside, Template, restart};

/// Waits until the render fails with this in its reason, and checks that the container keeps what it has.
async fn until_failing(
    stage: &Stage<'_>,
    pod: &RunningPod<'_>,
    reason: &str,
    generation: &str,
) -> Result<ChangeStatus> {
    let is_so = |change: &ChangeStatus| {
        let failure = change.failure.as_deref().unwrap_or_default();
        change.state == ChangeState::Failing && failure.contains(reason)
    };
    let change = stage.until_change(pod, reason, is_so).await?;
    assert_eq!(Inside::of(pod).await?.read("generation")?, generation);
    until("an Event says that files do not follow", async || {
        stage.is_told(pod, "FollowFailed").await
    })
    .await?;
    Ok(change)
}

#[tokio::test]
async fn invalid_and_then_reverted_is_as_if_nothing_had_happened() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("reverted").await?;
    stage.put_generation("web", 1).await?;
    let pod = stage.run(Template::new("web")).await?;
    stage.put("web", &[("other", "x")]).await?;
    until_failing(&stage, &pod, "generation", "1").await?;
    stage.put_generation("web", 1).await?;
    let change = stage.until_state(&pod, ChangeState::Current).await?;
    assert_eq!((followed(&change), &change.failure), (0, &None));
    // And it goes on.
    stage.put_generation("web", 2).await?;
    Inside::of(&pod).await?.until_generation(2).await?;
    pod.delete().await
}

#[tokio::test]
async fn a_failing_render_keeps_the_files_until_it_is_mended() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("mended").await?;
    stage.put_generation("web", 1).await?;
    let pod = stage.run(Template::new("web")).await?;
    stage.put("web", &[("other", "x")]).await?;
    until_failing(&stage, &pod, "generation", "1").await?;
    stage.put_generation("web", 2).await?;
    Inside::of(&pod).await?.until_generation(2).await?;
    let change = stage.until_state(&pod, ChangeState::Current).await?;
    assert_eq!(followed(&change), 1);
    pod.delete().await
}

#[tokio::test]
async fn files_outlive_their_config_map_and_follow_when_it_is_recreated() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("deleted").await?;
    stage.put_generation("web", 1).await?;
    let pod = stage.run(Template::new("web")).await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    stage.cluster().delete_config_map(stage.name(), "web").await?;
    until_failing(&stage, &pod, "does not exist", "1").await?;
    stage.put_generation("web", 2).await?;
    Inside::of(&pod).await?.until_generation(2).await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    pod.delete().await
}

#[tokio::test]
async fn an_optional_config_map_that_comes_and_goes_is_a_change() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("optional").await?;
    let params = r#"files: {generation: "{{default config.generation 'none'}}"}"#;
    let template = Template::new("web").config_maps("web?").params(params);
    let pod = stage.run(template).await?;
    let inside = Inside::of(&pod).await?;
    assert_eq!(inside.read("generation")?, "none");
    stage.put_generation("web", 1).await?;
    inside.until_generation(1).await?;
    stage.cluster().delete_config_map(stage.name(), "web").await?;
    inside.until("generation", "none").await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    pod.delete().await
}

#[tokio::test]
async fn files_stay_when_consent_is_withdrawn_and_follow_when_it_is_given_again() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let (stage, owner) = (fixture.stage("consumer").await?, fixture.stage("owner").await?);
    let share = async |consumers: &str, generation: &str| {
        let metadata = json!({ "name": "web", "namespace": owner.name(), "annotations": { "podweave.dev/share-with": consumers } });
        let config_map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": { "generation": generation } });
        stage.cluster().apply([config_map]).await
    };
    share(stage.name(), "1").await?;
    let template = Template::new("web").config_maps(&format!("{}/web", owner.name()));
    let pod = stage.run(template).await?;
    share("elsewhere", "2").await?;
    let change = until_failing(&stage, &pod, "does not exist", "1").await?;
    println!("without consent: {:?}", change.failure);
    share(stage.name(), "3").await?;
    Inside::of(&pod).await?.until_generation(3).await?;
    stage.until_state(&pod, ChangeState::Current).await?;
    pod.delete().await
}

#[tokio::test]
async fn a_variable_that_changes_keeps_the_files_until_the_container_is_recreated() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("outdated").await?;
    stage.put_generation("web", 1).await?;
    let pod = stage.run(Template::new("web").params(BOTH)).await?;
    stage.put_generation("web", 2).await?;
    let change = stage.until_state(&pod, ChangeState::Outdated).await?;
    assert_eq!(change.would.env, ["GENERATION"]);
    assert_eq!(change.causes.len(), 1);
    assert_eq!(Inside::of(&pod).await?.read("generation")?, "1");
    restart(&pod).await?.until_generation(2).await?;
    assert_eq!(pod.env(CONTAINER).await?["GENERATION"], "2");
    stage.until_state(&pod, ChangeState::Current).await?;
    pod.delete().await
}
