//! A value of a ConfigMap is in rendered files and in the pod's record, and nowhere else.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use podweave_agent::status::{self, ChangeState};
use podweave_cluster::{PodweaveOptions, RunningPod};
use serde_json::{Value, json};

use super::fixture::{Fixture, Stage, until};
use super::pods::{Inside, Template};

/// What every planted value contains.
const PLANTED: &str = "Pl4nt3dV4lue";

#[tokio::test]
async fn a_value_is_in_no_status_event_log_state_or_name_of_a_file() -> Result<()> {
    let Some(fixture) = Fixture::start(PodweaveOptions::default()).await? else {
        return Ok(());
    };
    let stage = fixture.stage("secrecy").await?;
    put(&stage, "1", None).await?;
    let file = r#"{files: {a: "{{config.value}}"}}"#;
    let both = r#"{env: {A: "{{config.value}}"}, files: {a: "{{config.value}}"}}"#;
    let failing = r#"{files: {a: "{{#if (eq config.number '3')}}{{int config.value}}{{/if}}"}}"#;
    let follows = stage.run(Template::new("follows").params(file)).await?;
    let outdated = stage.run(Template::new("outdated").params(both)).await?;
    let fails = stage.run(Template::new("fails").params(failing)).await?;

    put(&stage, "2", Some("not yet")).await?;
    stage.until_state(&follows, ChangeState::Held).await?;
    seek(&stage, &[&follows, &outdated, &fails]).await?;

    put(&stage, "3", None).await?;
    let inside = Inside::of(&follows).await?;
    inside.until("a", &value("3")).await?;
    stage.until_state(&follows, ChangeState::Current).await?;
    stage.until_state(&outdated, ChangeState::Outdated).await?;
    stage.until_state(&fails, ChangeState::Failing).await?;
    until("an Event says that files do not follow", async || {
        stage.is_told(&fails, "FollowFailed").await
    })
    .await?;
    until("an Event says that files follow", async || {
        stage.is_told(&follows, "Followed").await
    })
    .await?;
    seek(&stage, &[&follows, &outdated, &fails]).await?;

    stage.until_kept(&follows).await?;
    fixture.without_agent(async || Ok(())).await?;
    stage.until_state(&follows, ChangeState::Current).await?;
    stage.until_state(&outdated, ChangeState::Outdated).await?;
    seek(&stage, &[&follows, &outdated, &fails]).await
}

fn value(number: &str) -> String {
    format!("{PLANTED}-{number}")
}

async fn put(stage: &Stage<'_>, number: &str, hold: Option<&str>) -> Result<()> {
    let annotations: Value = hold.map_or_else(|| json!({}), |why| json!({ "podweave.dev/hold": why }));
    let metadata = json!({ "name": "web", "namespace": stage.name(), "annotations": annotations });
    let data = json!({ "value": value(number), "number": number });
    let config_map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data });
    stage.cluster().apply([config_map]).await
}

/// Fails if a planted value is where no value may be.
async fn seek(stage: &Stage<'_>, pods: &[&RunningPod<'_>]) -> Result<()> {
    let podweave = &stage.fixture.podweave;
    let status = status::fetch(podweave.status_socket()).await?;
    let mut places = vec![
        ("the status".to_owned(), serde_json::to_string(&status)?),
        ("the agent's log".to_owned(), podweave.agent().log()),
        ("the guard's log".to_owned(), podweave.guard().log()),
        (
            "the metrics".to_owned(),
            podweave.metrics().await?.text().to_owned(),
        ),
    ];
    for pod in pods {
        places.push((
            format!("the Events of {}", pod.name()),
            format!("{:?}", pod.events().await?),
        ));
        let state = stage.state_file(pod);
        let document = std::fs::read(&state).with_context(|| format!("{} has no state", pod.name()))?;
        let document = String::from_utf8_lossy(&document).into_owned();
        places.push((format!("the state of {}", pod.name()), document));
    }
    let names: Vec<PathBuf> = [podweave.volumes(), podweave.records(), podweave.plugins()]
        .into_iter()
        .flat_map(names_below)
        .collect();
    places.push(("the names of files".to_owned(), format!("{names:?}")));
    for (what, text) in places {
        ensure!(
            !text.is_empty(),
            "{what}: nothing is there, so nothing was tested"
        );
        ensure!(!text.contains(PLANTED), "a value is in {what}: {text}");
    }
    // It is where it must be.
    let volume = stage.volume(pods[0])?;
    ensure!(
        std::fs::read_to_string(volume.join("a"))?.contains(PLANTED),
        "the value is not in its file"
    );
    Ok(())
}

/// Returns all paths below a directory, and where links lead.
fn names_below(directory: &Path) -> Vec<PathBuf> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        names.extend(std::fs::read_link(&path));
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            names.extend(names_below(&path));
        }
        names.push(path);
    }
    names
}
