//! Programs that watch a ConfigMap's volume notice a change of rendered files in the same way.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{Patch, PatchParams};
use podweave_cluster::RunningPod;
use serde_json::json;

use super::fixture::{fixture, until};
use super::notices::Notices;
use super::pods::{Inside, MOUNTED, RENDERED, Template};

/// The number of changes that a watcher has to notice, each of them.
const CHANGES: usize = 5;

#[tokio::test]
async fn inotify_says_the_same_of_rendered_files_as_of_the_kubelets() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("inotify").await?;
    stage.put_generation("web", 0).await?;
    let pod = stage.run(Template::new("web").mounting("web")).await?;
    let inside = Inside::of(&pod).await?;
    let both = [RENDERED, MOUNTED].map(|directory| inside.path(directory));
    let directories = watch(&both.clone())?;
    for generation in 1..=3 {
        // A program that watches a file has to watch it again after each change.
        let files = watch(&both.clone().map(|directory| directory.join("generation")))?;
        stage.put_generation("web", generation).await?;
        inside.until_generation(generation).await?;
        until_mounted(&pod, &inside, generation).await?;
        let mut seen = [Vec::new(), Vec::new()];
        until("both files are said to be gone", async || {
            for (seen, file) in seen.iter_mut().zip(&files) {
                seen.extend(file.take()?);
            }
            let is_gone = |seen: &Vec<_>| seen.last().is_some_and(|(events, _)| *events == IGNORED);
            Ok(seen.iter().all(is_gone))
        })
        .await?;
        assert_eq!(seen[0], seen[1], "events of the file, generation {generation}");
        let [rendered, mounted] = [of_data(&directories[0])?, of_data(&directories[1])?];
        assert!(rendered.len() >= 3, "{rendered:?}");
        assert_eq!(
            rendered, mounted,
            "events of the directory, generation {generation}"
        );
    }
    pod.delete().await
}

const IGNORED: rustix::fs::inotify::ReadFlags = rustix::fs::inotify::ReadFlags::IGNORED;

fn watch(paths: &[PathBuf; 2]) -> Result<[Notices; 2]> {
    Ok([Notices::of(&paths[0])?, Notices::of(&paths[1])?])
}

/// Returns what has happened to `..data`. The sets themselves come and go in another way.
fn of_data(directory: &Notices) -> Result<Vec<String>> {
    let taken = directory.take()?.into_iter();
    let of_data = taken.filter(|(_, name)| name.starts_with("..data"));
    Ok(of_data
        .map(|(events, name)| format!("{events:?} {name}"))
        .collect())
}

/// Waits until the kubelet has mounted a generation, which it does as soon as the pod changes.
async fn until_mounted(pod: &RunningPod<'_>, inside: &Inside, generation: usize) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(podweave_cluster::shared().await?.admin().await?, pod.namespace());
    let file = inside.path(MOUNTED).join("generation");
    let mut touches = 0;
    until("the kubelet has mounted it", async || {
        // It may have looked at the pod before it has heard of the ConfigMap.
        let touch = json!({ "metadata": { "annotations": { "example.org/touched": format!("{generation}-{touches}") } } });
        touches += 1;
        pods.patch(pod.name(), &PatchParams::default(), &Patch::Merge(&touch))
            .await?;
        Ok(std::fs::read_to_string(&file)? == generation.to_string())
    })
    .await
}

#[tokio::test]
async fn watchers_in_go_node_and_python_notice_each_change() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("watchers").await?;
    stage.put_generation("web", 0).await?;
    let pod = stage.run(Template::new("web")).await?;
    let inside = Inside::of(&pod).await?;
    let watchers = Watcher::all(&inside.path(RENDERED))?;
    ensure!(!watchers.is_empty(), "no watcher is there");
    for watcher in &watchers {
        watcher.until_said("ready").await?;
    }
    for generation in 1..=CHANGES {
        stage.put_generation("web", generation).await?;
        for watcher in &watchers {
            watcher.until_said(&format!("generation {generation}")).await?;
        }
    }
    pod.delete().await
}

/// A program that says `ready` once it watches a directory, and `generation N` whenever it notices a change.
/// Ended when this is dropped.
struct Watcher {
    name: &'static str,
    process: Child,
    said: PathBuf,
    _directory: tempfile::TempDir,
}

impl Watcher {
    /// Starts all whose languages are there.
    fn all(directory: &Path) -> Result<Vec<Self>> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/follow/watchers");
        let [js, py] = ["watch.js", "watch.py"].map(|name| sources.join(name));
        let programs = std::env::var_os("PODWEAVE_CLUSTER_BIN").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/cluster/bin"),
            PathBuf::from,
        );
        let watchers = [
            ("Go (fsnotify)", Command::new(programs.join("watcher"))),
            ("Node", with_script("node", &js)),
            ("Python", with_script("python3", &py)),
        ];
        let started = watchers
            .into_iter()
            .map(|(name, command)| Self::start(name, command, directory));
        started.filter_map(Result::transpose).collect()
    }

    fn start(name: &'static str, mut command: Command, watched: &Path) -> Result<Option<Self>> {
        let directory = tempfile::tempdir()?;
        let said = directory.path().join("said");
        let output = File::create(&said)?;
        command
            .arg(watched)
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output);
        match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                println!("SKIPPED: a watcher in {name}, which is not there");
                Ok(None)
            }
            process => Ok(Some(Self {
                name,
                process: process.with_context(|| format!("cannot start the watcher in {name}"))?,
                said,
                _directory: directory,
            })),
        }
    }

    async fn until_said(&self, line: &str) -> Result<()> {
        let said = || std::fs::read_to_string(&self.said);
        let what = format!("the watcher in {} has said {line:?}", self.name);
        until(&what, async || Ok(said()?.lines().any(|said| said == line)))
            .await
            .with_context(|| format!("it has said {:?}", said()))
    }
}

fn with_script(language: &str, script: &Path) -> Command {
    let mut command = Command::new(language);
    command.arg(script);
    command
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
