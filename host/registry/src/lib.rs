//! Talks to OCI registries: which digest a tag has, the component behind it, the signatures beside it; and puts them there.
//!
//! Registries are hostile, or somebody between is. The HTTP client that speaks to them reads answers without a limit, so
//! the conversation happens in a child process, which the kernel limits in memory, file size and CPU time, and which the parent
//! ends when its time is over:
//!
//! - [`RegistryClient`] is the parent's side: it starts one child for each endpoint and operation, and believes it nothing. Manifest and
//!   component are what their digests say, or they are refused here;
//! - [`run_child`] is the child's side, behind a command of the program. A child knows one endpoint and the credentials for that one alone;
//! - [`Access`] says where to ask: mirrors, then the registry itself, whom to trust, and with which [`Credentials`];
//! - [`DockerConfig`] finds credentials where people have them: docker's configuration, and pull Secrets;
//! - [`RegistryError`] says what went wrong where, and what to do.
//!
//! Invariants: credentials travel to the child over its standard input, and from there to the host that they are for, or to the token server that
//! this host names over TLS; they stand in no argument, environment variable, error or `{:?}`. Plain HTTP is spoken where [`Endpoint::plain_http`] is set.

mod access;
mod artifact;
mod child;
mod client;
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
pub use client::{Progress, Pulled, RegistryClient};
pub use credentials::Credentials;
pub use docker_config::{DockerConfig, DockerConfigError};
pub use failure::{Failure, RegistryError};
pub use helper::HelperError;
pub use limits::RegistryLimits;
