//! Runs plugins in a sandbox: wasmtime, restricted to what a podweave plugin needs and may do.
//!
//! - [`compile`] turns a component into native code, in a child process with limits, since Cranelift has
//!   none;
//! - [`compiled`] checks files of such code, which are loaded only if they are whole and belong to this
//!   engine;
//! - [`Sandbox`] loads it as a [`Plugin`], and renders: with a fresh instance each time, with limits on time,
//!   memory, copied bytes and log, no WASI for guests that need none, and a deterministic WASI for those that
//!   do;
//! - [`inspect`] describes a component and says what the sandbox would refuse.
//!
//! Invariant: everything that a guest does ends in one [`RenderError`] within its limits, and the next render
//! works.

mod bindings;
pub mod compile;
pub mod compiled;
mod contract;
mod engine;
mod error;
mod host;
mod initializers;
pub mod inspect;
mod interface;
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
pub use memory::SMALL_RENDER_BYTES;
pub use plugin::{LoadError, Plugin};
pub use render::Outcome;
