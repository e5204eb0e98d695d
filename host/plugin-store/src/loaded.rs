//! The plugins that are in memory: each is made ready once, and those that nobody uses give way to others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use podweave_core::digest::Digest;
use podweave_sandbox::Plugin;
use tokio::sync::OnceCell;

use crate::shelf::Lease;

/// How many plugins stay in memory that nobody uses. From the disk they come back within milliseconds.
const IDLE: usize = 32;

/// A plugin in memory, and what keeps its code on disk.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub plugin: Plugin,
    pub lease: Option<Lease>,
}

impl Loaded {
    /// Whether somebody besides this table holds it.
    fn is_in_use(&self) -> bool {
        self.lease.as_ref().is_some_and(Lease::is_shared)
    }
}

/// Each is made ready under its own lock, so that one that takes long holds up nobody who wants another.
pub(crate) type Cell = Arc<OnceCell<Loaded>>;

#[derive(Default)]
pub(crate) struct LoadedPlugins(Mutex<Table>);

#[derive(Default)]
struct Table {
    cells: HashMap<Digest, (Cell, u64)>,
    uses: u64,
}

impl LoadedPlugins {
    /// The place of a plugin, which may be empty.
    pub(crate) fn cell(&self, digest: Digest) -> Cell {
        let mut table = self.lock();
        table.uses += 1;
        let now = table.uses;
        let (cell, used) = table.cells.entry(digest).or_default();
        *used = now;
        let cell = Arc::clone(cell);
        table.let_go();
        cell
    }

    /// A plugin that is here.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Loaded> {
        let mut table = self.lock();
        table.uses += 1;
        let now = table.uses;
        let (cell, used) = table.cells.get_mut(digest)?;
        *used = now;
        cell.get().cloned()
    }

    /// How many are here.
    pub(crate) fn count(&self) -> usize {
        self.lock().cells.values().filter(|(cell, _)| cell.initialized()).count()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // A table is whole between any two calls.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Forgets what was not used for longest, of what nobody uses. A place that is being filled is in use by who fills it.
    fn let_go(&mut self) {
        let mut idle: Vec<(u64, Digest)> = self
            .cells
            .iter()
            .filter(|(_, (cell, _))| Arc::strong_count(cell) == 1 && cell.get().is_none_or(|loaded| !loaded.is_in_use()))
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
