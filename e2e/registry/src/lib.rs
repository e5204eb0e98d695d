//! Runs a real registry on loopback, and real programs that push, pull and sign: docker-registry, oras, wkg
//! and cosign.
//!
//! `tools/build-registry-peers` builds them. Nothing here needs root or a network: a [`Registry`] listens on
//! its own port and stops when it is dropped, or when the test's process dies. [`Peers`] runs programs in
//! their own home directory.

mod authority;
mod htpasswd;
mod peers;
mod programs;
mod registry;
mod tokens;

pub use authority::{Authority, Signer};
pub use peers::{Peers, Run};
pub use registry::{Options, Registry};

/// The name and password of the user who can push to and pull from registries with authentication.
pub const USER: (&str, &str) = ("web-team", "correct horse battery staple");
