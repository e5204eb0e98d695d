//! Provides ConfigMaps to many pods from memory, as fresh as promised.
//!
//! A [`ConfigMaps`] manager knows which pods refer to which ConfigMaps. It keeps the referenced ones, by one
//! of three [`Strategy`]s, and answers [`ConfigMaps::get`] from memory if it can: also while the API server
//! is slow, restarting or unreachable, and then says how old the answer is. The kubelet's managers
//! (`pkg/kubelet/util/manager`) are the reference: the semantics are the same, and each difference is
//! documented where it is.
//!
//! The modules:
//!
//! 1. [`source`] is where ConfigMaps come from: the API server (the crate `podweave-api-server`),
//!    [`manifests`], or a test's own;
//! 2. `knowledge` is what is known of one ConfigMap, and ensures that no caller sees an older version than
//!    before; `entry` shares it with the callers that ask and wait;
//! 3. `references` counts the pods that refer to it, and [`room`] limits the memory of all ConfigMaps;
//! 4. `strategy` keeps entries fresh: `strategy::watching` by a watch, `strategy::reading` by reads, and
//!    `sweep` ends idle watches;
//! 5. `shared` answers Gets; [`manager`] is the interface to all of it, [`changes`] the stream of all
//!    changes, [`follower`] that of followed ConfigMaps, `hub` and `followed` what is behind both, and `metrics`
//!    and `scrape` what Prometheus sees.
//!
//! Invariants: a request to the source never holds a lock, and no lock is held while waiting. There is at
//! most one read and one watch for one ConfigMap at a time. Time comes from tokio's clock, so that a test can
//! control it (docs/decisions/003-tokio-test-clock.md).
//!
//! # Memory
//!
//! One ConfigMap of 1000 bytes takes 3.8 to 4.4 kB beyond its bytes, its watch of the API server included; in
//! the kubelet's watch manager it takes 45.7 kB (docs/performance.md). Content is there once, however many
//! pods refer to it: an [`Answer`] and a [`PodConfigMaps`] share it. A Get that is answered at once allocates
//! nothing. A ConfigMap is dropped when the last pod that refers to it is unregistered, or with the manager.
//! Sources that cannot trust the sizes of what they read reserve memory in [`room`] first; the API server's
//! does.

pub mod changes;
mod entries;
mod entry;
mod error;
mod followed;
pub mod follower;
mod hub;
mod knowledge;
pub mod manager;
pub mod manifests;
mod metrics;
pub mod object;
mod references;
pub mod room;
mod scrape;
mod shared;
pub mod source;
mod source_error;
mod strategy;
mod sweep;
pub mod ttl;
mod version;

pub use error::GetError;
pub use follower::Follower;
pub use manager::{ConfigMaps, PodConfigMaps};
pub use podweave_core::identity::{NamespacedName, PodIdentity};
pub use shared::{Answer, Want};
pub use strategy::{Options, Strategy};
pub use version::Version;
