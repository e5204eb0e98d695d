//! Limits the memory that all ConfigMaps take in this process.
//!
//! Everyone who can create pods in a namespace decides which of its ConfigMaps are kept here, and each can
//! take some megabytes. So every namespace has room for an ordinary number of them. Namespaces that take more
//! share a common limit: they can only crowd out each other.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use podweave_core::text::human_size;

use crate::source_error::{FailureKind, SourceError};

/// The bytes that the ConfigMaps of one namespace may always take.
pub const NAMESPACE_BYTES: usize = 2 * 1024 * 1024;

/// Counts the memory of ConfigMaps. Clones count together.
#[derive(Debug, Clone)]
pub struct Room(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// The most that all namespaces may take together above [`NAMESPACE_BYTES`] each.
    most: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    /// By namespace; namespaces without ConfigMaps are absent.
    by_namespace: HashMap<Arc<str>, usize>,
    /// What namespaces take above [`NAMESPACE_BYTES`] each, in sum.
    above: usize,
}

/// Memory reserved for a ConfigMap, released with the last clone. Two are always equal: the memory of an
/// object is not part of its meaning.
#[derive(Debug, Clone, Default)]
pub struct Share(#[allow(dead_code, reason = "dropping it has the effect")] Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    room: Room,
    namespace: Arc<str>,
    bytes: usize,
}

impl Room {
    /// Creates room for these bytes above [`NAMESPACE_BYTES`] for each namespace.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            most,
            taken: Mutex::default(),
        }))
    }

    /// Reserves the memory that a ConfigMap needs.
    ///
    /// # Errors
    /// The large namespaces of the node leave too little.
    pub fn reserve(&self, namespace: &str, bytes: usize) -> Result<Share, SourceError> {
        let mut taken = self.taken();
        let known = taken
            .by_namespace
            .get_key_value(namespace)
            .map(|(namespace, _)| Arc::clone(namespace));
        let namespace = known.unwrap_or_else(|| namespace.into());
        let before = taken.by_namespace.get(&namespace).copied().unwrap_or_default();
        let after = before.saturating_add(bytes);
        let above = taken.above - above(before) + above(after);
        if above > self.0.most && self::above(after) > 0 {
            return Err(SourceError::new(
                FailureKind::Refused,
                format!(
                    "there is no room for the {} of memory that it takes: pods of this node already read ConfigMaps of {} from its namespace, and namespaces share {} for \
                     what exceeds {} each; let pods read fewer or smaller ConfigMaps, or raise configMaps.memory",
                    human_size(bytes),
                    human_size(before),
                    human_size(self.0.most),
                    human_size(NAMESPACE_BYTES)
                ),
            ));
        }
        taken.by_namespace.insert(Arc::clone(&namespace), after);
        taken.above = above;
        drop(taken);
        Ok(Share(Some(Arc::new(Held {
            room: self.clone(),
            namespace,
            bytes,
        }))))
    }

    fn release(&self, namespace: &Arc<str>, bytes: usize) {
        let mut taken = self.taken();
        let Some(of_namespace) = taken.by_namespace.get_mut(namespace) else {
            return;
        };
        let before = *of_namespace;
        let after = before - bytes;
        *of_namespace = after;
        taken.above = taken.above - above(before) + above(after);
        if after == 0 {
            taken.by_namespace.remove(namespace);
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock()
    }
}

fn above(bytes: usize) -> usize {
    bytes.saturating_sub(NAMESPACE_BYTES)
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.release(&self.namespace, self.bytes);
    }
}

impl PartialEq for Share {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Share {}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn large_namespaces_share_what_small_ones_do_not_need() {
        let room = Room::new(8 * MIB);
        let large: Vec<Share> = (0..10).map(|_| room.reserve("large", MIB).unwrap()).collect();
        let error = room.reserve("large", MIB).unwrap_err();
        assert_eq!(error.kind, FailureKind::Refused);
        assert!(
            error.message.contains("ConfigMaps of 10 MiB from its namespace"),
            "{error}"
        );
        assert!(
            room.reserve("another", 2 * MIB + 1).is_err(),
            "a second large one has nothing left"
        );
        let _small: Vec<Share> = (0..100)
            .map(|namespace| room.reserve(&format!("small{namespace}"), 2 * MIB).unwrap())
            .collect();
        let clone = large[0].clone();
        drop(large);
        assert!(
            room.reserve("another", 9 * MIB).is_ok(),
            "a clone keeps its megabyte, which is below what a namespace always has"
        );
        drop(clone);
        assert_eq!(room.taken().by_namespace.len(), 100);
        assert_eq!(room.taken().above, 0);
    }

    #[test]
    fn what_is_too_large_for_all_is_refused() {
        let room = Room::new(8 * MIB);
        assert!(room.reserve("web", usize::MAX).is_err());
        assert!(room.taken().by_namespace.is_empty());
    }
}
