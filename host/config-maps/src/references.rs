//! Records which pods refer to which ConfigMaps, and counts the references.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use podweave_core::identity::{NamespacedName, PodIdentity};
use tokio::time::Instant;

/// The registered pods, and how many of them refer to each ConfigMap.
///
/// Only what pods are recorded to refer to changes the counts, never what a caller claims. So they
/// cannot become negative, no matter what is unregistered how often.
#[derive(Default)]
pub(crate) struct References {
    pods: HashMap<PodIdentity, Arc<PodReferences>>,
    /// These are the names that records and entries share.
    counts: HashMap<Arc<NamespacedName>, usize>,
}

/// What one pod refers to, and since when: the same record from the pod's registration, through all updates,
/// to its end.
#[derive(Debug, Default)]
pub(crate) struct PodReferences {
    /// Sorted by name: a pod refers to few.
    references: ArcSwap<Vec<(Arc<NamespacedName>, Instant)>>,
    unregistered: AtomicBool,
}

/// What a registration changed.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// What this pod did not refer to before, sorted.
    pub added: Vec<Arc<NamespacedName>>,
    /// What no pod refers to any more.
    pub unreferenced: Vec<Arc<NamespacedName>>,
}

impl PodReferences {
    /// Returns since when the pod has referred to it.
    pub(crate) fn since(&self, namespace: &str, name: &str) -> Option<Instant> {
        if self.unregistered.load(Ordering::Acquire) {
            None
        } else {
            find(&self.references.load(), namespace, name)
        }
    }
}

fn find(references: &[(Arc<NamespacedName>, Instant)], namespace: &str, name: &str) -> Option<Instant> {
    let order = |(known, _): &(Arc<NamespacedName>, Instant)| {
        (&*known.namespace, &*known.name).cmp(&(namespace, name))
    };
    references
        .binary_search_by(order)
        .ok()
        .map(|index| references[index].1)
}

impl References {
    /// Records what a pod refers to. It replaces what the pod referred to before.
    pub(crate) fn register(
        &mut self,
        pod: PodIdentity,
        names: BTreeSet<NamespacedName>,
        now: Instant,
    ) -> (Arc<PodReferences>, Change) {
        let record = Arc::clone(self.pods.entry(pod).or_default());
        let before = record.references.load_full();
        let mut change = Change::default();
        let mut references = Vec::with_capacity(names.len());
        // Count new references before dropping old ones: an update must not release what it keeps.
        for name in names {
            let name = self.shared(name);
            let since = find(&before, &name.namespace, &name.name);
            if since.is_none() {
                *self.counts.entry(Arc::clone(&name)).or_default() += 1;
                change.added.push(Arc::clone(&name));
            }
            references.push((name, since.unwrap_or(now)));
        }
        for (name, _) in before
            .iter()
            .filter(|(name, _)| find(&references, &name.namespace, &name.name).is_none())
        {
            self.drop_reference(name, &mut change);
        }
        record.references.store(Arc::new(references));
        (record, change)
    }

    /// Removes a pod; nothing changes if it is unknown.
    pub(crate) fn unregister(&mut self, pod: &PodIdentity) -> Change {
        let mut change = Change::default();
        if let Some(record) = self.pods.remove(pod) {
            record.unregistered.store(true, Ordering::Release);
            for (name, _) in record.references.load().iter() {
                self.drop_reference(name, &mut change);
            }
        }
        change
    }

    /// Returns the one copy of a name that is already in use, or this one.
    fn shared(&self, name: NamespacedName) -> Arc<NamespacedName> {
        let known = self
            .counts
            .get_key_value(&name)
            .map(|(known, _)| Arc::clone(known));
        known.unwrap_or_else(|| Arc::new(name))
    }

    fn drop_reference(&mut self, name: &Arc<NamespacedName>, change: &mut Change) {
        // A recorded reference was counted.
        if let Some(count) = self.counts.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(name);
                change.unreferenced.push(Arc::clone(name));
            }
        }
    }

    /// Returns how many pods refer to it.
    pub(crate) fn count(&self, name: &NamespacedName) -> usize {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// Returns how many pods are registered.
    pub(crate) fn pods(&self) -> usize {
        self.pods.len()
    }
}
