//! The node after pods were deleted.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::fixture::{fixture, spec, waiting};

fn entries(directory: &Path, uid: &str) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(uid))
        .collect()
}

#[tokio::test]
async fn nothing_is_left_of_a_deleted_pod() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("gone").await?;
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/params", "files: {a: a}\nenv: {A: a}"),
    ];
    let pod = fixture
        .run(&namespace, "web", &annotations, spec([waiting("web")]))
        .await?;
    pod.ready().await?;
    let uid = pod.uid().to_owned();
    let left = || {
        [
            entries(fixture.podweave.volumes(), &uid),
            entries(fixture.podweave.records(), &uid),
        ]
        .concat()
    };
    until("files and a record", || left().len() == 2).await?;
    pod.delete().await?;
    until("nothing left", || left().is_empty()).await
}

async fn until(what: &str, is_so: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        if Instant::now() > deadline {
            bail!("not so within 30 s: {what}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
