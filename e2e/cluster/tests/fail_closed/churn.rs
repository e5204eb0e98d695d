//! Pods that come and go while processes are harmed, and the refusals in their states.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use serde_json::Value;
use tokio::sync::watch;

use super::pods::{END_ONCE, OPTED_IN, REQUIRED, WAIT};
use super::scene::{PATIENCE, PLAIN, Scene};

/// The number of concurrent pods, including those that wait for the kubelet's next attempt.
const LIVING: usize = 24;

/// The number of pods that are created in one turn.
const BATCH: usize = 2;

/// The prefix of the names of pods whose container restarts.
const AGAIN: &str = "again";

/// The interval at which the pods are checked.
const TURN: Duration = Duration::from_millis(150);

/// The process that a refusal comes from, by a part of its text. A reader of a pod's status has to know where
/// to look.
const CAUSES: [(&str, &str); 5] = [
    ("the agent", "podweave: "),
    (
        "the guard",
        r#"validator "90-podweave-guard" rejected container adjustment, reason: podweave's agent has not configured container"#,
    ),
    (
        "the runtime's validator",
        r#"required plugin "podweave-guard" not present"#,
    ),
    ("the runtime, of the agent", "plugin 50-podweave failed: "),
    ("the runtime, of the guard", "plugin 90-podweave-guard failed: "),
];

/// Pods that come and go.
pub struct Churn<'a> {
    scene: &'a Scene<'a>,
    pods: Api<core::Pod>,
    made: usize,
    /// The number of pods that were Ready, and were deleted then.
    served: usize,
    /// The pods that were refused at least once, by the process whose refusal was in their status or in an
    /// Event.
    refused: BTreeMap<&'static str, BTreeSet<String>>,
}

impl<'a> Churn<'a> {
    /// Creates it without pods.
    pub async fn new(scene: &'a Scene<'a>) -> Result<Self> {
        let pods = Api::namespaced(scene.node.cluster().admin().await?, scene.namespace.name());
        Ok(Self {
            scene,
            pods,
            made: 0,
            served: 0,
            refused: BTreeMap::new(),
        })
    }

    /// Creates pods, and deletes them as soon as they are Ready, until `ending` is true and each of them has
    /// been Ready.
    pub async fn run(&mut self, ending: watch::Receiver<bool>) -> Result<()> {
        let mut since = None;
        loop {
            let living = self.look().await?;
            if *ending.borrow() {
                let since = *since.get_or_insert_with(Instant::now);
                if living.is_empty() {
                    return self.read_events().await;
                }
                if since.elapsed() > PATIENCE {
                    bail!(
                        "not Ready {} s after the last harm: {}",
                        PATIENCE.as_secs(),
                        living.join("; ")
                    );
                }
            } else {
                for _ in living.len()..LIVING.min(living.len() + BATCH) {
                    self.make().await?;
                }
            }
            tokio::time::sleep(TURN).await;
        }
    }

    /// Creates the next pod: every fifth has not opted in; the others have one container, two, an init
    /// container, or one that restarts.
    async fn make(&mut self) -> Result<()> {
        let (evidence, number) = (&self.scene.evidence, self.made);
        let opted_in = [&OPTED_IN[..], &[REQUIRED]].concat();
        let web = evidence.container("web", WAIT);
        let pod = match number % 5 {
            0 => evidence.pod(&format!("{PLAIN}-{number}"), &[], [web]),
            1 => evidence.pod(&format!("one-{number}"), &opted_in, [web]),
            2 => evidence.pod(
                &format!("two-{number}"),
                &opted_in,
                [web, evidence.container("worker", WAIT)],
            ),
            3 => {
                let named = [&opted_in[..], &[("podweave.dev/containers", "setup,web")]].concat();
                let mut pod = evidence.pod(&format!("init-{number}"), &named, [web]);
                pod["spec"]["initContainers"] = Value::from(vec![evidence.container("setup", "true")]);
                pod
            }
            _ => evidence.pod(
                &format!("{AGAIN}-{number}"),
                &opted_in,
                [evidence.container("web", END_ONCE)],
            ),
        };
        self.made += 1;
        self.scene
            .node
            .run(self.scene.namespace.name(), pod)
            .await
            .map(drop)
    }

    /// Deletes those that are Ready, notes why the others wait, and describes them.
    async fn look(&mut self) -> Result<Vec<String>> {
        let (mut living, starts) = (Vec::new(), self.scene.evidence.starts()?);
        for pod in self
            .pods
            .list(&ListParams::default())
            .await
            .context("cannot list the pods")?
            .items
        {
            let name = pod.name_any();
            let statuses: Vec<&core::ContainerStatus> = pod
                .status
                .iter()
                .flat_map(|status| {
                    status
                        .init_container_statuses
                        .iter()
                        .flatten()
                        .chain(status.container_statuses.iter().flatten())
                })
                .collect();
            for waiting in statuses
                .iter()
                .filter_map(|status| status.state.as_ref()?.waiting.as_ref())
            {
                if waiting.reason.as_deref() == Some("CreateContainerError") {
                    self.note(&name, waiting.message.as_deref().unwrap_or_default())?;
                }
            }
            // Only then has each of its containers recorded what it received, and the restarting one has done
            // so twice. The kubelet's count of restarts does not help: it includes containers that were
            // created and could not be started.
            let expected = statuses.len().max(if name.starts_with(AGAIN) { 2 } else { 1 });
            let has_said = starts.iter().filter(|start| start.pod == name).count() >= expected;
            if pod.metadata.deletion_timestamp.is_none() && is_ready(&pod) && has_said {
                self.pods
                    .delete(&name, &DeleteParams::default())
                    .await
                    .with_context(|| format!("cannot delete {name}"))?;
                self.served += 1;
            } else {
                let states: Vec<String> = statuses
                    .iter()
                    .map(|status| serde_json::to_string(&status.state).unwrap_or_default())
                    .collect();
                living.push(format!("{name}: {}", states.join(", ")));
            }
        }
        Ok(living)
    }

    /// Notes refusals from Events, too: the status shows a refusal only until the next attempt.
    async fn read_events(&mut self) -> Result<()> {
        let events: Api<core::Event> = Api::namespaced(
            self.scene.node.cluster().admin().await?,
            self.scene.namespace.name(),
        );
        for event in events
            .list(&ListParams::default().fields("reason=Failed"))
            .await
            .context("cannot list the Events")?
            .items
        {
            self.note(
                event.involved_object.name.as_deref().unwrap_or_default(),
                event.message.as_deref().unwrap_or_default(),
            )?;
        }
        ensure!(
            self.served == self.made,
            "{} pods were made, and {} were Ready",
            self.made,
            self.served
        );
        Ok(())
    }

    /// Notes a refusal, which must name its cause.
    fn note(&mut self, pod: &str, message: &str) -> Result<()> {
        let cause = CAUSES.iter().find(|(_, words)| message.contains(words));
        let (who, _) =
            cause.with_context(|| format!("{pod} was refused for an unknown reason: {message}"))?;
        self.refused.entry(who).or_default().insert(pod.to_owned());
        Ok(())
    }

    /// Describes how many pods have come and gone, and which processes refused them at first.
    pub fn summary(&self) -> String {
        let refused = self.refused.values().flatten().collect::<BTreeSet<_>>().len();
        let causes: Vec<String> = self
            .refused
            .iter()
            .map(|(who, pods)| format!("{} by {who}", pods.len()))
            .collect();
        format!(
            "{} pods, all of them Ready in the end, {refused} of them refused before ({})",
            self.served,
            causes.join(", ")
        )
    }
}

fn is_ready(pod: &core::Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    conditions
        .into_iter()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True")
}
