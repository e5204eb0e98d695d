//! Keeps plugins in memory: each is loaded once, and unused ones are dropped when there are too many.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use podweave_core::digest::Digest;
use podweave_sandbox::Plugin;
use tokio::sync::OnceCell;

use crate::disk_cache::Lease;

/// How many unused plugins stay in memory. Loading one from disk again takes milliseconds.
const IDLE: usize = 32;

/// A plugin in memory, with the lease on its code on disk.
#[derive(Clone)]
pub(crate) struct LoadedPlugin {
    pub plugin: Plugin,
    pub lease: Option<Lease>,
}

impl LoadedPlugin {
    /// Whether anything besides this table holds it.
    fn is_in_use(&self) -> bool {
        self.lease.as_ref().is_some_and(Lease::is_shared)
    }
}

/// A slot with its own lock, so that a plugin that takes long to load does not delay others.
pub(crate) type Cell = Arc<OnceCell<LoadedPlugin>>;

/// The plugins in memory, by their components' digests.
#[derive(Default)]
pub(crate) struct LoadedPlugins(Mutex<Table>);

#[derive(Default)]
struct Table {
    cells: HashMap<Digest, (Cell, u64)>,
    uses: u64,
}

impl LoadedPlugins {
    /// Returns the slot of a plugin, which may be empty.
    pub(crate) fn cell(&self, digest: Digest) -> Cell {
        let mut table = self.0.lock();
        table.uses += 1;
        let now = table.uses;
        let (cell, used) = table.cells.entry(digest).or_default();
        *used = now;
        let cell = Arc::clone(cell);
        table.let_go();
        cell
    }

    /// Returns a plugin if it is loaded.
    pub(crate) fn get(&self, digest: &Digest) -> Option<LoadedPlugin> {
        let mut table = self.0.lock();
        table.uses += 1;
        let now = table.uses;
        let (cell, used) = table.cells.get_mut(digest)?;
        *used = now;
        cell.get().cloned()
    }

    /// The number of loaded plugins.
    pub(crate) fn count(&self) -> usize {
        self.0
            .lock()
            .cells
            .values()
            .filter(|(cell, _)| cell.initialized())
            .count()
    }
}

impl Table {
    /// Drops the least recently used of the unused plugins. A slot that is being filled counts as used.
    fn let_go(&mut self) {
        let mut idle: Vec<(u64, Digest)> = self
            .cells
            .iter()
            .filter(|(_, (cell, _))| {
                Arc::strong_count(cell) == 1 && cell.get().is_none_or(|loaded| !loaded.is_in_use())
            })
            .map(|(digest, (_, used))| (*used, *digest))
            .collect();
        if idle.len() > IDLE {
            idle.sort_unstable_by_key(|(used, _)| *used);
            for (_, digest) in &idle[..idle.len() - IDLE] {
                self.cells.remove(digest);
            }
        }
    }
}
