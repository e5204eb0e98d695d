//! A real registry on loopback, and the real programs that others push, pull and sign with: docker-registry, oras, wkg and cosign.
//!
//! `tools/build-registry-peers` provides them. Nothing here needs root or a network: a [`Registry`] listens on a port of its own, and is gone
//! when it is dropped, or when the test's process dies. [`Peers`] runs programs in a home directory of their own.

mod authority;
mod htpasswd;
mod peers;
mod programs;
mod registry;
mod tokens;

pub use authority::{Authority, Signer};
pub use peers::{Peers, Run};
pub use registry::{Options, Registry};

/// Who may push and pull where a registry asks for it.
pub const USER: (&str, &str) = ("web-team", "correct horse battery staple");
