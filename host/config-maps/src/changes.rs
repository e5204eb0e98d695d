//! Streams the names of registered ConfigMaps whose contents change.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
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
///
/// ```
/// use std::sync::Arc;
/// use podweave_config_maps::manifests::ManifestSource;
/// use podweave_config_maps::{ConfigMaps, NamespacedName, Options, PodIdentity};
/// use podweave_core::manifest::Manifests;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = Arc::new(ManifestSource::new(&Manifests::default()));
/// let config_maps = ConfigMaps::new(source.clone(), Options::default());
/// let mut changes = config_maps.changes();
///
/// let pod = PodIdentity { namespace: "shop".into(), name: "web-0".into(), uid: "1".into() };
/// let web = NamespacedName::new("shop", "web");
/// let _of_pod = config_maps.register(pod, [web.clone()]);
/// // The first read counts, too: it finds that there is none.
/// assert_eq!(changes.next().await, web);
///
/// let mut manifests = Manifests::default();
/// manifests.add("web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}", "shop")?;
/// source.replace(&manifests);
/// assert_eq!(changes.next().await, web);
/// # Ok(())
/// # }
/// ```
pub struct Changes {
    queue: Arc<Queue>,
    hub: Arc<Hub>,
}

impl Hub {
    /// Queues a change for all listeners.
    pub(crate) fn notify(&self, name: &Arc<NamespacedName>) {
        if !self.has_listeners() {
            return;
        }
        for queue in self.listeners.lock().iter() {
            let mut names = queue.names.lock();
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
        self.listeners.lock().push(Arc::clone(&queue));
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
        let mut names = self.queue.names.lock();
        let name = names.0.pop_front()?;
        names.1.remove(&name);
        Some(NamespacedName::clone(&name))
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.hub
            .listeners
            .lock()
            .retain(|queue| !Arc::ptr_eq(queue, &self.queue));
        self.hub.count.fetch_sub(1, Ordering::Release);
    }
}
