//! How much of what a registry hands over is looked at.

/// Signatures of one manifest. Attestations count, too: a registry lists them beside signatures.
pub const ARTIFACTS: usize = 32;

/// Bytes of one signature with all that belongs to it.
pub const ARTIFACT_BYTES: usize = 1024 * 1024;

/// Certificates that come with one signature, the signer's own included.
pub const CERTIFICATES: usize = 8;

/// Bytes of one certificate: ten times the usual.
pub const CERTIFICATE_BYTES: usize = 16 * 1024;

/// Bytes of a policy's file of keys or certificates.
pub const PEM_BYTES: usize = 1024 * 1024;
