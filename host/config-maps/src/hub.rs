//! Passes the names of changed ConfigMaps on to listeners, and knows which names each listens to.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use podweave_core::identity::NamespacedName;
use tokio::sync::Notify;

use crate::followed::Followed;

/// Reports changes to all listeners.
#[derive(Default)]
pub(crate) struct Hub {
    listeners: Mutex<Vec<Arc<Listener>>>,
    count: AtomicUsize,
}

/// One listener: what it listens to, and the changes that it has not taken yet.
#[derive(Default)]
struct Listener {
    heard: Mutex<Heard>,
    filled: Notify,
}

/// It contains a ConfigMap once, however often it changed. So it is never longer than the list of registered
/// ConfigMaps, and a slow listener misses states but never the last one.
#[derive(Default)]
struct Heard {
    queue: VecDeque<Arc<NamespacedName>>,
    queued: HashSet<Arc<NamespacedName>>,
    /// `None`: it listens to all.
    followed: Option<Followed>,
}

/// A place among the listeners, until it is dropped.
pub(crate) struct Listening {
    listener: Arc<Listener>,
    hub: Arc<Hub>,
}

impl Hub {
    /// Queues a change for all listeners to this name.
    pub(crate) fn notify(&self, name: &Arc<NamespacedName>) {
        self.tell(name, |heard| heard.hears(name));
    }

    /// Queues a name whose unchanged content is confirmed again, for its followers only.
    pub(crate) fn notify_followers(&self, name: &Arc<NamespacedName>) {
        self.tell(name, |heard| heard.followed.is_some() && heard.hears(name));
    }

    /// Whether there is a listener to this name.
    pub(crate) fn is_heard(&self, name: &NamespacedName) -> bool {
        self.has_listeners()
            && self
                .listeners
                .lock()
                .iter()
                .any(|listener| listener.heard.lock().hears(name))
    }

    /// Listens to all names.
    pub(crate) fn listen(self: &Arc<Self>) -> Listening {
        self.add(Heard::default())
    }

    /// Listens to no name yet; [`Listening::follow`] changes that.
    pub(crate) fn follow(self: &Arc<Self>) -> Listening {
        self.add(Heard {
            followed: Some(Followed::default()),
            ..Heard::default()
        })
    }

    fn add(self: &Arc<Self>, heard: Heard) -> Listening {
        let listener = Arc::new(Listener {
            heard: heard.into(),
            filled: Notify::new(),
        });
        self.listeners.lock().push(Arc::clone(&listener));
        self.count.fetch_add(1, Ordering::Release);
        Listening {
            listener,
            hub: Arc::clone(self),
        }
    }

    fn tell(&self, name: &Arc<NamespacedName>, is_meant: impl Fn(&Heard) -> bool) {
        if !self.has_listeners() {
            return;
        }
        for listener in self.listeners.lock().iter() {
            let mut heard = listener.heard.lock();
            if !is_meant(&heard) {
                continue;
            }
            if heard.queued.insert(Arc::clone(name)) {
                heard.queue.push_back(Arc::clone(name));
            }
            drop(heard);
            listener.filled.notify_one();
        }
    }

    fn has_listeners(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }
}

impl Heard {
    fn hears(&self, name: &NamespacedName) -> bool {
        self.followed
            .as_ref()
            .is_none_or(|followed| followed.contains(name))
    }
}

impl Listening {
    /// Waits for a queued name. Dropping the future loses nothing.
    pub(crate) async fn next(&self) -> NamespacedName {
        loop {
            if let Some(name) = self.try_next() {
                return name;
            }
            self.listener.filled.notified().await;
        }
    }

    /// Returns a name that is already queued.
    pub(crate) fn try_next(&self) -> Option<NamespacedName> {
        let mut heard = self.listener.heard.lock();
        let name = heard.queue.pop_front()?;
        heard.queued.remove(&name);
        Some(NamespacedName::clone(&name))
    }

    /// Changes what is followed, unless it listens to all. What is not followed any more leaves the queue.
    pub(crate) fn change<T: Default>(&self, change: impl FnOnce(&mut Followed) -> T) -> T {
        let mut heard = self.listener.heard.lock();
        let Heard {
            queue,
            queued,
            followed: Some(followed),
        } = &mut *heard
        else {
            return T::default();
        };
        let result = change(followed);
        queued.retain(|name| followed.contains(name));
        queue.retain(|name| followed.contains(name));
        result
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.hub
            .listeners
            .lock()
            .retain(|listener| !Arc::ptr_eq(listener, &self.listener));
        self.hub.count.fetch_sub(1, Ordering::Release);
    }
}
