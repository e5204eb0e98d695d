//! From a plugin's reference to a plugin that is ready to render, and may.
//!
//! 1. What a reference means: a name of the [`settings`] for a file or a registry's plugin, the name of a built-in plugin ([`BuiltIn`]), or a reference to a
//!    registry.
//! 2. A plugin of a registry is one that a rule of the [`trust`] policy allows; its tag is resolved, its component pulled and its signatures
//!    verified by `remote`, through `podweave_registry`. What was pulled is in the [`library`].
//! 3. A component is compiled once; its code is kept in the [`cache`], by the component's digest and the engine's version and settings.
//! 4. The plugin is in memory, on the terms that the policy gives it: [`Ready`].
//!
//! Whatever is asked for by many at once is done once (`flights`), what failed is not tried again at once (`back_off`; on a node not after a restart either:
//! `failures`), and the files of both directories are bounded (`shelf`): a [`Ready`] keeps those that it needs.

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
