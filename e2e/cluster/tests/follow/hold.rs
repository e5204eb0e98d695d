//! `hold` on ConfigMaps: nothing that runs changes, until all take effect as one.

use anyhow::Result;
use podweave_agent::status::{ChangeState, ChangeStatus, MOST_CAUSES};
use serde_json::{Value, json};

use super::fixture::{Stage, fixture, followed};
use super::pods::{Inside, Template};

/// The number of ConfigMaps that are changed as one.
const CONFIG_MAPS: usize = 20;

const WHY: &str = "twenty changes are one";

fn name(number: usize) -> String {
    format!("part-{number}")
}

/// Creates or changes all ConfigMaps, one after the other.
async fn put(stage: &Stage<'_>, generation: usize, hold: Option<&str>) -> Result<()> {
    for number in 0..CONFIG_MAPS {
        let annotations: Value = hold.map_or_else(|| json!({}), |why| json!({ "podweave.dev/hold": why }));
        let metadata = json!({ "name": name(number), "namespace": stage.name(), "annotations": annotations });
        let data = json!({ "generation": format!("{generation}") });
        let config_map =
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data });
        stage.cluster().apply([config_map]).await?;
    }
    Ok(())
}

/// A file that has the generation of each ConfigMap.
fn template() -> Template {
    let all: Vec<String> = (0..CONFIG_MAPS).map(name).collect();
    let parts = all.iter().map(|name| format!("{{{{maps.{name}.generation}}}}"));
    let file = parts.collect::<Vec<_>>().join(" ");
    Template::new("web")
        .config_maps(&all.join(","))
        .params(&format!(r#"files: {{all: "{file}"}}"#))
}

/// What the file has when all ConfigMaps are of a generation.
fn all(generation: usize) -> String {
    vec![generation.to_string(); CONFIG_MAPS].join(" ")
}

#[tokio::test]
async fn config_maps_that_are_edited_while_they_are_held_take_effect_at_once() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("hold").await?;
    put(&stage, 1, None).await?;
    let pod = stage.run(template()).await?;
    let inside = Inside::of(&pod).await?;
    assert_eq!(inside.read("all")?, all(1));
    put(&stage, 1, Some(WHY)).await?;
    put(&stage, 2, Some(WHY)).await?;
    // A new container gets what the ConfigMaps say, so the agent has heard of each of them.
    let later = stage.run(template().named("later")).await?;
    assert_eq!(Inside::of(&later).await?.read("all")?, all(2));
    let is_held = |change: &ChangeStatus| {
        let mut causes = change.causes.iter();
        change.state == ChangeState::Held && causes.all(|cause| cause.hold.as_deref() == Some(WHY))
    };
    let change = stage.until_change(&pod, "it is held, and why", is_held).await?;
    assert_eq!(change.would.files, ["/etc/podweave/all"]);
    assert_eq!((inside.read("all")?, followed(&change)), (all(1), 0));
    // Only the last one of them lets go of the change.
    put(&stage, 2, None).await?;
    inside.until("all", &all(2)).await?;
    let change = stage.until_state(&pod, ChangeState::Current).await?;
    assert_eq!(followed(&change), 1, "{:?}", change.history);
    assert_eq!(change.history[0].causes.len(), MOST_CAUSES);
    pod.delete().await?;
    later.delete().await
}

#[tokio::test]
async fn a_change_that_is_reverted_while_it_is_held_is_none() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("unheld").await?;
    put(&stage, 1, None).await?;
    let pod = stage.run(template()).await?;
    put(&stage, 2, Some(WHY)).await?;
    stage.until_state(&pod, ChangeState::Held).await?;
    put(&stage, 1, Some(WHY)).await?;
    let change = stage.until_state(&pod, ChangeState::Current).await?;
    put(&stage, 1, None).await?;
    assert_eq!(followed(&change), 0);
    pod.delete().await
}
