//! An NRI plugin that changes nothing and records what the runtime has: each started container, whether it
//! has podweave's mark, and the sandboxes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use parking_lot::{Mutex, MutexGuard};
use podweave_agent::mark;
use podweave_nri::api::{BriefContainer, BriefPod, Container, ContainerUpdate, PodSandbox};
use podweave_nri::{Call, Event, Events, Options, Plugin, Runtime, Service, State, Status};
use tokio::sync::oneshot;

use super::scene::PATIENCE;

/// Observes until it is dropped. It reconnects when the runtime restarts, and then receives everything that
/// exists.
pub struct Witness {
    seen: Arc<Mutex<Seen>>,
    _stop: oneshot::Sender<()>,
}

/// What was seen.
#[derive(Default)]
struct Seen {
    /// Whether each container of an opted-in pod that started or existed has the mark, by its ID.
    started: BTreeMap<String, (String, bool)>,
    /// The process and the annotations of the latest sandbox, by the name of the pod.
    sandboxes: BTreeMap<String, Sandbox>,
}

type Sandbox = (u32, BTreeMap<String, String>);

struct Notes(Arc<Mutex<Seen>>);

impl Notes {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.0)
    }

    /// Records a container of an opted-in pod.
    fn note(&self, pod: &str, id: String, name: &str, annotations: &BTreeMap<String, String>) {
        let is_marked = annotations.contains_key(mark::MARK);
        self.seen()
            .started
            .insert(id, (format!("{name} of {pod}"), is_marked));
    }
}

impl Plugin for Notes {
    async fn configure(&self, _runtime: &Runtime, _config: &str) -> Result<Events, Status> {
        Ok(Events::of(&[Event::RunPodSandbox, Event::StartContainer]))
    }

    async fn synchronize(
        &self,
        _call: Call,
        pods: Vec<BriefPod>,
        containers: Vec<BriefContainer>,
    ) -> Result<Vec<ContainerUpdate>, Status> {
        for pod in &pods {
            self.seen()
                .sandboxes
                .insert(pod.name.clone(), (pod.pid, pod.annotations.clone()));
        }
        for container in containers {
            if let Some(pod) = pods
                .iter()
                .find(|pod| pod.id == container.pod_sandbox_id && mark::has_opted_in(&pod.annotations))
            {
                // A refused container is not among them, because it was not created.
                self.note(&pod.name, container.id, &container.name, &container.annotations);
            }
        }
        Ok(Vec::new())
    }

    async fn state_change(
        &self,
        _call: Call,
        event: Event,
        pod: PodSandbox,
        container: Option<Container>,
    ) -> Result<(), Status> {
        if event == Event::RunPodSandbox {
            self.seen()
                .sandboxes
                .insert(pod.name.clone(), (pod.pid, pod.annotations.clone()));
        }
        if let Some(container) = container.filter(|_| mark::has_opted_in(&pod.annotations)) {
            self.note(&pod.name, container.id, &container.name, &container.annotations);
        }
        Ok(())
    }
}

impl Witness {
    /// Starts to observe.
    pub async fn start(socket: &Path) -> Result<Self> {
        let seen = Arc::<Mutex<Seen>>::default();
        let mut options = Options::new("99", "witness")?;
        options.socket = socket.to_owned();
        let service = Service::new(options, Arc::new(Notes(Arc::clone(&seen))));
        let mut state = service.handle().state();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(service.run(async { drop(stopped.await) }));
        tokio::time::timeout(PATIENCE, state.wait_for(State::is_ready))
            .await
            .context("the witness is not registered")??;
        Ok(Self { seen, _stop: stop })
    }

    /// Returns the number of containers of opted-in pods that it has seen.
    pub fn started(&self) -> usize {
        lock(&self.seen).started.len()
    }

    /// Returns those of them without a mark.
    pub fn unmarked(&self) -> Vec<String> {
        lock(&self.seen)
            .started
            .values()
            .filter(|(_, is_marked)| !is_marked)
            .map(|(container, _)| container.clone())
            .collect()
    }

    /// The process of a pod's latest sandbox, and its annotations.
    pub fn sandbox(&self, pod: &str) -> Result<Sandbox> {
        lock(&self.seen)
            .sandboxes
            .get(pod)
            .cloned()
            .with_context(|| format!("the witness has not seen a sandbox of {pod}"))
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock()
}
