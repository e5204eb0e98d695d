//! The engine: one for a process, with the settings under which all code is compiled and run.

use std::sync::OnceLock;

use podweave_core::component_limits::{self, CORE_INSTANCES, INSTANCE_BYTES, MEMORIES, TABLE_ELEMENTS, TABLES};
use podweave_core::digest::Digest;
use podweave_core::limits::MAX_MEMORY_BYTES;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bindings;
use crate::compiled::CodeKey;
use crate::host::State;
use crate::memory::{Memory, SMALL as SMALL_RENDER_BYTES};
use crate::ticker::Ticker;

/// How instances get their memory. All kinds run the same compiled code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Mapped for each instance and unmapped behind it: nothing to set up, for a process that renders a few times.
    OnDemand,
    /// Slots that are kept and reset: a third of the time for a render, and some milliseconds to set up.
    Pooling {
        /// Renders that can run at the same time.
        slots: u32,
    },
    /// As [`Allocation::Pooling`] is on a kernel without `pagemap_scan`, to measure what such a kernel costs.
    PoolingWithoutPagemapScan {
        /// Renders that can run at the same time.
        slots: u32,
    },
}

impl Allocation {
    fn slots(self) -> usize {
        match self {
            Self::OnDemand => Semaphore::MAX_PERMITS,
            Self::Pooling { slots } | Self::PoolingWithoutPagemapScan { slots } => slots as usize,
        }
    }

    /// Whether [`Allocation::Pooling`] resets only the pages that a render has touched: the kernel is 6.7 or newer.
    #[must_use]
    pub fn has_pagemap_scan() -> bool {
        PoolingAllocationConfig::is_pagemap_scan_available()
    }
}

/// The engine could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// wasmtime refuses this machine or these settings.
    #[error("the sandbox cannot run on this machine: {0}")]
    Engine(String),
    /// No thread could be started.
    #[error("the sandbox's clock thread could not be started: {0}; raise the limit of processes (ulimit -u)")]
    Thread(#[source] std::io::Error),
}

/// Where plugins are loaded and rendered.
pub struct Sandbox {
    pub(crate) engine: Engine,
    bare: Linker<State>,
    with_wasi: OnceLock<Linker<State>>,
    slots: Semaphore,
    pub(crate) memory: Option<Memory>,
    _ticker: Ticker,
}

impl Sandbox {
    /// A sandbox; a process needs one.
    ///
    /// # Errors
    /// The machine lacks what wasmtime needs, or no thread can be started.
    pub fn new(allocation: Allocation) -> Result<Self, SandboxError> {
        let failed = |error: wasmtime::Error| SandboxError::Engine(format!("{error:#}"));
        let mut config = settings();
        let pool = match allocation {
            Allocation::OnDemand => None,
            Allocation::Pooling { slots } => Some(pool(slots, Allocation::has_pagemap_scan())),
            Allocation::PoolingWithoutPagemapScan { slots } => Some(pool(slots, false)),
        };
        if let Some(pool) = pool {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        }
        let engine = Engine::new(&config).map_err(failed)?;
        let mut bare = Linker::new(&engine);
        bindings::Plugin::add_to_linker::<State, wasmtime::component::HasSelf<State>>(&mut bare, |state| state).map_err(failed)?;
        let ticker = Ticker::start(&engine).map_err(SandboxError::Thread)?;
        Ok(Self { engine, bare, with_wasi: OnceLock::new(), slots: Semaphore::new(allocation.slots()), memory: None, _ticker: ticker })
    }

    /// The same with a limit on the memory that all its renders take together, beside that of each. Without it there is none.
    ///
    /// `bytes` are shared so: each render of the pool has [`SMALL_RENDER_BYTES`] of them for itself, and what is left is for those that need
    /// more. One that may take more than that runs alone.
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> Self {
        let small = self.slots.available_permits().saturating_mul(SMALL_RENDER_BYTES);
        self.memory = Some(Memory::new(bytes.saturating_sub(small)));
        self
    }

    /// Waits for a place in the pool: an empty pool is an error of wasmtime's, and no render's fault.
    pub(crate) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed, so there is always one in the end.
        self.slots.acquire().await.ok()
    }

    /// What plugins are linked with. Most need no WASI, and a process that only has such never makes it.
    pub(crate) fn linker(&self, has_wasi: bool) -> wasmtime::Result<&Linker<State>> {
        if !has_wasi {
            return Ok(&self.bare);
        }
        if let Some(linker) = self.with_wasi.get() {
            return Ok(linker);
        }
        let mut linker = self.bare.clone();
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        Ok(self.with_wasi.get_or_init(|| linker))
    }

    /// What tells code of this engine from that of another version, other settings or other limits of components; for file names.
    #[must_use]
    pub fn engine_id(&self) -> String {
        engine_id(&self.engine)
    }

    /// What the code of a component is bound to.
    #[must_use]
    pub fn code_key(&self, component: Digest) -> CodeKey {
        CodeKey { component, engine: self.engine_id() }
    }
}

/// The settings that compiled code depends on; the compiling child uses the same.
pub(crate) fn settings() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .memory_init_cow(true)
        // The bits of a NaN would otherwise depend on the machine; a render must not.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16))
        .max_wasm_stack(MAX_WASM_STACK)
        .async_stack_size(MAX_WASM_STACK + HOST_STACK);
    config
}

/// What a guest's stack may take; deep recursion ends as a stack overflow.
const MAX_WASM_STACK: usize = 512 * 1024;

/// What host functions called from the guest may take on the same stack.
const HOST_STACK: usize = 512 * 1024;

/// The settings of the compiling child: the same code, and an allocator without a place for any instance, which holds each component that is compiled
/// against the table of [`component_limits`]. So a component that some node would refuse is compiled nowhere.
pub(crate) fn judging_settings() -> Config {
    let mut config = settings();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(0, false)));
    config
}

fn pool(slots: u32, pagemap_scan: bool) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES.count()))
        .total_memories(slots.saturating_mul(MEMORIES.count()))
        // wasmtime refuses a component with more tables than the whole pool has, with no slots, too.
        .total_tables(slots.max(1).saturating_mul(TABLES.count()))
        .total_stacks(slots)
        .max_core_instances_per_component(CORE_INSTANCES.count())
        .max_memories_per_component(MEMORIES.count())
        .max_memories_per_module(MEMORIES.count())
        .max_tables_per_component(TABLES.count())
        .max_tables_per_module(TABLES.count())
        // The limiter says how much of it a plugin gets: the same on every machine, and other for some plugins.
        .max_memory_size(MAX_MEMORY_BYTES)
        .table_elements(TABLE_ELEMENTS.most)
        .max_component_instance_size(INSTANCE_BYTES.most)
        .max_core_instance_size(INSTANCE_BYTES.most);
    if pagemap_scan {
        // With it only the pages that a render has touched are reset; measured best between 256 and 512 KiB.
        pool.pagemap_scan(Enabled::Yes).linear_memory_keep_resident(512 * 1024).table_keep_resident(64 * 1024);
    }
    pool
}

fn engine_id(engine: &Engine) -> String {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    // Code that is there has been held against them.
    for limit in component_limits::ALL {
        limit.most.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
