//! A real etcd and a real API server, for tests and for benchmarks.
//!
//! [`Cluster::start`] starts both in seconds, on ports of their own, with certificates of their own. The servers can be
//! killed, stopped and frozen ([`Server`]), etcd's history can be compacted, tokens expire when a test wants it, and
//! between a client and the API server there can be a [`Proxy`] that behaves as badly as a network does.
//!
//! With `PODWEAVE_E2E_KUBECONFIG` set, `start` connects to that cluster instead. What needs control over the servers is
//! an error there: ask [`Cluster::is_ours`], or let a test skip itself with [`Cluster::skips`].
//!
//! A `Cluster` belongs to no async runtime, so one serves all tests of a binary ([`shared`]); a `Proxy` and a client
//! belong to the runtime that made them.

#![allow(clippy::missing_errors_doc)]

mod api_server;
mod certificates;
mod cluster;
mod directory;
mod etcd;
mod kubeconfig;
mod metrics;
mod namespace;
mod objects;
mod ports;
mod proxy;
mod server;
mod tokens;

pub use cluster::{Cluster, KUBECONFIG_VARIABLE, shared};
pub use kubeconfig::Credentials;
pub use metrics::Metrics;
pub use namespace::Namespace;
pub use proxy::Proxy;
pub use server::Server;
