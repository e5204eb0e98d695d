//! Finds entries by name without a lock, an allocation, or a write to memory that threads share.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::entry::Entry;
use podweave_core::identity::NamespacedName;

/// With 5,000 entries, a change copies some 80 pointers.
const SHARDS: usize = 64;

/// All entries. Readers see one table or the next; a writer copies the part that it changes.
///
/// Invariant: there is one writer at a time, which holds the lock of `references`.
pub(crate) struct Entries {
    shards: [ArcSwap<HashTable<Arc<Entry>>>; SHARDS],
    hasher: RandomState,
}

impl Default for Entries {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| ArcSwap::default()),
            hasher: RandomState::default(),
        }
    }
}

impl Entries {
    /// Finds an entry and calls `look` with it.
    pub(crate) fn with<T>(
        &self,
        namespace: &str,
        name: &str,
        look: impl FnOnce(&Arc<Entry>) -> T,
    ) -> Option<T> {
        let hash = self.hash(namespace, name);
        let shard = self.shard(hash).load();
        shard
            .find(hash, |entry| {
                entry.name.name == name && entry.name.namespace == namespace
            })
            .map(look)
    }

    /// Returns the entry of this name, or a new one.
    pub(crate) fn get_or_insert(
        &self,
        name: Arc<NamespacedName>,
        new: impl FnOnce(Arc<NamespacedName>) -> Entry,
    ) -> Arc<Entry> {
        if let Some(entry) = self.with(&name.namespace, &name.name, Arc::clone) {
            return entry;
        }
        let entry = Arc::new(new(name));
        let hash = self.hash_of(&entry.name);
        self.change(hash, |shard| {
            shard.insert_unique(hash, Arc::clone(&entry), |entry| self.hash_of(&entry.name));
        });
        entry
    }

    pub(crate) fn remove(&self, name: &NamespacedName) -> Option<Arc<Entry>> {
        let hash = self.hash_of(name);
        let mut removed = None;
        self.change(hash, |shard| {
            removed = shard
                .find_entry(hash, |entry| *entry.name == *name)
                .ok()
                .map(|found| found.remove().0)
        });
        removed
    }

    /// Calls `look` with all entries, in no particular order.
    pub(crate) fn for_each(&self, mut look: impl FnMut(&Arc<Entry>)) {
        for shard in &self.shards {
            shard.load().iter().for_each(&mut look);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.load().len()).sum()
    }

    fn change(&self, hash: u64, change: impl FnOnce(&mut HashTable<Arc<Entry>>)) {
        let shard = self.shard(hash);
        let mut table = HashTable::clone(&shard.load());
        change(&mut table);
        shard.store(Arc::new(table));
    }

    fn shard(&self, hash: u64) -> &ArcSwap<HashTable<Arc<Entry>>> {
        // hashbrown uses bits from both ends of the hash.
        &self.shards[(hash >> 32) as usize % SHARDS]
    }

    fn hash_of(&self, name: &NamespacedName) -> u64 {
        self.hash(&name.namespace, &name.name)
    }

    fn hash(&self, namespace: &str, name: &str) -> u64 {
        self.hasher.hash_one((namespace, name))
    }
}
