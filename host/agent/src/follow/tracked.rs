//! A running container, and what is known of its changes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, MutexGuard};
use podweave_config_maps::NamespacedName;
use podweave_core::change::{Delivered, Running, Source};
use podweave_core::digest::Digest;
use podweave_core::identity::PodIdentity;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::baseline::Baseline;
use super::containers::{Given, Key};
use super::shown::Shown;
use super::state::Kept;
use crate::directory::Owner;
use crate::room::{Room, Share};
use crate::status::{CauseStatus, ChangeState, ChangeStatus, HistoryEntry};

/// The maximum number of entries of a history.
const HISTORY: usize = 16;

/// A running container.
pub(super) struct Tracked {
    pub key: Key,
    pub pod: PodIdentity,
    /// The runtime's ID of its PodSandbox.
    pub sandbox: String,
    /// The runtime's ID of it.
    pub id: String,
    state: Mutex<State>,
    woken: Notify,
    /// Whether its pod's owner is told if it follows the change that woke it.
    is_told: AtomicBool,
    task: Mutex<Option<AbortHandle>>,
}

/// What is known of a container.
pub(super) struct State {
    pub running: Running,
    /// The user and group of its process.
    pub user: Owner,
    /// The number of the render whose files are in place; `None` if another process rendered them.
    pub sequence: Option<u64>,
    /// The digest of what it was created with, until the first check has recognized it or not.
    pub mark: Option<Digest>,
    /// Whether this process knows that the files on disk are those that it thinks are there.
    pub is_verified: bool,
    /// The ConfigMaps that its plugins may read.
    pub bound: Arc<BTreeSet<NamespacedName>>,
    /// The versions that cause a change, and when its turn comes.
    pub turn: Option<(u64, Instant)>,
    /// When the change came that is being handled.
    pub changed: Option<Instant>,
    pub shown: Shown,
    /// The memory that the results of `running` take.
    share: Option<Share>,
    /// What it was given when, the latest first.
    pub history: Vec<HistoryEntry>,
}

impl Tracked {
    pub(super) fn new(pod: PodIdentity, given: &Given<'_>, baseline: Baseline) -> Self {
        let Baseline {
            running,
            sequence,
            mark,
        } = baseline;
        let shown = match sequence {
            Some(_) => Shown::new(ChangeState::Current),
            None => Shown::new(ChangeState::Unknown),
        };
        Self {
            key: Key::new(&pod.uid, given.container),
            pod,
            sandbox: given.sandbox.to_owned(),
            id: given.id.to_owned(),
            state: Mutex::new(State {
                running,
                user: given.user,
                sequence,
                mark,
                is_verified: sequence.is_some(),
                bound: Arc::default(),
                turn: None,
                changed: None,
                shown,
                share: None,
                history: Vec::new(),
            }),
            woken: Notify::new(),
            is_told: AtomicBool::new(false),
            task: Mutex::default(),
        }
    }

    /// Takes what was kept of it.
    pub(super) fn recall(&self, kept: &Kept, baseline: Baseline, room: &Room) {
        let mut state = self.state();
        state.running = baseline.running;
        state.take_room(room);
        state.mark = baseline.mark;
        state.user = kept.user;
        state.history.clone_from(&kept.history);
        state.history.truncate(HISTORY);
    }

    /// Lets its task check it.
    pub(super) fn wake(&self, is_told: bool) {
        self.is_told.store(is_told, Ordering::Relaxed);
        self.woken.notify_one();
    }

    /// Waits until it is woken.
    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// Whether its pod's owner is told if it follows now.
    pub(super) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Relaxed)
    }

    /// Notes when a change came, unless an earlier one has not been handled yet.
    pub(super) fn note_change(&self, at: Instant) {
        self.state().changed.get_or_insert(at);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Whether its plugins may read one of these ConfigMaps.
    pub(super) fn uses(&self, names: &BTreeSet<NamespacedName>) -> bool {
        !self.state().bound.is_disjoint(names)
    }

    /// Whether its result depends on the node's labels, or may.
    pub(super) fn reads_node_labels(&self) -> bool {
        let state = self.state();
        state.running.in_place.as_ref().is_none_or(|in_place| {
            let mut sources = in_place.sources.0.keys();
            sources.any(|source| matches!(source, Source::NodeLabel(_)))
        })
    }

    pub(super) fn status(&self) -> ChangeStatus {
        let state = self.state();
        state.shown.status(state.history.clone())
    }

    /// Takes the task that is to end with it.
    pub(super) fn set_task(&self, task: AbortHandle) {
        *self.task.lock() = Some(task);
    }

    /// Ends its task.
    pub(super) fn end(&self) {
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
    }
}

impl State {
    /// Counts the memory that the results take. Without room for them they are dropped, so that it is not known
    /// what the container was given.
    pub(super) fn take_room(&mut self, room: &Room) {
        let bytes = |given: &Option<Delivered>| {
            given
                .as_ref()
                .map_or(0, |given| given.outline.bytes() + given.sources.bytes())
        };
        let (started, in_place) = (&self.running.started, &self.running.in_place);
        let results = bytes(started) + if started == in_place { 0 } else { bytes(in_place) };
        let history: usize = self.history.iter().map(bytes_of).sum();
        // Release the old share first, so that it counts for the new one.
        self.share = None;
        self.share = room.take(results + history);
        if self.share.is_none() {
            self.history.clear();
            self.share = room.take(results);
        }
        if self.share.is_none() {
            self.running = Running::default();
        }
    }
}

/// Adds the latest entry to a history, and drops the oldest.
pub(super) fn remember(history: &mut Vec<HistoryEntry>, entry: HistoryEntry) {
    history.insert(0, entry);
    history.truncate(HISTORY);
}

/// Estimates the memory of an entry of a history.
fn bytes_of(entry: &HistoryEntry) -> usize {
    const ENTRY: usize = 256;
    const NAME: usize = 64;
    let of_cause = |cause: &CauseStatus| {
        let keys: usize = cause.keys.iter().map(|key| NAME + key.len()).sum();
        4 * NAME + cause.namespace.len() + cause.config_map.len() + keys
    };
    let versions = entry.resource_versions.iter();
    ENTRY
        + entry.causes.iter().map(of_cause).sum::<usize>()
        + versions
            .map(|(name, version)| 2 * NAME + name.len() + version.len())
            .sum::<usize>()
}
