//! Memory of one instance, summed over its memories and tables.

use wasmtime::ResourceLimiter;

use crate::error::Stop;

/// What a table's element takes of the host's memory.
const TABLE_ELEMENT_BYTES: usize = 8;

/// Sums what an instance takes; wasmtime's own `StoreLimits` counts each memory alone, so that a component with many of
/// them escapes it.
#[derive(Debug)]
pub struct MemoryLimiter {
    limit: usize,
    used: usize,
}

/// Core instances, tables and memories of one component. componentize-py's output, the largest known, has 25 instances.
const MAX_INSTANCES: usize = 100;
const MAX_TABLES: usize = 100;
const MAX_MEMORIES: usize = 20;

impl MemoryLimiter {
    pub fn new(limit: usize) -> Self {
        Self { limit, used: 0 }
    }

    /// What the instance has taken, in bytes. It gives nothing back.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Growth that is refused traps at once with its reason: a guest that got "no" would abort without one.
    fn grow(&mut self, bytes: usize) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(bytes);
        if used > self.limit {
            return Err(wasmtime::Error::new(Stop::Memory));
        }
        self.used = used;
        Ok(true)
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT_BYTES))
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES
    }

    fn tables(&self) -> usize {
        MAX_TABLES
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }
}
