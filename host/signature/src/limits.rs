//! Limits on the signatures of a registry that are verified.

/// Signatures of one manifest. Attestations count, too: a registry lists them together with signatures.
pub const ARTIFACTS: usize = 32;

/// Bytes of one signature with its payload and certificates.
pub const ARTIFACT_BYTES: usize = 1024 * 1024;

/// Certificates of one signature, including the signer's own.
pub const CERTIFICATES: usize = 8;

/// Bytes of one certificate: ten times a usual one.
pub const CERTIFICATE_BYTES: usize = 16 * 1024;

/// Bytes of a policy's file of keys or certificates.
pub const PEM_BYTES: usize = 1024 * 1024;
