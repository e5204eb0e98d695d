//! Keeps track of pods and sandboxes: removes what pods leave behind, and finds containers that started while podweave was not running.
//!
//! A pod's files and record stay as long as the API server has the pod or the runtime has a sandbox of it. The rest is removed once both have
//! reported everything that they have, also after a restart.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Preconditions};
use podweave_config_maps::api_server::chain;
use podweave_core::binding::OnFailure;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::events::{Events, PodReference, Reason};
use crate::mark;
use crate::metrics::Metrics;
use crate::pods::{Observer, Seen};
use crate::records::Records;
use crate::renders::{self, Known, Renders, Sandbox};
use crate::volumes::Volumes;

/// The backoff between attempts to delete a pod: the first pause, and the longest one. Pauses double.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

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

/// What [`Lifecycle`] works on.
pub struct Parts {
    /// The results of renders.
    pub renders: Renders,
    /// Their files.
    pub volumes: Arc<Volumes>,
    /// Their records.
    pub records: Arc<Records>,
    /// The Events for the pods' owners.
    pub events: Events,
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// The client that deletes pods.
    pub client: Client,
}

/// Tracks the pods and sandboxes of the node.
pub struct Lifecycle {
    parts: Parts,
    state: Mutex<State>,
    this: Weak<Self>,
}

/// A container without the mark.
struct Suspect {
    /// The ID of its sandbox.
    sandbox_id: String,
    sandbox: Sandbox,
    container: String,
}

#[derive(Default)]
struct State {
    /// The UID of the pod of each sandbox, by the sandbox's ID.
    sandboxes: HashMap<String, String>,
    is_synchronized: bool,
    /// Containers without the mark whose pods are not known yet.
    suspects: Vec<Suspect>,
    /// Whether a task checks them again when a pod is reported or bound.
    judges_later: bool,
    /// Counts synchronizations: suspicions from before one do not count after it.
    synchronizations: u64,
    /// The UIDs of the pods that are being deleted.
    deleting: HashSet<String>,
}

impl Lifecycle {
    /// Creates it without any pods or sandboxes.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new_cyclic(|this| Self { parts, state: Mutex::default(), this: this.clone() })
    }

    /// Takes all sandboxes, by their ID, and all containers of the runtime.
    pub fn synchronized(&self, sandboxes: BTreeMap<String, Sandbox>, started: Vec<Started>) {
        let mut state = self.state();
        state.sandboxes = sandboxes.iter().map(|(id, sandbox)| (id.clone(), sandbox.uid.clone())).collect();
        state.is_synchronized = true;
        state.synchronizations += 1;
        state.suspects = unmarked(&sandboxes, started);
        drop(state);
        self.judge();
        self.remove_orphans();
    }

    /// Adds a sandbox.
    pub fn has_sandbox(&self, id: &str, uid: &str) {
        self.state().sandboxes.entry(id.to_owned()).or_insert_with(|| uid.to_owned());
    }

    /// Notes that a container was answered with the mark, which clears a suspicion about an earlier one of its name.
    pub fn is_marked(&self, sandbox_id: &str, container: &str) {
        self.state().suspects.retain(|suspect| suspect.sandbox_id != sandbox_id || suspect.container != container);
    }

    /// Removes a sandbox that was stopped or removed: no container of it runs any more.
    pub fn sandbox_is_gone(&self, id: &str) {
        let mut state = self.state();
        let Some(uid) = state.sandboxes.remove(id) else { return };
        let is_last = !state.sandboxes.values().any(|other| *other == uid);
        drop(state);
        // While the API server is away, the pod may still exist: the next list decides.
        if is_last && self.parts.renders.watch().has_listed() && !self.parts.renders.is_alive(&uid) {
            self.remove(vec![uid]);
        }
    }

    /// Whether the runtime has reported all sandboxes and containers.
    #[must_use]
    pub fn is_synchronized(&self) -> bool {
        self.state().is_synchronized
    }

    /// Removes what is kept for pods that neither the API server nor the runtime has, once both have reported everything.
    fn remove_orphans(&self) {
        if !self.parts.renders.watch().has_listed() || !self.is_synchronized() {
            return;
        }
        let mut kept: HashSet<String> = self.parts.volumes.pod_uids().into_iter().collect();
        kept.extend(self.parts.records.uids());
        let state = self.state();
        kept.retain(|uid| !state.sandboxes.values().any(|other| other == uid));
        drop(state);
        kept.retain(|uid| !self.parts.renders.is_alive(uid));
        self.remove(kept.into_iter().collect());
    }

    /// Removes what is kept for pods, on a thread that may wait for the disk.
    fn remove(&self, uids: Vec<String>) {
        if uids.is_empty() {
            return;
        }
        let (volumes, records) = (Arc::clone(&self.parts.volumes), Arc::clone(&self.parts.records));
        tokio::task::spawn_blocking(move || {
            for uid in uids {
                if let Err(error) = volumes.remove_pod(&uid) {
                    warn!(uid, %error, "cannot remove the files of a deleted pod");
                }
                if let Err(error) = records.remove(&uid) {
                    warn!(uid, %error, "cannot remove the record of a deleted pod");
                }
            }
        });
    }

    /// Checks the containers without a mark: those that should have one started while podweave was not running.
    fn judge(&self) {
        // Subscribe before the look, so that a pod bound after it is not missed.
        let changed = self.parts.renders.changed();
        let (suspects, synchronization) = {
            let mut state = self.state();
            (std::mem::take(&mut state.suspects), state.synchronizations)
        };
        let mut waiting = Vec::new();
        let mut is_pending = false;
        for suspect in suspects {
            let Suspect { sandbox_id, sandbox, container } = &suspect;
            if !self.state().sandboxes.contains_key(sandbox_id) || self.parts.renders.is_finished(&sandbox.uid) {
                continue;
            }
            if renders::is_static(sandbox) {
                warn!(
                    namespace = sandbox.namespace,
                    pod = sandbox.name,
                    container,
                    "static pod has podweave annotations, which are not supported for static pods; it started unconfigured"
                );
                continue;
            }
            match self.parts.renders.known(sandbox) {
                // It is checked again when the pod is reported.
                Known::Nothing => waiting.push(suspect),
                Known::Pending => {
                    is_pending = true;
                    waiting.push(suspect);
                }
                Known::Bound(pod) => match &pod.containers {
                    Ok(containers) => match containers.get(container).map(|container| container.binding.on_failure) {
                        // Nothing is rendered for it, so nothing is missing.
                        None => {}
                        Some(OnFailure::Block) => self.slipped(sandbox, container, true),
                        Some(OnFailure::Ignore) => self.slipped(sandbox, container, false),
                    },
                    Err(_) => self.slipped(sandbox, container, true),
                },
                Known::Unreadable(_) => self.slipped(sandbox, container, true),
            }
        }
        let mut state = self.state();
        if state.synchronizations == synchronization {
            state.suspects.append(&mut waiting);
        }
        // One task is enough, since it checks all of them.
        if is_pending && !std::mem::replace(&mut state.judges_later, true) {
            let this = self.this.clone();
            tokio::spawn(async move {
                changed.await;
                if let Some(this) = this.upgrade() {
                    this.state().judges_later = false;
                    this.judge();
                }
            });
        }
    }

    /// A container runs without its configuration.
    fn slipped(&self, sandbox: &Sandbox, container: &str, block: bool) {
        let pod = PodReference { namespace: sandbox.namespace.clone(), name: sandbox.name.clone(), uid: sandbox.uid.clone() };
        let follows = if block { "the pod is deleted so that its controller recreates it" } else { "it keeps running (on-failure: ignore)" };
        warn!(pod = %pod, uid = pod.uid, container, "container started without its configuration while podweave was not running; {follows}");
        self.parts.metrics.slipped(block);
        let note = format!("container {container} started without its configuration while podweave was not running; {follows}");
        self.parts.events.publish(pod.clone(), container, Reason::StartedUnrendered, &note);
        if block && self.state().deleting.insert(pod.uid.clone()) {
            tokio::spawn(delete(self.this.clone(), pod));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Lifecycle {
    fn applied(&self, seen: Seen) {
        let uid = seen.uid.clone();
        self.parts.renders.apply(seen);
        self.judge();
        if !self.parts.renders.is_alive(&uid) {
            self.remove_if_unused(uid);
        }
    }

    fn deleted(&self, uid: &str) {
        self.parts.renders.forget(uid);
        self.remove_if_unused(uid.to_owned());
    }

    fn listed(&self, uids: Vec<String>) {
        let there: HashSet<String> = uids.into_iter().collect();
        for uid in self.parts.renders.uids().difference(&there) {
            self.parts.renders.forget(uid);
        }
        self.judge();
        self.remove_orphans();
    }
}

impl Lifecycle {
    fn remove_if_unused(&self, uid: String) {
        let is_used = self.state().sandboxes.values().any(|other| *other == uid);
        if !is_used && self.is_synchronized() {
            self.remove(vec![uid]);
        }
    }
}

/// Returns the latest container of each name that should have the mark and does not.
fn unmarked(sandboxes: &BTreeMap<String, Sandbox>, started: Vec<Started>) -> Vec<Suspect> {
    let mut latest: BTreeMap<(String, String), Started> = BTreeMap::new();
    for container in started {
        let key = (container.sandbox.clone(), container.name.clone());
        if latest.get(&key).is_none_or(|other| other.created_at <= container.created_at) {
            latest.insert(key, container);
        }
    }
    let unmarked = latest.into_values().filter(|container| !container.is_marked);
    let of_opted_in = unmarked.filter_map(|container| {
        let sandbox = sandboxes.get(&container.sandbox).filter(|sandbox| mark::has_opted_in(&sandbox.annotations))?;
        Some(Suspect { sandbox_id: container.sandbox, sandbox: sandbox.clone(), container: container.name })
    });
    of_opted_in.collect()
}

/// Deletes exactly this pod, not another one of its name. Tries until the pod is gone or its deletion is not wanted any more.
async fn delete(lifecycle: Weak<Lifecycle>, pod: PodReference) {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Pod"));
    let parameters = DeleteParams::default().preconditions(Preconditions { uid: Some(pod.uid.clone()), resource_version: None });
    let mut pause = PAUSES.0;
    while let Some(this) = lifecycle.upgrade().filter(|this| this.parts.renders.is_known(&pod.uid)) {
        let pods: Api<DynamicObject> = Api::namespaced_with(this.parts.client.clone(), &pod.namespace, &resource);
        match pods.delete(&pod.name, &parameters).await {
            Ok(_) => {
                info!(pod = %pod, uid = pod.uid, "deleted");
                break;
            }
            // It is gone, or another pod has its name.
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => break,
            Err(error) => warn!(pod = %pod, uid = pod.uid, error = chain(&error), "cannot delete the pod; trying again in {} s", pause.as_secs()),
        }
        drop(this);
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
    if let Some(this) = lifecycle.upgrade() {
        this.state().deleting.remove(&pod.uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sandbox(annotation: &str) -> Sandbox {
        let annotations = BTreeMap::from([(annotation.to_owned(), "handlebars".to_owned())]);
        Sandbox { namespace: "ns".into(), name: "pod".into(), uid: annotation.into(), annotations }
    }

    fn started(sandbox: &str, name: &str, created_at: i64, is_marked: bool) -> Started {
        Started { sandbox: sandbox.into(), name: name.into(), created_at, is_marked }
    }

    #[test]
    fn only_the_latest_container_of_a_name_needs_the_mark() {
        let sandboxes = BTreeMap::from([("opted".to_owned(), sandbox("podweave.dev/plugin")), ("plain".to_owned(), sandbox("example.org/plugin"))]);
        let containers = vec![
            started("opted", "from-before", 1, false),
            started("opted", "from-before", 2, true),
            started("opted", "slipped", 3, true),
            started("opted", "slipped", 4, false),
            started("plain", "plain", 1, false),
            started("unknown", "unknown", 1, false),
        ];
        let found: Vec<_> = unmarked(&sandboxes, containers).into_iter().map(|suspect| (suspect.sandbox.uid, suspect.container)).collect();
        assert_eq!(found, [("podweave.dev/plugin".to_owned(), "slipped".to_owned())]);
    }
}
