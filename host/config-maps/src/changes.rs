//! Streams the names of registered ConfigMaps whose contents change.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use podweave_core::identity::NamespacedName;
use tokio::sync::Notify;

/// Reports changes to all listeners.
#[derive(Default)]
pub(crate) struct Hub {
    listeners: Mutex<Vec<Arc<Queue>>>,
    count: AtomicUsize,
}

/// Changes that one listener has not taken yet. It contains a ConfigMap once, however often it changed. So
/// the queue is never longer than the list of registered ConfigMaps, and a slow listener misses states but
/// never the last one.
#[derive(Default)]
struct Queue {
    names: Mutex<Names>,
    filled: Notify,
}

/// The names in order, and as a set.
type Names = (VecDeque<Arc<NamespacedName>>, HashSet<Arc<NamespacedName>>);

/// Names of ConfigMaps that have changed since this was created: read, created, changed or deleted. While one
/// of these exists, no watch is ended for idleness.
pub struct Changes {
    queue: Arc<Queue>,
    hub: Arc<Hub>,
}

impl Hub {
    pub(crate) fn tell(&self, name: &Arc<NamespacedName>) {
        if !self.has_listeners() {
            return;
        }
        for queue in lock(&self.listeners).iter() {
            let mut names = lock(&queue.names);
            if names.1.insert(Arc::clone(name)) {
                names.0.push_back(Arc::clone(name));
            }
            drop(names);
            queue.filled.notify_one();
        }
    }

    pub(crate) fn has_listeners(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    pub(crate) fn listen(self: &Arc<Self>) -> Changes {
        let queue = Arc::new(Queue::default());
        lock(&self.listeners).push(Arc::clone(&queue));
        self.count.fetch_add(1, Ordering::Release);
        Changes {
            queue,
            hub: Arc::clone(self),
        }
    }
}

impl Changes {
    /// Waits for a change, and returns the name of the changed ConfigMap. A Get returns its contents.
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> NamespacedName {
        loop {
            if let Some(name) = self.try_next() {
                return name;
            }
            self.queue.filled.notified().await;
        }
    }

    /// Returns a change that is already queued.
    pub fn try_next(&mut self) -> Option<NamespacedName> {
        let mut names = lock(&self.queue.names);
        let name = names.0.pop_front()?;
        names.1.remove(&name);
        Some(NamespacedName::clone(&name))
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        lock(&self.hub.listeners).retain(|queue| !Arc::ptr_eq(queue, &self.queue));
        self.hub.count.fetch_sub(1, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}
