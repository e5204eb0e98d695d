//! The engine: one for a process, with the settings under which all code is compiled and run.

use std::sync::OnceLock;

use podweave_core::limits::Limits;
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bindings;
use crate::host::State;
use crate::ticker::Ticker;

/// How instances get their memory. Both kinds run the same compiled code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Mapped for each instance and unmapped behind it: nothing to set up, for a process that renders a few times.
    OnDemand,
    /// Slots that are kept and reset: a third of the time for a render, and some milliseconds to set up.
    Pooling {
        /// Renders that can run at the same time.
        slots: u32,
    },
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
    _ticker: Ticker,
}

impl Sandbox {
    /// A sandbox; a process needs one.
    ///
    /// # Errors
    /// The machine lacks what wasmtime needs, or no thread can be started.
    pub fn new(allocation: Allocation, limits: &Limits) -> Result<Self, SandboxError> {
        let failed = |error: wasmtime::Error| SandboxError::Engine(format!("{error:#}"));
        let mut config = settings();
        if let Allocation::Pooling { slots } = allocation {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(slots, limits)));
        }
        let engine = Engine::new(&config).map_err(failed)?;
        let mut bare = Linker::new(&engine);
        bindings::Plugin::add_to_linker::<State, wasmtime::component::HasSelf<State>>(&mut bare, |state| state).map_err(failed)?;
        let ticker = Ticker::start(&engine).map_err(SandboxError::Thread)?;
        Ok(Self { engine, bare, with_wasi: OnceLock::new(), _ticker: ticker })
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

    /// What tells code of this engine from that of another version or other settings; for file names.
    #[must_use]
    pub fn engine_id(&self) -> String {
        engine_id(&self.engine)
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

fn pool(slots: u32, limits: &Limits) -> PoolingAllocationConfig {
    // A component of many core modules (Python) takes many of these from the pool for one render.
    const CORE_INSTANCES: u32 = 32;
    const MEMORIES: u32 = 2;
    const TABLES: u32 = 4;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES))
        .total_memories(slots.saturating_mul(MEMORIES))
        .total_tables(slots.saturating_mul(TABLES))
        .total_stacks(slots)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memory_size(limits.memory_bytes)
        .table_elements(64 * 1024)
        .max_component_instance_size(4 * 1024 * 1024)
        .max_core_instance_size(4 * 1024 * 1024);
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        // With it only the pages that a render has touched are reset; measured best between 256 and 512 KiB.
        pool.pagemap_scan(Enabled::Yes).linear_memory_keep_resident(512 * 1024).table_keep_resident(64 * 1024);
    }
    pool
}

pub(crate) fn engine_id(engine: &Engine) -> String {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
