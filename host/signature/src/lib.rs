//! Verifies cosign signatures of a plugin's manifest: pure, without I/O, network or a clock of its own.
//!
//! A registry hands over [`Artifact`]s: whoever may write there may have made them. [`verify`] says whether one of them is a signature of the
//! manifest by a key, or by the holder of a certificate, whom a [`Policy`] trusts.
//!
//! Both forms of cosign are read: the classic one (a signed document that names the digest) and that of cosign 3 (a Sigstore bundle with an
//! in-toto statement). Attestations are not taken for signatures.
//!
//! Invariants: what a signature is for is read only after the signature was found to be by somebody who is trusted. Everything has a limit
//! ([`limits`]), and no input makes it panic. Certificates are verified as of the time that the caller gives: there is no transparency log,
//! no timestamp, and no list of revoked certificates.

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
