//! A real etcd, a real API server and real nodes, for tests and for benchmarks.
//!
//! [`Cluster::start`] starts the servers in seconds, with their own ports and certificates. Tests can kill,
//! stop and freeze them ([`Server`]), compact etcd's history, let tokens expire, and put a [`Proxy`] between
//! a client and the API server that fails in the ways networks do.
//!
//! [`Node::start`] adds containerd and a kubelet, which run pods ([`Node::run`]) from images that are built
//! here ([`Image`]). An [`NriProxy`] between containerd and a plugin can harm either at a chosen step of a
//! chosen call. A node needs root and its own namespaces (`tools/in-namespace`).
//!
//! With `PODWEAVE_E2E_KUBECONFIG` set, `Cluster::start` connects to that cluster instead. Calls that need
//! control over the servers fail there: check [`Cluster::is_ours`], or let a test skip itself with
//! [`Cluster::skips`].
//!
//! A `Cluster` and a `Node` do not belong to an async runtime, so one serves all tests of a binary
//! ([`shared`]). A `Proxy` and a client belong to the runtime that created them.

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
mod pod_status;
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
