//! Finds containers of opted-in pods that started while podweave was not running, so without their
//! configuration: deletes the pod, or reports it if the pod asks to start without (`on-failure: ignore`).

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Preconditions};
use parking_lot::{Mutex, MutexGuard};
use podweave_core::backoff::{Backoff, jittered};
use podweave_core::binding::OnFailure;
use podweave_core::identity::PodIdentity;
use podweave_core::text::chain;
use tokio::time::sleep;
use tracing::{info, warn};

use super::sandboxes::Sandboxes;
use crate::events::{Events, Reason};
use crate::mark;
use crate::metrics::Metrics;
use crate::renders::{Known, PodSandbox, Renders};

/// The pauses between attempts to delete a pod.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));

/// A container that the runtime has reported.
#[derive(Debug, Clone)]
pub struct Started {
    /// The ID of its sandbox.
    pub sandbox: String,
    /// Its name in the pod.
    pub name: String,
    /// When it was created, in nanoseconds of the runtime's clock.
    pub created_at: i64,
    /// Whether it has podweave's mark.
    pub is_marked: bool,
}

/// The containers without the mark, until it is known whether they should have one.
pub(super) struct Unmarked {
    renders: Renders,
    sandboxes: Arc<Sandboxes>,
    events: Events,
    metrics: Arc<Metrics>,
    client: Client,
    state: Mutex<State>,
    this: Weak<Self>,
}

/// A container without the mark.
struct Suspect {
    /// The ID of its sandbox.
    sandbox_id: String,
    sandbox: PodSandbox,
    container: String,
}

#[derive(Default)]
struct State {
    /// Containers without the mark whose pods are not known yet.
    suspects: Vec<Suspect>,
    /// Whether a task checks them again when a pod is reported or bound.
    is_check_planned: bool,
    /// Counts synchronizations: suspicions from before one do not count after it.
    synchronizations: u64,
    /// The UIDs of the pods that are being deleted.
    deleting: HashSet<String>,
}

/// What has to be done about a suspect.
enum Verdict {
    /// Nothing: it needs no mark, or it does not run any more.
    Clear,
    /// It is checked again when its pod is reported.
    Unknown,
    /// It is checked again when its pod is bound.
    Pending,
    /// It runs without its configuration. The pod is deleted if it asked to be blocked.
    Unconfigured { block: bool },
}

impl Unmarked {
    pub(super) fn new(
        renders: Renders,
        sandboxes: Arc<Sandboxes>,
        events: Events,
        metrics: Arc<Metrics>,
        client: Client,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            renders,
            sandboxes,
            events,
            metrics,
            client,
            state: Mutex::default(),
            this: this.clone(),
        })
    }

    /// Takes all containers of the runtime.
    pub(super) fn replace_all(&self, sandboxes: &BTreeMap<String, PodSandbox>, started: Vec<Started>) {
        let suspects = unmarked(sandboxes, started);
        let mut state = self.state();
        state.synchronizations += 1;
        state.suspects = suspects;
    }

    /// Forgets a suspicion about a container of this name.
    pub(super) fn clear(&self, sandbox_id: &str, container: &str) {
        self.state()
            .suspects
            .retain(|suspect| suspect.sandbox_id != sandbox_id || suspect.container != container);
    }

    /// Checks the suspects. Those whose pods are not known yet are checked again later.
    pub(super) fn check(&self) {
        // Subscribe before the look, so that a pod bound after it is not missed.
        let changed = self.renders.changed();
        let (suspects, synchronization) = {
            let mut state = self.state();
            (std::mem::take(&mut state.suspects), state.synchronizations)
        };
        let mut waiting = Vec::new();
        let mut is_pending = false;
        for suspect in suspects {
            match self.verdict_on(&suspect) {
                Verdict::Clear => {}
                Verdict::Unknown => waiting.push(suspect),
                Verdict::Pending => {
                    is_pending = true;
                    waiting.push(suspect);
                }
                Verdict::Unconfigured { block } => self.report(&suspect, block),
            }
        }
        let mut state = self.state();
        if state.synchronizations == synchronization {
            state.suspects.append(&mut waiting);
        }
        // One task is enough, since it checks all of them.
        if is_pending && !std::mem::replace(&mut state.is_check_planned, true) {
            let this = self.this.clone();
            tokio::spawn(async move {
                changed.await;
                if let Some(this) = this.upgrade() {
                    this.state().is_check_planned = false;
                    this.check();
                }
            });
        }
    }

    fn verdict_on(&self, suspect: &Suspect) -> Verdict {
        let Suspect {
            sandbox_id,
            sandbox,
            container,
        } = suspect;
        if !self.sandboxes.contains(sandbox_id) || self.renders.is_finished(&sandbox.uid) {
            return Verdict::Clear;
        }
        if mark::is_static(&sandbox.annotations) {
            warn!(
                namespace = sandbox.namespace,
                pod = sandbox.name,
                container,
                "static pod has podweave annotations, which are not supported for static pods; it started unconfigured"
            );
            return Verdict::Clear;
        }
        match self.renders.lookup(sandbox) {
            Known::Nothing => Verdict::Unknown,
            Known::Pending => Verdict::Pending,
            Known::Otherwise => {
                self.renders.bind_as(sandbox);
                Verdict::Pending
            }
            Known::Unreadable(_) => Verdict::Unconfigured { block: true },
            Known::Bound(pod) => match &pod.containers {
                Err(_) => Verdict::Unconfigured { block: true },
                Ok(containers) => match containers.get(container) {
                    // Nothing is rendered for it, so nothing is missing.
                    None => Verdict::Clear,
                    Some(container) => Verdict::Unconfigured {
                        block: container.binding.on_failure == OnFailure::Block,
                    },
                },
            },
        }
    }

    /// Reports a container that runs without its configuration, and has its pod deleted if that asked to be
    /// blocked.
    fn report(&self, suspect: &Suspect, block: bool) {
        let Suspect {
            sandbox, container, ..
        } = suspect;
        let pod = sandbox.identity();
        let follows = if block {
            "the pod is deleted so that its controller recreates it"
        } else {
            "it keeps running (on-failure: ignore)"
        };
        warn!(pod = %pod, uid = pod.uid, container, "container started without its configuration while podweave was not running; {follows}");
        self.metrics.count_unmarked(block);
        let note = format!(
            "container {container} started without its configuration while podweave was not running; {follows}"
        );
        self.events
            .publish(pod.clone(), container, Reason::StartedWithoutConfiguration, &note);
        if block && self.state().deleting.insert(pod.uid.clone()) {
            tokio::spawn(delete(self.this.clone(), pod));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// Returns the latest container of each name that should have the mark and does not.
fn unmarked(sandboxes: &BTreeMap<String, PodSandbox>, started: Vec<Started>) -> Vec<Suspect> {
    let mut latest: BTreeMap<(String, String), Started> = BTreeMap::new();
    for container in started {
        let key = (container.sandbox.clone(), container.name.clone());
        if latest
            .get(&key)
            .is_none_or(|other| other.created_at <= container.created_at)
        {
            latest.insert(key, container);
        }
    }
    let unmarked = latest.into_values().filter(|container| !container.is_marked);
    let of_opted_in = unmarked.filter_map(|container| {
        let sandbox = sandboxes
            .get(&container.sandbox)
            .filter(|sandbox| mark::has_opted_in(&sandbox.annotations))?;
        Some(Suspect {
            sandbox_id: container.sandbox,
            sandbox: sandbox.clone(),
            container: container.name,
        })
    });
    of_opted_in.collect()
}

/// Deletes exactly this pod, not another one of its name. Tries until the pod is gone or its deletion is not
/// wanted any more.
async fn delete(unmarked: Weak<Unmarked>, pod: PodIdentity) {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Pod"));
    let parameters = DeleteParams::default().preconditions(Preconditions {
        uid: Some(pod.uid.clone()),
        resource_version: None,
    });
    let mut backoff = BACKOFF;
    while let Some(this) = unmarked.upgrade().filter(|this| this.renders.is_known(&pod.uid)) {
        let pods: Api<DynamicObject> = Api::namespaced_with(this.client.clone(), &pod.namespace, &resource);
        let pause = match pods.delete(&pod.name, &parameters).await {
            Ok(_) => {
                info!(pod = %pod, uid = pod.uid, "deleted");
                break;
            }
            // It is gone, or another pod has its name.
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => break,
            Err(error) => {
                let pause = jittered(backoff.next_pause(), fastrand::f64());
                warn!(pod = %pod, uid = pod.uid, error = chain(&error), "cannot delete the pod; trying again in {:.1} s", pause.as_secs_f64());
                pause
            }
        };
        drop(this);
        sleep(pause).await;
    }
    if let Some(this) = unmarked.upgrade() {
        this.state().deleting.remove(&pod.uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sandbox(annotation: &str) -> PodSandbox {
        let annotations = BTreeMap::from([(annotation.to_owned(), "handlebars".to_owned())]);
        PodSandbox {
            namespace: "ns".into(),
            name: "pod".into(),
            uid: annotation.into(),
            annotations,
        }
    }

    fn started(sandbox: &str, name: &str, created_at: i64, is_marked: bool) -> Started {
        Started {
            sandbox: sandbox.into(),
            name: name.into(),
            created_at,
            is_marked,
        }
    }

    #[test]
    fn only_the_latest_container_of_a_name_needs_the_mark() {
        let sandboxes = BTreeMap::from([
            ("opted".to_owned(), sandbox("podweave.dev/plugin")),
            ("plain".to_owned(), sandbox("example.org/plugin")),
        ]);
        let containers = vec![
            started("opted", "from-before", 1, false),
            started("opted", "from-before", 2, true),
            started("opted", "slipped", 3, true),
            started("opted", "slipped", 4, false),
            started("plain", "plain", 1, false),
            started("unknown", "unknown", 1, false),
        ];
        let found: Vec<_> = unmarked(&sandboxes, containers)
            .into_iter()
            .map(|suspect| (suspect.sandbox.uid, suspect.container))
            .collect();
        assert_eq!(found, [("podweave.dev/plugin".to_owned(), "slipped".to_owned())]);
    }
}
