//! Verifies cosign signatures of a manifest: pure, without I/O, network or a clock of its own.

mod artifact;

pub use artifact::Artifact;
