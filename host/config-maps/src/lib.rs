//! ConfigMaps for many pods, as fresh as promised, from memory.
//!
//! A [`ConfigMaps`] manager knows which pods refer to which ConfigMaps. It keeps what is referred to, by one of three
//! [`Strategy`]s, and answers [`ConfigMaps::get`] out of memory wherever it can: also while the API server is slow,
//! restarting or gone, and then says how old the answer is. The kubelet's managers (`pkg/kubelet/util/manager`) are the
//! reference: same semantics, and each place where this one differs says so.
//!
//! The way through the crate:
//!
//! 1. [`source`] is where ConfigMaps come from: [`api_server`], [`manifests`], or a test's own;
//! 2. `knowledge` is what is known of one ConfigMap, and the rule that nobody is ever shown anything older than before;
//!    `entry` shares it with those who ask and wait;
//! 3. `registry` counts who refers to it, and [`room`] what all take of memory;
//! 4. `strategy` keeps entries fresh: `strategy::watching` by a watch, `strategy::reading` by reads;
//! 5. [`manager`] is the interface to all of it, [`changes`] the stream of what changed, [`metrics`] the figures.
//!
//! Invariants: a request to the source never holds a lock, and no lock is held while waiting. There is at most one read
//! and one watch for one ConfigMap at a time. Time comes from tokio's clock, so that a test can own it.

pub mod api_server;
pub mod changes;
mod entries;
mod entry;
mod error;
mod knowledge;
pub mod manager;
pub mod manifests;
pub mod metrics;
pub mod name;
pub mod object;
mod registry;
pub mod room;
pub mod source;
mod strategy;
mod sweep;
pub mod ttl;

pub use error::GetError;
pub use manager::{Answer, ConfigMaps, Options, PodConfigMaps, PodIdentity, Want};
pub use name::NamespacedName;
pub use strategy::Strategy;
