//! Restarts of containers, recreations of pods, and changes, in a random order.

use std::path::Path;

use anyhow::Result;
use podweave_agent::status::ChangeState;
use podweave_cluster::RunningPod;

use super::fixture::{Fixture, Stage, fixture, until};
use super::generations::Generations;
use super::pods::{BOTH, CONTAINER, GENERATION, Inside, Template, kill};

/// The number of pods at a time, and of steps.
const PODS: usize = 6;
const STEPS: usize = 80;

/// How often the container of a pod is stopped at most: the kubelet waits longer each time.
const STOPS: usize = 2;

#[tokio::test]
async fn files_never_go_back_while_containers_and_pods_come_and_go() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("races").await?;
    stage.put_generation("web", 0).await?;
    let seed = fastrand::u64(..);
    println!("the seed is {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let generations = Generations::watch();
    let (mut pods, mut gone, mut made, mut generation) = (Vec::new(), Vec::new(), 0, 0);
    for _ in 0..STEPS {
        while pods.len() < PODS {
            let pod = start(&stage, made).await?;
            generations.add(stage.volume(&pod)?);
            pods.push((pod, STOPS));
            made += 1;
        }
        let chosen = random.usize(..pods.len());
        match random.u8(..10) {
            0 => {
                let (pod, _) = pods.swap_remove(chosen);
                pod.delete().await?;
                gone.push(pod.uid().to_owned());
            }
            1 | 2 if pods[chosen].1 > 0 => {
                stop(&pods[chosen].0).await?;
                pods[chosen].1 -= 1;
            }
            kind => {
                generation += 1;
                let before = handled(fixture).await?;
                stage.put_generation("web", generation).await?;
                if kind % 2 == 0 {
                    until("a change was handled", async || {
                        Ok(handled(fixture).await? > before)
                    })
                    .await?;
                }
            }
        }
    }
    generation += 1;
    stage.put_generation("web", generation).await?;
    for (pod, _) in &pods {
        until_has(&stage, pod, generation).await?;
    }
    println!(
        "{made} pods, {generation} changes, {} seen",
        generations.finish()?
    );
    for (pod, _) in pods {
        pod.delete().await?;
        gone.push(pod.uid().to_owned());
    }
    until("nothing is left of the pods", async || {
        let directories = [fixture.podweave.volumes(), fixture.podweave.records()];
        Ok(directories.iter().all(|directory| !has_any(directory, &gone)))
    })
    .await
}

/// Runs a pod; every other one has the generation in a variable, too, so that its files stay.
async fn start<'f>(stage: &Stage<'f>, number: usize) -> Result<RunningPod<'f>> {
    let params = if number.is_multiple_of(2) {
        GENERATION
    } else {
        BOTH
    };
    stage
        .run(Template::new(&format!("web-{number}")).params(params))
        .await
}

/// Kills the process of a container, which the kubelet starts again, after a while the second time.
async fn stop(pod: &RunningPod<'_>) -> Result<()> {
    pod.ready().await?;
    if let Ok(pid) = pod.pid(CONTAINER).await {
        // The kubelet may not have said yet that the container has ended already.
        let _ = kill(pid);
    }
    Ok(())
}

/// How many changes of containers the agent has handled, whatever became of them.
async fn handled(fixture: &Fixture) -> Result<f64> {
    let metrics = fixture.podweave.metrics().await?;
    Ok(metrics.sum("podweave_follow_changes_total", &[]))
}

/// Waits until a container has this generation, or the files of its variable's and only another one gets it.
async fn until_has(stage: &Stage<'_>, pod: &RunningPod<'_>, generation: usize) -> Result<()> {
    pod.ready().await?;
    until("it has the last change, or is outdated", async || {
        let Some(change) = stage.change(pod).await? else {
            return Ok(false);
        };
        // The kubelet may not have said yet that the container has ended.
        let (Ok(inside), Ok(mut env)) = (Inside::of(pod).await, pod.env(CONTAINER).await) else {
            return Ok(false);
        };
        let (Ok(file), variable) = (inside.read("generation"), env.remove("GENERATION")) else {
            return Ok(false);
        };
        match change.state {
            ChangeState::Current => Ok(file == generation.to_string()),
            ChangeState::Outdated => Ok(variable == Some(file)),
            _ => Ok(false),
        }
    })
    .await
}

/// Whether a directory has anything of these pods.
fn has_any(directory: &Path, uids: &[String]) -> bool {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| uids.iter().any(|uid| name.contains(uid)))
}
