//! Holds one referenced ConfigMap: what is known of it, shared with the callers of Get, and the tasks that
//! keep it fresh.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::{ArcSwap, Guard};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::AbortHandle;

use crate::knowledge::Knowledge;
use podweave_core::identity::NamespacedName;

/// One ConfigMap that pods refer to.
pub(crate) struct Entry {
    pub name: Arc<NamespacedName>,
    shown: ArcSwap<Knowledge>,
    /// Wakes the tasks that wait for a change of `shown`.
    changed: Notify,
    /// The sweep in which the last Get came.
    used: AtomicU32,
    tasks: Mutex<Tasks>,
}

/// The running tasks of an entry. Only the holder of this lock may change what is shown; it is never held
/// while waiting.
#[derive(Default)]
pub(crate) struct Tasks {
    /// The watch, and the number that identifies the current one.
    watch: Option<(u64, AbortHandle)>,
    watches_begun: u64,
    /// The task that reads.
    reading: Option<AbortHandle>,
    /// How many callers wait for a read.
    pub waiting: usize,
    /// A caller wanted what is known to be confirmed, and it was not: followers hear when it is.
    pub confirmation_wanted: bool,
    /// No pod refers to it any more.
    closed: bool,
}

impl Entry {
    pub(crate) fn new(name: Arc<NamespacedName>, sweep: u32) -> Self {
        Self {
            name,
            shown: ArcSwap::default(),
            changed: Notify::new(),
            used: AtomicU32::new(sweep),
            tasks: Mutex::default(),
        }
    }

    /// Returns what is known now.
    pub(crate) fn known(&self) -> Guard<Arc<Knowledge>> {
        self.shown.load()
    }

    /// Returns a future that later changes wake, once it is enabled or polled.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Wakes all waiting callers, so that they check again.
    pub(crate) fn wake(&self) {
        self.changed.notify_waiters();
    }

    /// Records a Get. It writes only in the first call of a sweep, so that readers do not contend.
    pub(crate) fn mark_used(&self, sweep: u32) {
        if self.used.load(Ordering::Relaxed) != sweep {
            self.used.store(sweep, Ordering::Relaxed);
        }
    }

    /// Returns the sweep in which the last Get came.
    pub(crate) fn last_used(&self) -> u32 {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock()
    }

    /// Changes what is known. Returns the result of `change`, and whether the content has changed.
    pub(crate) fn update<T>(&self, _: &mut Tasks, change: impl FnOnce(&mut Knowledge) -> T) -> (T, bool) {
        let mut knowledge = Knowledge::clone(&self.shown.load());
        let before = knowledge.revision;
        let result = change(&mut knowledge);
        let is_other = knowledge.revision != before;
        self.shown.store(Arc::new(knowledge));
        self.wake();
        (result, is_other)
    }
}

impl Tasks {
    /// Starts a watch unless there is one: `spawn` gets its number.
    pub(crate) fn begin_watch(&mut self, spawn: impl FnOnce(u64) -> AbortHandle) {
        if self.watch.is_none() && !self.closed {
            self.watches_begun += 1;
            self.watch = Some((self.watches_begun, spawn(self.watches_begun)));
        }
    }

    /// Whether the watch with this number is the current one. Events of another one come too late.
    pub(crate) fn is_watch(&self, number: u64) -> bool {
        self.watch.as_ref().is_some_and(|(current, _)| *current == number)
    }

    /// Whether there is a watch, open or being opened.
    pub(crate) fn has_watch(&self) -> bool {
        self.watch.is_some()
    }

    /// Ends the watch if there is one.
    pub(crate) fn end_watch(&mut self) {
        if let Some((_, task)) = self.watch.take() {
            task.abort();
        }
    }

    /// Records that the watch has ended by itself.
    pub(crate) fn forget_watch(&mut self) {
        self.watch = None;
    }

    /// Starts a read unless one is running.
    pub(crate) fn begin_reading(&mut self, spawn: impl FnOnce() -> AbortHandle) {
        if self.reading.is_none() && !self.closed {
            self.reading = Some(spawn());
        }
    }

    /// Records that the reading task has ended.
    pub(crate) fn forget_reading(&mut self) {
        self.reading = None;
    }

    /// Records that no pod refers to it any more: no task starts after this.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.end_watch();
        if let Some(task) = self.reading.take() {
            task.abort();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }
}
