//! A node with podweave's processes, each behind a proxy that can harm it, and with observers of the
//! containers that start.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use podweave_cluster::{
    Cluster, Namespace, Node, NodeOptions, NriProxy, Podweave, PodweaveOptions, RunningPod, Server, shared,
};
use tokio::sync::watch;

use super::churn::Churn;
use super::pods::{CONFIG_MAP, Evidence, OPTED_IN, REQUIRED, Start, UNTIL_TOLD, WAIT};
use super::witness::Witness;

/// A timeout that only a failing test reaches: the kubelet tries again after up to 16 s.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The prefix of the names of pods that have not opted in.
pub const PLAIN: &str = "plain";

/// One of podweave's processes, and its proxy to the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    Agent,
    Guard,
}

/// Dropped in the order of the fields: the processes, their proxies, the node.
pub struct Scene<'cluster> {
    pub podweave: Podweave,
    pub agent: NriProxy,
    pub guard: NriProxy,
    pub witness: Witness,
    pub node: Node<'cluster>,
    pub namespace: Namespace,
    pub evidence: Evidence,
}

impl<'cluster> Scene<'cluster> {
    /// Starts a scene with both processes on the shared cluster; `None`, with a message, in an existing
    /// cluster.
    pub async fn start() -> Result<Option<Scene<'static>>> {
        match tests_cluster().await? {
            Some(cluster) => Scene::start_on(cluster).await.map(Some),
            None => Ok(None),
        }
    }

    /// Starts a scene with both processes.
    pub async fn start_on(cluster: &'cluster Cluster) -> Result<Self> {
        let scene = Self::prepare(cluster, NodeOptions::default(), PodweaveOptions::default()).await?;
        scene.start_podweave().await?;
        Ok(scene)
    }

    /// Creates a scene whose processes are not started yet.
    pub async fn prepare(
        cluster: &'cluster Cluster,
        node: NodeOptions,
        options: PodweaveOptions,
    ) -> Result<Self> {
        let node = Node::start(cluster, node).await?;
        let proxy = |name: &str| NriProxy::start(&node.nri_socket().with_file_name(name), node.nri_socket());
        let (agent, guard) = (proxy("agent.sock")?, proxy("guard.sock")?);
        let sockets = (Some(agent.socket().to_owned()), Some(guard.socket().to_owned()));
        let podweave = Podweave::new(
            &node,
            PodweaveOptions {
                agent_nri: sockets.0,
                guard_nri: sockets.1,
                ..options
            },
        )
        .await?;
        let witness = Witness::start(node.nri_socket()).await?;
        let namespace = cluster.create_namespace("closed").await?;
        cluster
            .put_config_map(namespace.name(), CONFIG_MAP.0, CONFIG_MAP.1)
            .await?;
        Ok(Self {
            podweave,
            agent,
            guard,
            witness,
            node,
            namespace,
            evidence: Evidence::new()?,
        })
    }

    /// Starts the processes that are not running, and waits until the runtime calls them.
    pub async fn start_podweave(&self) -> Result<()> {
        tokio::try_join!(self.podweave.agent().start(), self.podweave.guard().start())?;
        Ok(())
    }

    /// Waits until a process is synchronized once more than `before` ([`NriProxy::synchronized_since`]).
    pub async fn until_synchronized(&self, victim: Victim, before: u64) -> Result<()> {
        let Err(error) = self.proxy(victim).synchronized_since(before, PATIENCE).await else {
            return Ok(());
        };
        let doing = self
            .node
            .plugin_goroutines()
            .await
            .unwrap_or_else(|error| format!("{error:#}"));
        Err(error.context(format!(
            "containerd:\n{doing}\n{victim:?}:\n{}",
            self.server(victim).log_tail()
        )))
    }

    /// Kills both processes.
    pub async fn kill_podweave(&self) -> Result<()> {
        tokio::try_join!(self.podweave.agent().kill(), self.podweave.guard().kill())?;
        Ok(())
    }

    /// Returns the process.
    pub fn server(&self, victim: Victim) -> &Server {
        match victim {
            Victim::Agent => self.podweave.agent(),
            Victim::Guard => self.podweave.guard(),
        }
    }

    /// Returns its proxy to the runtime.
    pub fn proxy(&self, victim: Victim) -> &NriProxy {
        match victim {
            Victim::Agent => &self.agent,
            Victim::Guard => &self.guard,
        }
    }

    /// Runs an opted-in pod with one container.
    pub async fn run(&self, name: &str) -> Result<RunningPod<'_>> {
        self.run_with(name, &[&OPTED_IN[..], &[REQUIRED]].concat()).await
    }

    /// Runs a pod with one container and these annotations.
    pub async fn run_with(&self, name: &str, annotations: &[(&str, &str)]) -> Result<RunningPod<'_>> {
        let container = self.evidence.container("web", WAIT);
        self.node
            .run(
                self.namespace.name(),
                self.evidence.pod(name, annotations, [container]),
            )
            .await
    }

    /// Runs an opted-in pod whose only container ends on request.
    pub async fn run_until_told(&self, name: &str) -> Result<RunningPod<'_>> {
        let container = self.evidence.container("web", UNTIL_TOLD);
        self.node
            .run(
                self.namespace.name(),
                self.evidence
                    .pod(name, &[&OPTED_IN[..], &[REQUIRED]].concat(), [container]),
            )
            .await
    }

    /// Waits until this many more containers have started.
    pub async fn until_served(&self, more: usize) -> Result<()> {
        let before = self.evidence.starts()?.len();
        until(&format!("{more} more starts"), || {
            Ok(self.evidence.starts()?.len() >= before + more)
        })
        .await
    }

    /// Waits until containers of a pod have started this often, and returns all their starts.
    pub async fn until_started(&self, pod: &str, times: usize) -> Result<Vec<Start>> {
        until(&format!("{times} starts of {pod}"), || {
            Ok(self.evidence.of(pod)?.len() >= times)
        })
        .await?;
        self.evidence.of(pod)
    }

    /// Waits until a waiting container of a pod has this text in its message, and returns the message; until
    /// then it must not start.
    pub async fn until_refused(&self, pod: &RunningPod<'_>, words: &str) -> Result<String> {
        let before = self.evidence.of(pod.name())?.len();
        let message = pod.until_waiting("web", words).await?;
        ensure!(
            self.evidence.of(pod.name())?.len() == before,
            "{} was refused ({message}), and started",
            pod.name()
        );
        Ok(message)
    }

    /// Waits until a pod is Ready, and its container has recorded what it received.
    pub async fn until_ready(&self, pod: &RunningPod<'_>) -> Result<()> {
        pod.ready().await?;
        self.until_started(pod.name(), 1).await.map(drop)
    }

    /// Kills the process of a pod's sandbox, until the kubelet has recreated it with such annotations: it may
    /// not have received the pod's latest ones yet. The containers are recreated with it.
    pub async fn remake_sandbox(
        &self,
        pod: &str,
        is_so: impl Fn(&BTreeMap<String, String>) -> bool,
    ) -> Result<()> {
        loop {
            let (before, _) = self.witness.sandbox(pod)?;
            kill(before)?;
            until(&format!("another sandbox of {pod}"), || {
                Ok(self.witness.sandbox(pod)?.0 != before)
            })
            .await?;
            if is_so(&self.witness.sandbox(pod)?.1) {
                return Ok(());
            }
        }
    }

    /// Lets pods come and go during an action, and until each has been Ready; then describes what happened.
    pub async fn under_churn(&self, what_happens: impl Future<Output = Result<()>>) -> Result<String> {
        let mut churn = Churn::new(self).await?;
        let (ending, ended) = watch::channel(false);
        let happening = async {
            what_happens.await?;
            ending.send_replace(true);
            anyhow::Ok(())
        };
        tokio::try_join!(happening, churn.run(ended))?;
        Ok(format!("{}; {}", churn.summary(), self.check()?))
    }

    /// Checks what must always hold: no container of an opted-in pod has run without its configuration, no
    /// container of another pod was changed, and each has the mark in the runtime. Returns how many there
    /// were.
    pub fn check(&self) -> Result<String> {
        let (plain, opted_in): (Vec<Start>, Vec<Start>) = self
            .evidence
            .starts()?
            .into_iter()
            .partition(|start| start.pod.starts_with(PLAIN));
        let unconfigured: Vec<&Start> = opted_in.iter().filter(|start| !start.is_configured()).collect();
        ensure!(
            unconfigured.is_empty(),
            "started without their configuration: {unconfigured:?}"
        );
        let touched: Vec<&Start> = plain.iter().filter(|start| !start.is_untouched()).collect();
        ensure!(
            touched.is_empty(),
            "had not opted in, and were touched: {touched:?}"
        );
        let unmarked = self.witness.unmarked();
        ensure!(unmarked.is_empty(), "started without the mark: {unmarked:?}");
        let seen = self.witness.started();
        ensure!(
            !opted_in.is_empty() && seen > 0,
            "nothing has started, so nothing was tested"
        );
        Ok(format!(
            "{} starts of opted-in containers, each configured ({seen} seen by the runtime, each marked); {} of others, none touched",
            opted_in.len(),
            plain.len()
        ))
    }
}

/// Returns the shared cluster; `None`, with a message, if it is an existing one.
pub async fn tests_cluster() -> Result<Option<&'static Cluster>> {
    let cluster = shared().await?;
    Ok((!cluster.skips("fail closed")).then_some(cluster))
}

/// Waits until a condition holds.
pub async fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !is_so()? {
        if began.elapsed() > PATIENCE {
            bail!("not so within {} s: {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Waits until there is a value.
pub async fn until_some<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            bail!("not there within {} s: {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until there is such an Event about a pod, and returns its message.
pub async fn until_event(pod: &RunningPod<'_>, reason: &str) -> Result<String> {
    until_some(&format!("an Event {reason}"), async || {
        let events = pod.events().await?.into_iter();
        Ok(events
            .filter(|event| event.reason.as_deref() == Some(reason))
            .find_map(|event| event.message))
    })
    .await
}

/// Sends SIGKILL.
pub fn kill(pid: u32) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .context("no process has this number")?;
    kill_process(pid, Signal::KILL).context("cannot send the signal")
}
