//! Why a signature is not acceptable.

use std::fmt;

use podweave_core::text;

use crate::certificate::CertificateRefusal;
use crate::limits::ARTIFACT_BYTES;

/// How many characters of untrusted text one refusal shows.
const SHOWN: usize = 120;

/// Why one signature is not acceptable. The message names keys and certificates, and shows little of the
/// untrusted text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The signature is larger than the limit.
    #[error("it has more than {} KiB", ARTIFACT_BYTES / 1024)]
    TooLarge,
    /// Invalid base64, JSON or PEM.
    #[error("cannot read {what}: {why}")]
    Malformed {
        /// The part that cannot be read.
        what: &'static str,
        /// The parser's error.
        why: String,
    },
    /// A bundle in another version of the format.
    #[error("it is a bundle of another kind than v0.3 ({}); sign it with cosign 3", shown(.0))]
    OtherBundle(String),
    /// A bare signature, such as `cosign sign-blob` makes.
    #[error(
        "it is a signature without a statement (messageSignature); sign the plugin in the registry: cosign sign"
    )]
    Message,
    /// It was not made by a trusted signer.
    #[error("{0}")]
    Untrusted(Untrusted),
    /// An attestation, or a signature for something else than images.
    #[error("it is not a cosign signature but {}", shown(.0))]
    OtherKind(String),
    /// A trusted signer made it for another manifest.
    #[error("it is valid, but for another manifest ({}): it was moved or copied; sign this one", shown(.0))]
    OtherManifest(String),
}

impl Refusal {
    pub(crate) fn malformed(what: &'static str, why: &dyn fmt::Display) -> Self {
        Self::Malformed {
            what,
            why: text::printable(&why.to_string(), SHOWN),
        }
    }
}

fn shown(text: &str) -> String {
    text::printable(text, SHOWN)
}

/// Why a signature was not made by a trusted signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    /// The names of the trusted keys. The signature is by none of them.
    pub keys: Vec<String>,
    /// Why its certificate is not acceptable, if the policy trusts certificates and the signature has one.
    pub certificate: Option<CertificateRefusal>,
    /// Whether the policy trusts certificates.
    pub takes_certificates: bool,
    /// Whether one of the keys is an Ed25519 key, with which cosign may have signed in a form that is not
    /// supported (Ed25519ph).
    pub has_ed25519: bool,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.keys.is_empty() {
            write!(
                formatter,
                "no trusted key made it ({})",
                text::list(self.keys.iter().map(String::as_str))
            )?;
        }
        let separator = if self.keys.is_empty() { "" } else { ", and " };
        match &self.certificate {
            Some(refusal) => write!(formatter, "{separator}{refusal}"),
            None if self.takes_certificates => write!(formatter, "{separator}it has no certificate"),
            None => Ok(()),
        }?;
        if self.has_ed25519 {
            write!(
                formatter,
                " (with Ed25519 keys, cosign 3 signs in a form that is not verified here, Ed25519ph; use an ECDSA or RSA key)"
            )?;
        }
        Ok(())
    }
}
