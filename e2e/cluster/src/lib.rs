//! A real etcd, a real API server and real nodes, for tests and for benchmarks.
//!
//! [`Cluster::start`] starts the servers in seconds, on ports of their own, with certificates of their own. They can be
//! killed, stopped and frozen ([`Server`]), etcd's history can be compacted, tokens expire when a test wants it, and
//! between a client and the API server there can be a [`Proxy`] that behaves as badly as a network does.
//!
//! [`Node::start`] adds containerd and a kubelet, which run pods ([`Node::run`]) from images that are made here ([`Image`]). Between
//! containerd and a plugin there can be an [`NriProxy`] that harms either at a chosen step of a chosen call. A node needs root
//! and namespaces of its own (`tools/in-namespace`).
//!
//! With `PODWEAVE_E2E_KUBECONFIG` set, `Cluster::start` connects to that cluster instead. What needs control over the servers is
//! an error there: ask [`Cluster::is_ours`], or let a test skip itself with [`Cluster::skips`].
//!
//! A `Cluster` and a `Node` belong to no async runtime, so one serves all tests of a binary ([`shared`]); a `Proxy` and a client
//! belong to the runtime that made them.

#![allow(clippy::missing_errors_doc)]

mod api_server;
mod apply;
mod certificates;
mod claim;
mod cluster;
mod containerd;
mod control_group;
mod crowd;
mod directory;
mod etcd;
mod image;
mod kubeconfig;
mod kubelet;
mod load;
mod metrics;
mod namespace;
mod network;
mod node;
mod nri_proxy;
mod objects;
mod pod;
mod podweave;
mod ports;
mod programs;
mod proxy;
mod remains;
mod request;
mod server;
mod tokens;

pub use cluster::{Cluster, KUBECONFIG_VARIABLE, shared};
pub use crowd::Crowd;
pub use image::Image;
pub use kubeconfig::Credentials;
pub use load::{Load, Plugin};
pub use metrics::Metrics;
pub use namespace::Namespace;
pub use node::{Node, NodeOptions};
pub use nri_proxy::{Calls, Harm, NriProxy, Step, Strike, Struck};
pub use pod::RunningPod;
pub use podweave::{Podweave, PodweaveOptions};
pub use proxy::Proxy;
pub use request::Answer;
pub use server::Server;
