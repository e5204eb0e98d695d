//! A running container, and what is known of its changes.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, MutexGuard};
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
use crate::renders::ContainerRenders;
use crate::room::{Room, Share};
use crate::status::{ChangeState, ChangeStatus, HistoryEntry};

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
    /// Whether an Event is published if it follows the change that woke it.
    is_announced: AtomicBool,
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
    /// What is rendered for it; `None` until its pod is bound.
    pub renders: Option<Arc<ContainerRenders>>,
    /// The versions that cause a change, and when its turn comes.
    pub turn: Option<(u64, Instant)>,
    /// When the change came that is being handled.
    pub changed: Option<Instant>,
    pub shown: Shown,
    /// The memory that `running`, `shown` and `history` take.
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
                renders: None,
                turn: None,
                changed: None,
                shown,
                share: None,
                history: Vec::new(),
            }),
            woken: Notify::new(),
            is_announced: AtomicBool::new(false),
            task: Mutex::default(),
        }
    }

    /// Takes what was kept of it.
    pub(super) fn recall(&self, kept: &Kept, baseline: Baseline, room: &Room) {
        let mut state = self.state();
        state.running = baseline.running;
        state.mark = baseline.mark;
        state.user = kept.user;
        state.history.clone_from(&kept.history);
        state.history.truncate(HISTORY);
        state.take_room(room);
    }

    /// Lets its task check it.
    pub(super) fn wake(&self, is_announced: bool) {
        self.is_announced.store(is_announced, Ordering::Relaxed);
        self.woken.notify_one();
    }

    /// Waits until it is woken.
    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// Whether an Event is published if it follows now.
    pub(super) fn is_announced(&self) -> bool {
        self.is_announced.load(Ordering::Relaxed)
    }

    /// Notes when a change came, unless an earlier one has not been handled yet.
    pub(super) fn note_change(&self, at: Instant) {
        self.state().changed.get_or_insert(at);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Whether its plugins may read one of these ConfigMaps.
    pub(super) fn uses(&self, names: &HashSet<(&str, &str)>) -> bool {
        let renders = self.state().renders.clone();
        renders.is_some_and(|renders| renders.config_maps().any(|name| names.contains(&name)))
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
    /// Counts the memory of what is known. Without room for it the history is dropped, and then the results, so
    /// that it is not known any more what the container was given.
    pub(super) fn take_room(&mut self, room: &Room) {
        let bytes = |given: &Option<Delivered>| given.as_ref().map_or(0, Delivered::bytes);
        let (started, in_place) = (&self.running.started, &self.running.in_place);
        let of_in_place = if started == in_place { 0 } else { bytes(in_place) };
        let results = bytes(started) + of_in_place + self.shown.bytes();
        let history: usize = self.history.iter().map(HistoryEntry::bytes).sum();
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
