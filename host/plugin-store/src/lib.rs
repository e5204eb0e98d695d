//! Turns a plugin's reference into a plugin that is ready to render and allowed to run ([`Store::plugin`]).
//!
//! 1. A reference is a name from the [`settings`] for a file or a registry's plugin, the name of a built-in
//!    plugin ([`BuiltIn`]), or a reference to a registry.
//! 2. For a registry's plugin, `remote` finds the rule of the [`trust`] policy, resolves the tag, pulls the
//!    component and verifies its signatures, through `podweave_registry`. Pulled components are in the
//!    [`library`].
//! 3. A component is compiled once. Its code is in the [`cache`], by the component's digest and the engine's
//!    version and settings.
//! 4. The plugin is in memory, on the terms that the policy gives it: [`Ready`].
//!
//! Concurrent requests share their work (`flights`). Failed work is not retried at once (`back_off`; on a
//! node also not after a restart: `failures`). The files of both directories are bounded (`shelf`); a
//! [`Ready`] keeps those that it needs.

mod back_off;
mod built_in;
pub mod cache;
mod code;
mod component;
#[cfg(test)]
mod crash;
mod error;
mod event;
mod failures;
#[cfg(test)]
mod fault;
mod flights;
pub mod library;
mod loaded;
mod own_program;
mod ready;
pub mod registries;
mod registry;
mod remote;
pub mod settings;
mod shelf;
mod store;
pub mod trust;

pub use built_in::BuiltIn;
pub use component::Component;
pub use error::StoreError;
pub use event::{Event, Observer};
pub use own_program::own_program;
pub use ready::{Ready, Request};
pub use registry::Registry;
pub use shelf::Lease;
pub use store::{Parts, Store};
