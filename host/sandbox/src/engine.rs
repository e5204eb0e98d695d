//! Creates the sandbox and its engine: one for a process, with the settings for compiling and running all
//! code.

use std::sync::OnceLock;

use podweave_core::component_limits::{
    self, CORE_INSTANCES, INSTANCE_BYTES, MEMORIES, TABLE_ELEMENTS, TABLES,
};
use podweave_core::digest::Digest;
use podweave_core::limits::MAX_MEMORY_BYTES;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bindings;
use crate::compiled::CodeKey;
use crate::host::State;
use crate::memory::{Memory, SMALL_RENDER_BYTES};
use crate::ticker::Ticker;

/// How instances get their memory. All kinds run the same compiled code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Mapped for each instance and unmapped after it. Needs no setup; for a process that renders a few
    /// times.
    OnDemand,
    /// Slots that are kept and reset. A render takes a third of the time; setting up takes some milliseconds.
    Pooling {
        /// Renders that can run at the same time.
        slots: u32,
    },
    /// Like [`Allocation::Pooling`] on a kernel without `pagemap_scan`, to measure the cost of such a kernel.
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

    /// Whether [`Allocation::Pooling`] resets only the pages that a render has touched: the kernel is 6.7 or
    /// newer.
    #[must_use]
    pub fn has_pagemap_scan() -> bool {
        PoolingAllocationConfig::is_pagemap_scan_available()
    }
}

/// Why the engine cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// wasmtime refuses this machine or these settings.
    #[error("the sandbox cannot run on this machine: {0}")]
    Engine(String),
    /// The clock thread cannot be started.
    #[error("cannot start the sandbox's clock thread; raise the limit of processes (ulimit -u)")]
    Thread(#[source] std::io::Error),
}

/// Loads plugins and renders with them.
///
/// # Examples
/// ```
/// use podweave_core::digest::Digest;
/// use podweave_sandbox::{Allocation, Sandbox};
///
/// let sandbox = Sandbox::new(Allocation::OnDemand)?;
/// // Compiled code is for one component and one engine; another process with the same engine can load it.
/// let key = sandbox.code_key(Digest::of(b"a component"));
/// assert_eq!(key, Sandbox::new(Allocation::OnDemand)?.code_key(key.component));
/// # Ok::<(), podweave_sandbox::SandboxError>(())
/// ```
pub struct Sandbox {
    pub(crate) engine: Engine,
    bare: Linker<State>,
    with_wasi: OnceLock<Linker<State>>,
    slots: Semaphore,
    pub(crate) memory: Option<Memory>,
    _ticker: Ticker,
}

impl Sandbox {
    /// Creates a sandbox; a process needs one.
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
        bindings::Plugin::add_to_linker::<State, wasmtime::component::HasSelf<State>>(&mut bare, |state| {
            state
        })
        .map_err(failed)?;
        let ticker = Ticker::start(&engine).map_err(SandboxError::Thread)?;
        Ok(Self {
            engine,
            bare,
            with_wasi: OnceLock::new(),
            slots: Semaphore::new(allocation.slots()),
            memory: None,
            _ticker: ticker,
        })
    }

    /// Limits the memory that all its renders take together, beside the limit of each. The default is no such
    /// limit.
    ///
    /// `bytes` are divided like this: each render of the pool has [`SMALL_RENDER_BYTES`] of them for itself,
    /// and the rest is for renders that need more. A render that may take more than the rest runs alone.
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> Self {
        let small = self.slots.available_permits().saturating_mul(SMALL_RENDER_BYTES);
        self.memory = Some(Memory::new(bytes.saturating_sub(small)));
        self
    }

    /// Waits for a place in the pool. Without a place, wasmtime would return an error, which is not the
    /// render's fault.
    pub(crate) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed, so a permit always comes.
        self.slots.acquire().await.ok()
    }

    /// Returns what plugins are linked with. Most plugins need no WASI, and a process with only such plugins
    /// never creates it.
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

    /// Distinguishes code of this engine from code of another version, other settings or other limits of
    /// components; for file names.
    #[must_use]
    pub fn engine_id(&self) -> String {
        engine_id(&self.engine)
    }

    /// Returns the key that the code of a component is bound to.
    #[must_use]
    pub fn code_key(&self, component: Digest) -> CodeKey {
        CodeKey {
            component,
            engine: self.engine_id(),
        }
    }
}

/// Returns the settings that compiled code depends on; the compiling child uses the same.
pub(crate) fn settings() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .memory_init_cow(true)
        // Otherwise the bits of a NaN would depend on the machine, and so would a render.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16))
        .max_wasm_stack(MAX_WASM_STACK)
        .async_stack_size(MAX_WASM_STACK + HOST_STACK);
    config
}

/// The largest stack of a guest; deep recursion ends as a stack overflow.
const MAX_WASM_STACK: usize = 512 * 1024;

/// The space on the same stack for host functions that the guest calls.
const HOST_STACK: usize = 512 * 1024;

/// Returns the settings of the compiling child: they give the same code, with an allocator that has no place
/// for any instance and checks each component against the table of [`component_limits`]. So no machine
/// compiles a component that some node would refuse.
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
        // Even with no slots, wasmtime refuses a component with more tables than the whole pool has.
        .total_tables(slots.max(1).saturating_mul(TABLES.count()))
        .total_stacks(slots)
        .max_core_instances_per_component(CORE_INSTANCES.count())
        .max_memories_per_component(MEMORIES.count())
        .max_memories_per_module(MEMORIES.count())
        .max_tables_per_component(TABLES.count())
        .max_tables_per_module(TABLES.count())
        // The limiter decides how much of it a plugin gets: the same on every machine, and different for some
        // plugins.
        .max_memory_size(MAX_MEMORY_BYTES)
        .table_elements(TABLE_ELEMENTS.most)
        .max_component_instance_size(INSTANCE_BYTES.most)
        .max_core_instance_size(INSTANCE_BYTES.most);
    if pagemap_scan {
        // With it, only the pages that a render has touched are reset; 256 to 512 KiB measured best.
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(512 * 1024)
            .table_keep_resident(64 * 1024);
    }
    pool
}

fn engine_id(engine: &Engine) -> String {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    // Existing code has been checked against these limits.
    for limit in component_limits::ALL {
        limit.most.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
