//! The sandbox in which plugins render: wasmtime, narrowed to what a podweave plugin needs and may do.
//!
//! - [`compile`] turns a component into native code, in a child process with limits, since Cranelift has none;
//! - [`compiled`] is such code as a file that is only loaded if it is whole and this engine's;
//! - [`Sandbox`] loads it as a [`Plugin`], and renders: a fresh instance each time, with limits on time, memory, copied
//!   bytes and log, no WASI for guests that need none, and a deterministic WASI for those that do;
//! - [`inspect`] tells what a component is and what the sandbox would refuse of it.
//!
//! Invariant: whatever a guest does ends in one [`RenderError`] within its limits, and the next render works.

mod bindings;
pub mod compile;
pub mod compiled;
mod contract;
mod engine;
mod error;
mod host;
mod initializers;
pub mod inspect;
mod limiter;
mod log;
mod memory;
mod plugin;
mod render;
mod ticker;
mod wasi;

pub use engine::{Allocation, Sandbox, SandboxError};
pub use error::{Failure, RenderError, Trap};
pub use log::{Level, Line};
pub use memory::SMALL as SMALL_RENDER_BYTES;
pub use plugin::{LoadError, Plugin};
pub use render::Outcome;
