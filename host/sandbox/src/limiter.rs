//! Limits the memory of one instance, summed over its memories and tables.

use podweave_core::component_limits::{CORE_INSTANCES, MEMORIES, TABLE_ELEMENTS, TABLES};
use wasmtime::ResourceLimiter;

use crate::error::Stop;

/// Bytes of the host's memory for one element of a table.
const TABLE_ELEMENT_BYTES: usize = 8;

/// Sums what an instance takes. wasmtime's own `StoreLimits` limits each memory separately, so a component
/// with many memories would evade it.
#[derive(Debug)]
pub struct MemoryLimiter {
    limit: usize,
    used: usize,
}

impl MemoryLimiter {
    pub fn new(limit: usize) -> Self {
        Self { limit, used: 0 }
    }

    /// Returns how many bytes the instance has taken. An instance never gives memory back.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Refused growth traps at once with its reason: a guest that only got "no" would abort without one.
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
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS.most {
            // A pool has no room for more, and what a guest sees must not depend on whether there is a pool.
            return Err(wasmtime::Error::new(Stop::TableElements));
        }
        self.grow(
            desired
                .saturating_sub(current)
                .saturating_mul(TABLE_ELEMENT_BYTES),
        )
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES.most
    }

    fn tables(&self) -> usize {
        TABLES.most
    }

    fn memories(&self) -> usize {
        MEMORIES.most
    }
}
