//! Verifies cosign signatures of a plugin's manifest, without I/O, network access or a clock.
//!
//! [`Artifact`]s come from a registry and are untrusted: everyone who can push there can create them.
//! [`verify`] says whether one of them is a signature of the manifest by a key, or by the holder of a
//! certificate, that a [`Policy`] trusts.
//!
//! Both forms of cosign are supported: the classic one (a signed document that names the digest) and that of
//! cosign 3 (a Sigstore bundle with an in-toto statement). Attestations do not count as signatures.
//!
//! Invariants: signed content is parsed only after its signature was verified with a trusted key or
//! certificate. Everything has a limit ([`limits`]), and no input causes a panic. Certificates are verified
//! as of the time that the caller passes. Transparency logs, timestamps and lists of revoked certificates are
//! not used. docs/decisions/012-signatures-without-sigstore.md says why this is not the crate `sigstore`.

mod artifact;
mod bundle;
mod certificate;
mod identity;
mod key;
pub mod limits;
mod refusal;
mod simple_signing;
mod verification;

pub use artifact::Artifact;
pub use certificate::{CertificatePolicy, CertificateRefusal, Roots, RootsError};
pub use identity::Identity;
pub use key::{Key, KeyError};
pub use refusal::{Refusal, Untrusted};
pub use verification::{Policy, SignatureError, Verified, verify};
