//! The table of the running containers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::tracked::Tracked;
use crate::directory::Owner;
use crate::renders::PodSandbox;
use crate::status::ChangeState;

/// The container of a pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub uid: String,
    pub container: String,
}

/// A container that is about to be created.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Its pod.
    pub pod: &'a PodSandbox,
    /// The runtime's ID of its PodSandbox.
    pub sandbox: &'a str,
    /// The runtime's ID of it.
    pub id: &'a str,
    /// Its name.
    pub container: &'a str,
    /// The user and group of its process.
    pub user: Owner,
}

/// A container that the runtime has.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its ID.
    pub id: String,
    /// The ID of its PodSandbox.
    pub sandbox: String,
    /// Its name.
    pub container: String,
    /// Whether it runs, or is about to.
    pub is_running: bool,
    /// When it was created, in nanoseconds of the runtime's clock.
    pub created_at: i64,
    /// Its own annotations, if they have podweave's mark.
    pub marks: Option<BTreeMap<String, String>>,
}

/// The running containers of the node.
#[derive(Default)]
pub(super) struct Containers(Mutex<HashMap<Key, Arc<Tracked>>>);

impl Key {
    pub(super) fn new(uid: &str, container: &str) -> Self {
        Self {
            uid: uid.to_owned(),
            container: container.to_owned(),
        }
    }
}

impl std::fmt::Debug for Containers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Containers").finish_non_exhaustive()
    }
}

impl Containers {
    /// Adds a container, and forgets the one that had its name.
    pub(super) fn add(&self, container: Arc<Tracked>) {
        let earlier = self.all().insert(container.key.clone(), container);
        if let Some(earlier) = earlier {
            earlier.end();
        }
    }

    pub(super) fn get(&self, uid: &str, container: &str) -> Option<Arc<Tracked>> {
        self.all().get(&Key::new(uid, container)).cloned()
    }

    /// Whether it has this very container, and not another one of its name.
    pub(super) fn has(&self, key: &Key, id: &str) -> bool {
        self.all().get(key).is_some_and(|container| container.id == id)
    }

    /// Whether it has a container of this pod.
    pub(super) fn has_pod(&self, uid: &str) -> bool {
        self.all().keys().any(|key| key.uid == uid)
    }

    /// Forgets the containers that are not to be kept.
    pub(super) fn retain(&self, is_kept: impl Fn(&Tracked) -> bool) {
        self.all().retain(|_, container| {
            let stays = is_kept(container);
            if !stays {
                container.end();
            }
            stays
        });
    }

    /// Returns all containers.
    pub(super) fn list(&self) -> Vec<Arc<Tracked>> {
        self.all().values().cloned().collect()
    }

    /// Counts the containers by state.
    pub(super) fn counts(&self) -> BTreeMap<ChangeState, u32> {
        let mut counts = BTreeMap::new();
        for container in self.list() {
            *counts.entry(container.state().shown.state()).or_default() += 1;
        }
        counts
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Key, Arc<Tracked>>> {
        self.0.lock()
    }
}

/// Returns the containers with podweave's mark that run, the latest one of each name.
pub(super) fn running(sandboxes: &BTreeMap<String, PodSandbox>, found: Vec<Found>) -> Vec<(Key, Found)> {
    let mut latest: BTreeMap<Key, Found> = BTreeMap::new();
    for found in found {
        let Some(sandbox) = sandboxes.get(&found.sandbox) else {
            continue;
        };
        let key = Key::new(&sandbox.uid, &found.container);
        let is_later = |known: &Found| known.created_at > found.created_at;
        if !latest.get(&key).is_some_and(is_later) {
            latest.insert(key, found);
        }
    }
    latest.retain(|_, found| found.is_running && found.marks.is_some());
    latest.into_iter().collect()
}
