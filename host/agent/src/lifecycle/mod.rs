//! Passes on what the API server reports of pods and the runtime of PodSandboxes and containers: the one
//! place where each of these events fans out.
//!
//! 1. `renders` renders for a pod, or forgets it;
//! 2. `unmarked` looks for containers that started while podweave was not running;
//! 3. `collection` removes what a pod leaves behind once neither side has it;
//! 4. `sandboxes` remembers what the runtime has;
//! 5. `crate::follow` forgets the containers of what is gone.

mod collection;
mod sandboxes;
mod unmarked;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use kube::Client;

use self::collection::Collector;
use self::sandboxes::Sandboxes;
use self::unmarked::Unmarked;
use crate::events::Events;
use crate::follow::Following;
use crate::metrics::Metrics;
use crate::pods::{Observer, ReportedPod};
use crate::records::Records;
use crate::renders::{PodSandbox, Renders};
use crate::volumes::Volumes;

pub use self::unmarked::Started;

/// What [`Lifecycle`] works on.
pub struct LifecycleParts {
    /// The results of renders.
    pub renders: Renders,
    /// Their files.
    pub volumes: Arc<Volumes>,
    /// Their records.
    pub records: Arc<Records>,
    /// What lets files follow changes.
    pub following: Arc<Following>,
    /// The Events for the pods' owners.
    pub events: Events,
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// The client that deletes pods.
    pub client: Client,
}

/// Tracks the pods and PodSandboxes of the node.
pub struct Lifecycle {
    renders: Renders,
    following: Arc<Following>,
    sandboxes: Arc<Sandboxes>,
    collector: Collector,
    unmarked: Arc<Unmarked>,
}

impl Lifecycle {
    /// Creates it without any pods or PodSandboxes.
    #[must_use]
    pub fn new(parts: LifecycleParts) -> Self {
        let LifecycleParts {
            renders,
            volumes,
            records,
            following,
            events,
            metrics,
            client,
        } = parts;
        let sandboxes = Arc::new(Sandboxes::default());
        let collector = Collector::new(renders.clone(), Arc::clone(&sandboxes), volumes, records);
        let unmarked = Unmarked::new(renders.clone(), Arc::clone(&sandboxes), events, metrics, client);
        Self {
            renders,
            following,
            sandboxes,
            collector,
            unmarked,
        }
    }

    /// Takes all PodSandboxes, by their ID, and all containers of the runtime.
    pub fn synchronize(&self, sandboxes: &BTreeMap<String, PodSandbox>, started: Vec<Started>) {
        self.sandboxes.replace_all(sandboxes);
        self.unmarked.replace_all(sandboxes, started);
        self.unmarked.check();
        self.collector.remove_orphans();
    }

    /// Adds a PodSandbox in which a container is about to be created.
    pub fn add_sandbox(&self, id: &str, uid: &str) {
        self.sandboxes.add(id, uid);
    }

    /// Removes a PodSandbox that was stopped or removed: no container of it runs any more.
    pub fn remove_sandbox(&self, id: &str) {
        self.following.forget_sandbox(id);
        if let Some(uid) = self.sandboxes.remove(id) {
            self.collector.remove_without_sandbox(uid);
        }
    }

    /// Notes that a container was answered with the mark, which clears a suspicion about an earlier one of
    /// its name.
    pub fn clear_suspicion(&self, sandbox_id: &str, container: &str) {
        self.unmarked.clear(sandbox_id, container);
    }
}

impl Observer for Lifecycle {
    fn applied(&self, seen: ReportedPod) {
        let uid = seen.uid.clone();
        self.renders.apply(seen);
        self.unmarked.check();
        if !self.renders.is_alive(&uid) {
            self.following.forget_pod(&uid);
            self.collector.remove_unless_used(uid);
        }
    }

    fn deleted(&self, uid: &str) {
        self.renders.forget(uid);
        self.following.forget_pod(uid);
        self.collector.remove_unless_used(uid.to_owned());
    }

    fn listed(&self, uids: Vec<String>) {
        let listed: HashSet<String> = uids.into_iter().collect();
        for uid in self.renders.uids().difference(&listed) {
            self.renders.forget(uid);
            self.following.forget_pod(uid);
        }
        self.unmarked.check();
        self.collector.remove_orphans();
    }
}
