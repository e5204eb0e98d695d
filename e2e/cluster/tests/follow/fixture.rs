//! A node with podweave, and what the agent says of the changes of its pods.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use podweave_agent::status::{self, ChangeState, ChangeStatus, HistoryOutcome};
use podweave_cluster::{
    Cluster, Namespace, Node, NodeOptions, Podweave, PodweaveOptions, RunningPod, shared,
};
use tokio::sync::OnceCell;

use super::pods::{CONTAINER, Template};

/// A timeout that only a failing test reaches: the kubelet rewrites its volumes after up to 90 s.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A node with agent and guard. Dropped in the order of the fields.
pub struct Fixture {
    pub podweave: Podweave,
    pub node: Node<'static>,
}

/// A namespace of a test on a node.
pub struct Stage<'f> {
    pub fixture: &'f Fixture,
    pub namespace: Namespace,
}

/// Returns the node that tests share which do no harm to the agent; `None`, with a message, in an existing
/// cluster.
pub async fn fixture() -> Result<Option<&'static Fixture>> {
    static FIXTURE: OnceCell<Option<Fixture>> = OnceCell::const_new();
    let fixture = FIXTURE.get_or_try_init(|| Fixture::start(PodweaveOptions::default()));
    Ok(fixture.await?.as_ref())
}

/// Returns the shared cluster; `None`, with a message, if it is an existing one.
pub async fn tests_cluster() -> Result<Option<&'static Cluster>> {
    let cluster = shared().await?;
    Ok((!cluster.skips("files that follow")).then_some(cluster))
}

impl Fixture {
    /// Starts a node of a test's own; `None`, with a message, in an existing cluster.
    pub async fn start(options: PodweaveOptions) -> Result<Option<Self>> {
        let Some(cluster) = tests_cluster().await? else {
            return Ok(None);
        };
        let node = Node::start(cluster, NodeOptions::default()).await?;
        let podweave = Podweave::start(&node, options).await?;
        Ok(Some(Self { podweave, node }))
    }

    /// Creates a namespace for a test.
    pub async fn stage(&self, name: &str) -> Result<Stage<'_>> {
        let namespace = self.node.cluster().create_namespace(name).await?;
        Ok(Stage {
            fixture: self,
            namespace,
        })
    }

    /// Kills the agent, does something while there is none, and starts it again.
    pub async fn without_agent(&self, meanwhile: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
        self.podweave.agent().kill().await?;
        meanwhile().await?;
        self.podweave.agent().start().await
    }

    /// How many files of containers this agent has replaced.
    pub async fn swaps(&self) -> Result<f64> {
        let metrics = self.podweave.metrics().await?;
        Ok(metrics.sum("podweave_follow_changes_total", &[("outcome", "followed")]))
    }
}

impl<'f> Stage<'f> {
    pub fn cluster(&self) -> &'static Cluster {
        self.fixture.node.cluster()
    }

    pub fn name(&self) -> &str {
        self.namespace.name()
    }

    /// Creates a ConfigMap, or replaces its data.
    pub async fn put(&self, name: &str, data: &[(&str, &str)]) -> Result<()> {
        let data = data.iter().copied();
        self.cluster()
            .put_config_map(self.name(), name, data)
            .await
            .map(drop)
    }

    /// Sets the key `generation` of a ConfigMap, its only one.
    pub async fn put_generation(&self, name: &str, generation: usize) -> Result<()> {
        self.put(name, &[("generation", &generation.to_string())]).await
    }

    /// Runs a pod, and waits until it is Ready.
    pub async fn run(&self, template: Template) -> Result<RunningPod<'f>> {
        let pod = self.fixture.node.run(self.name(), template.manifest()).await?;
        pod.ready().await?;
        Ok(pod)
    }

    /// Returns what the agent says of the changes of a pod's container.
    pub async fn change(&self, pod: &RunningPod<'_>) -> Result<Option<ChangeStatus>> {
        let status = status::fetch(self.fixture.podweave.status_socket()).await?;
        let mut pods = status.pods.into_iter();
        let of_pod = pods.find(|found| found.uid == pod.uid());
        let mut containers = of_pod.into_iter().flat_map(|pod| pod.containers);
        Ok(containers
            .find(|found| found.name == CONTAINER)
            .and_then(|found| found.change))
    }

    /// Waits until the agent says this of a pod's container.
    pub async fn until_change(
        &self,
        pod: &RunningPod<'_>,
        what: &str,
        is_so: impl Fn(&ChangeStatus) -> bool,
    ) -> Result<ChangeStatus> {
        let began = Instant::now();
        loop {
            let change = self.change(pod).await?;
            if let Some(change) = change.as_ref().filter(|change| is_so(change)) {
                return Ok(change.clone());
            }
            if began.elapsed() > PATIENCE {
                bail!(
                    "{} of {}: not so within {} s: {what}; it is {change:?}",
                    pod.name(),
                    pod.namespace(),
                    PATIENCE.as_secs()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until a pod's container is in this state.
    pub async fn until_state(&self, pod: &RunningPod<'_>, state: ChangeState) -> Result<ChangeStatus> {
        self.until_change(pod, state.name(), |change| change.state == state)
            .await
    }

    /// Waits until the agent has kept beside a container's files that they are of the latest version of the
    /// ConfigMap `web`. Killed before, it would take them for older ones.
    pub async fn until_kept(&self, pod: &RunningPod<'_>) -> Result<()> {
        let latest = self.cluster().config_map(self.name(), "web").await?;
        let latest = latest.and_then(|found| found.metadata.resource_version);
        let name = format!("{}/web", self.name());
        until("the state of a container is kept", async || {
            let change = self.change(pod).await?;
            let Some(entry) = change.and_then(|change| change.history.into_iter().next()) else {
                return Ok(false);
            };
            let kept = std::fs::read_to_string(self.state_file(pod)).unwrap_or_default();
            Ok(entry.resource_versions.get(&name) == latest.as_ref()
                && kept.contains(&serde_json::to_string(&entry)?))
        })
        .await
    }

    /// The directory on the node in which the agent keeps the files that a pod's container has mounted.
    pub fn volume(&self, pod: &RunningPod<'_>) -> Result<PathBuf> {
        let of_container = self.fixture.podweave.volumes().join(pod.uid()).join(CONTAINER);
        let entries = std::fs::read_dir(&of_container)
            .with_context(|| format!("{} has no rendered files", pod.name()))?;
        let is_volume = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            !name.unwrap_or_default().starts_with('.')
        };
        entries
            .flatten()
            .map(|entry| entry.path())
            .find(is_volume)
            .with_context(|| format!("{} has no volume", pod.name()))
    }

    /// The file of the agent that has what a pod's container was given.
    pub fn state_file(&self, pod: &RunningPod<'_>) -> PathBuf {
        let of_pod = self.fixture.podweave.volumes().join(pod.uid());
        of_pod.join(CONTAINER).join(".state")
    }

    /// Whether there is an Event about a pod that says that its files followed, or why not.
    pub async fn is_told(&self, pod: &RunningPod<'_>, reason: &str) -> Result<bool> {
        let events = pod.events().await?;
        Ok(events.iter().any(|event| event.reason.as_deref() == Some(reason)))
    }
}

/// How often files have followed, by a container's history.
pub fn followed(change: &ChangeStatus) -> usize {
    let entries = change.history.iter();
    entries
        .filter(|entry| entry.outcome == HistoryOutcome::Followed)
        .count()
}

/// The interval at which is looked.
const POLL: Duration = Duration::from_millis(10);

/// Waits until a condition holds.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !is_so().await? {
        if began.elapsed() > PATIENCE {
            bail!("not so within {} s: {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}
