//! Verifies that a manifest is signed by a signer whom a policy trusts.

use std::borrow::Cow;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_core::digest::Digest;
use podweave_core::text;
use rustls_pki_types::CertificateDer;

use crate::Artifact;
use crate::bundle::{self, Bundle};
use crate::certificate::{CertificatePolicy, CertificateRefusal, chain_from_pem};
use crate::key::Key;
use crate::limits::{ARTIFACT_BYTES, ARTIFACTS};
use crate::refusal::{Refusal, Untrusted};
use crate::simple_signing;

/// The longest error message. It must fit into a Kubernetes Event together with the object's name.
const MESSAGE_BYTES: usize = 900;

/// The trusted signers. One valid signature by any of them suffices.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Trusted keys.
    pub keys: Vec<Key>,
    /// Trusted holders of certificates.
    pub certificates: Option<CertificatePolicy>,
}

/// A manifest with a valid signature by a trusted signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The name of the key, or the identity in the certificate.
    pub by: String,
}

/// Why a manifest does not count as signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The policy trusts no signer.
    #[error(
        "signatures are required, but no signer is trusted; configure a key, or certificate roots and identities"
    )]
    NobodyTrusted,
    /// The manifest has no signature.
    #[error("{manifest} is not signed; sign it: cosign sign --key KEY REPOSITORY@{manifest}")]
    Unsigned {
        /// The manifest.
        manifest: Digest,
    },
    /// The manifest has signatures, but none is acceptable.
    #[error("{}", describe(manifest, refusals, *ignored))]
    Refused {
        /// The manifest.
        manifest: Digest,
        /// For each signature, why it is not acceptable.
        refusals: Vec<Refusal>,
        /// How many signatures beyond the limit were not verified.
        ignored: usize,
    },
}

/// Verifies that one of the artifacts is a signature of the manifest by a signer whom the policy trusts, as
/// of `now`.
///
/// # Errors
///
/// For each signature, why it is not acceptable.
///
/// # Examples
/// ```
/// use std::time::SystemTime;
///
/// use podweave_core::digest::Digest;
/// use podweave_signature::{Key, Policy, SignatureError, verify};
///
/// let key = Key::from_pem(
///     "release.pub",
///     b"-----BEGIN PUBLIC KEY-----
/// MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1js/AZT9z9v9Ob4/EMbIPm6hYf21
/// 5dtZ9540gNNRKdaW2dNYzudSCegRPRVpfOR5iC9qk8Yx3rqTMKoysZE06Q==
/// -----END PUBLIC KEY-----",
/// )?;
/// let policy = Policy {
///     keys: vec![key],
///     certificates: None,
/// };
/// let manifest = Digest::of(b"the manifest");
/// let refused = verify(&policy, &manifest, &[], SystemTime::now());
/// assert_eq!(refused, Err(SignatureError::Unsigned { manifest }));
/// # Ok::<(), podweave_signature::KeyError>(())
/// ```
pub fn verify(
    policy: &Policy,
    manifest: &Digest,
    artifacts: &[Artifact],
    now: SystemTime,
) -> Result<Verified, SignatureError> {
    if policy.keys.is_empty()
        && policy
            .certificates
            .as_ref()
            .is_none_or(|certificates| certificates.identities.is_empty())
    {
        return Err(SignatureError::NobodyTrusted);
    }
    if artifacts.is_empty() {
        return Err(SignatureError::Unsigned { manifest: *manifest });
    }
    let mut refusals = Vec::new();
    for artifact in artifacts.iter().take(ARTIFACTS) {
        match policy.verify(artifact, manifest, now) {
            Ok(by) => return Ok(Verified { by: by.to_owned() }),
            Err(refusal) => refusals.push(refusal),
        }
    }
    Err(SignatureError::Refused {
        manifest: *manifest,
        refusals,
        ignored: artifacts.len().saturating_sub(ARTIFACTS),
    })
}

/// A signature and the content that it is for, not verified.
struct Signed<'a> {
    message: Cow<'a, [u8]>,
    signature: Vec<u8>,
    /// The signer's own first. An error here does not matter if a trusted key made the signature.
    certificates: Result<Vec<CertificateDer<'static>>, CertificateRefusal>,
    subject: Subject<'a>,
}

/// The signed document, in one of its two forms.
enum Subject<'a> {
    SimpleSigning(&'a [u8]),
    Statement(Vec<u8>),
}

impl<'a> Signed<'a> {
    fn read(artifact: &'a Artifact) -> Result<Self, Refusal> {
        match artifact {
            Artifact::SimpleSigning {
                payload,
                signature,
                certificate,
                chain,
            } => {
                let parts = [
                    certificate.as_deref().unwrap_or_default(),
                    chain.as_deref().unwrap_or_default(),
                ];
                if payload.len() + signature.len() + parts[0].len() + parts[1].len() > ARTIFACT_BYTES {
                    return Err(Refusal::TooLarge);
                }
                let signature = STANDARD
                    .decode(signature)
                    .map_err(|_| Refusal::malformed("the signature", &"it is not base64"))?;
                Ok(Self {
                    message: Cow::Borrowed(payload),
                    signature,
                    certificates: chain_from_pem(&parts),
                    subject: Subject::SimpleSigning(payload),
                })
            }
            Artifact::Bundle(bytes) if bytes.len() > ARTIFACT_BYTES => Err(Refusal::TooLarge),
            Artifact::Bundle(bytes) => {
                let bundle = Bundle::read(bytes)?;
                let message = Cow::Owned(bundle.message());
                Ok(Self {
                    message,
                    signature: bundle.signature,
                    certificates: bundle.certificates,
                    subject: Subject::Statement(bundle.statement),
                })
            }
        }
    }
}

impl Policy {
    /// Verifies the signature before it parses the signed document.
    fn verify(&self, artifact: &Artifact, manifest: &Digest, now: SystemTime) -> Result<&str, Refusal> {
        let signed = Signed::read(artifact)?;
        let by = self.signer(&signed, now).map_err(Refusal::Untrusted)?;
        match &signed.subject {
            Subject::SimpleSigning(payload) => simple_signing::check_subject(payload, manifest)?,
            Subject::Statement(statement) => bundle::check_subject(statement, manifest)?,
        }
        Ok(by)
    }

    fn signer(&self, signed: &Signed<'_>, now: SystemTime) -> Result<&str, Untrusted> {
        if let Some(key) = self
            .keys
            .iter()
            .find(|key| key.verifies(&signed.message, &signed.signature))
        {
            return Ok(key.name());
        }
        let certificate = match (&self.certificates, &signed.certificates) {
            (None, _) => None,
            (Some(_), Ok(chain)) if chain.is_empty() => None,
            (Some(policy), Ok(chain)) => {
                match policy.signer(chain, &signed.message, &signed.signature, now) {
                    Ok(identity) => return Ok(identity.as_str()),
                    Err(refusal) => Some(refusal),
                }
            }
            (Some(_), Err(refusal)) => Some(refusal.clone()),
        };
        Err(Untrusted {
            keys: self.keys.iter().map(|key| key.name().to_owned()).collect(),
            certificate,
            takes_certificates: self.certificates.is_some(),
            has_ed25519: self.keys.iter().any(Key::is_ed25519),
        })
    }
}

/// Describes all refusals in one line, equal ones only once.
fn describe(manifest: &Digest, refusals: &[Refusal], ignored: usize) -> String {
    let mut groups: Vec<(String, usize)> = Vec::new();
    for refusal in refusals {
        let refusal = refusal.to_string();
        match groups.iter_mut().find(|(other, _)| *other == refusal) {
            Some((_, count)) => *count += 1,
            None => groups.push((refusal, 1)),
        }
    }
    let mut message = match refusals.len() {
        1 => format!("the signature of {manifest} is not acceptable: "),
        count => format!("none of the {count} signatures of {manifest} is acceptable: "),
    };
    for (index, (refusal, count)) in groups.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        let times = if *count == 1 {
            String::new()
        } else {
            format!("{count} times ")
        };
        message.push_str(&format!("{separator}{times}{refusal}"));
    }
    if ignored > 0 {
        message.push_str(&format!(
            "; {ignored} more were not verified: remove those that are not needed"
        ));
    }
    text::printable(&message, MESSAGE_BYTES)
}
