//! Turns a plugin's reference into a plugin that is ready to render and allowed to run ([`Store::plugin`]).
//!
//! A plugin's way, and the modules in its order:
//!
//! 1. `resolve`: a reference is a name from the [`settings`] for a file or a registry's plugin, the name of a
//!    built-in plugin ([`BuiltIn`]), or a reference to a registry. It leads to a [`Component`].
//! 2. `pull`, for a registry's plugin: the tag is resolved to a manifest, and its component is pulled through
//!    `podweave_registry` into the [`ArtifactStore`].
//! 3. `verify`: the rule of the [`trust`] policy allows the plugin, and its signatures satisfy the rule.
//!    `registry_plugins` does steps 2 and 3, and is the only one that hands out a registry's plugin.
//! 4. `compile`: a component is compiled once. Its code is in the [`CodeCache`], by the component's digest
//!    and the engine's version and settings.
//! 5. `load`: the code is loaded as a plugin, which stays in memory.
//!
//! The result is a [`ReadyPlugin`], with the terms that the policy gives it.
//!
//! Concurrent requests share their work (`singleflight`). Failed work is not retried at once
//! (`recent_failures`; on a node also not after a restart: `compile::failures`). The files on disk are
//! bounded (`disk_cache`); a [`ReadyPlugin`] keeps those that it needs.

mod compile;
#[cfg(test)]
mod crash;
mod disk_cache;
mod error;
mod event;
mod load;
mod own_program;
mod pull;
mod recent_failures;
mod registry_plugins;
mod request;
mod resolve;
pub mod settings;
mod singleflight;
mod store;
pub mod trust;
mod verify;

pub use compile::{CachedCode, CodeCache, CompiledCode, UnfinishedCode};
pub use disk_cache::Lease;
pub use error::StoreError;
pub use event::{Event, Observer};
pub use own_program::own_program;
pub use pull::{ArtifactRecord, ArtifactStore, GrantedTo, PullPolicy, Registry, TagRecord};
pub use request::{ReadyPlugin, Request};
pub use resolve::{BuiltIn, Component};
pub use store::{Store, StoreParts};
