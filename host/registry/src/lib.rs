//! A client for OCI registries: resolves tags, pulls and pushes components, lists tags and reads signatures.
//!
//! A registry, or an attacker on the network, can be hostile. The HTTP client reads answers without a limit.
//! So each operation runs in a child process, whose memory, file size and CPU time the kernel limits, and
//! which the parent kills when its time is over:
//!
//! - [`RegistryClient`] is the parent's side: it starts one child for each endpoint and operation, and does
//!   not trust it. It verifies the digests of manifest and component itself;
//! - [`run_child`] is the child's side, which a command of the program calls. A child gets one endpoint and
//!   only the credentials for it;
//! - [`Access`] says where to ask: mirrors, then the registry itself, with which certificate authorities and
//!   [`Credentials`];
//! - [`DockerConfig`] finds credentials in Docker's configuration and in pull Secrets;
//! - [`RegistryError`] says what failed, where, and what to do.
//!
//! Invariants: credentials go to the child over its standard input, and from there to the host that they are
//! for, or to the token server that this host names over TLS. No argument, environment variable, error or
//! `{:?}` contains them. Plain HTTP is used only where [`Endpoint::plain_http`] is set.
//! docs/decisions/011-registry-and-signature-crates.md says why this is a crate of its own.

mod access;
mod artifact;
mod child;
mod client;
mod content;
mod conversation;
mod credentials;
mod docker_config;
mod failure;
mod helper;
mod limits;
mod protocol;

pub use access::{Access, Endpoint};
pub use artifact::{MANIFEST_BYTES, NewArtifact};
pub use child::run_child;
pub use client::{Pulled, RegistryClient};
pub use credentials::Credentials;
pub use docker_config::{DockerConfig, DockerConfigError};
pub use failure::{Failure, RegistryError};
pub use helper::HelperError;
pub use limits::RegistryLimits;
pub use protocol::Progress;
