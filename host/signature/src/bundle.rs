//! Reads cosign 3's signatures: a Sigstore bundle with an in-toto statement in a DSSE envelope.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_core::digest::Digest;
use rustls_pki_types::CertificateDer;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::certificate::CertificateRefusal;
use crate::limits::CERTIFICATES;
use crate::refusal::Refusal;

/// The version that cosign 3 writes, in its two spellings.
const MEDIA_TYPES: [&str; 2] = [
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
];
const STATEMENT_MEDIA_TYPE: &str = "application/vnd.in-toto+json";
const STATEMENT_TYPES: [&str; 2] = [
    "https://in-toto.io/Statement/v1",
    "https://in-toto.io/Statement/v0.1",
];
/// The predicate of `cosign sign`. Any other one, such as a list of vulnerabilities, is an attestation: it
/// says something about the plugin, but does not approve it.
const SIGNATURE_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: String,
    verification_material: Material,
    dsse_envelope: Option<Envelope>,
    message_signature: Option<IgnoredAny>,
}

/// A bundle only hints at its public key, so each trusted key is tried. Transparency log entries and
/// timestamps are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    certificate: Option<RawCertificate>,
    x509_certificate_chain: Option<RawChain>,
}

#[derive(Deserialize)]
struct RawChain {
    certificates: Vec<RawCertificate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCertificate {
    raw_bytes: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    predicate_type: String,
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    digest: BTreeMap<String, String>,
}

/// The content of a bundle, not verified.
pub(crate) struct Bundle {
    /// The signed statement.
    pub statement: Vec<u8>,
    pub signature: Vec<u8>,
    pub certificates: Result<Vec<CertificateDer<'static>>, CertificateRefusal>,
}

impl Bundle {
    pub fn read(bundle: &[u8]) -> Result<Self, Refusal> {
        let document: Document =
            serde_json::from_slice(bundle).map_err(|error| Refusal::malformed("the bundle", &error))?;
        if !MEDIA_TYPES.contains(&document.media_type.as_str()) {
            return Err(Refusal::OtherBundle(document.media_type));
        }
        let envelope = match (document.dsse_envelope, document.message_signature) {
            (Some(envelope), None) => envelope,
            (None, Some(IgnoredAny)) => return Err(Refusal::Message),
            _ => {
                return Err(Refusal::malformed(
                    "the bundle",
                    &"it has no dsseEnvelope, or a messageSignature in addition to it",
                ));
            }
        };
        if envelope.payload_type != STATEMENT_MEDIA_TYPE {
            return Err(Refusal::OtherKind(envelope.payload_type));
        }
        let [EnvelopeSignature { sig }] = envelope.signatures.as_slice() else {
            return Err(Refusal::malformed(
                "the bundle",
                &format_args!("it has {} signatures instead of one", envelope.signatures.len()),
            ));
        };
        Ok(Self {
            statement: decode("the statement", &envelope.payload)?,
            signature: decode("the signature", sig)?,
            certificates: document.verification_material.certificates(),
        })
    }

    /// The bytes that were signed: DSSE's pre-authentication encoding.
    pub fn message(&self) -> Vec<u8> {
        let mut message = format!(
            "DSSEv1 {} {STATEMENT_MEDIA_TYPE} {} ",
            STATEMENT_MEDIA_TYPE.len(),
            self.statement.len()
        )
        .into_bytes();
        message.extend_from_slice(&self.statement);
        message
    }
}

impl Material {
    fn certificates(self) -> Result<Vec<CertificateDer<'static>>, CertificateRefusal> {
        let chain = self.certificate.into_iter().chain(
            self.x509_certificate_chain
                .into_iter()
                .flat_map(|chain| chain.certificates),
        );
        let mut certificates = Vec::new();
        for RawCertificate { raw_bytes } in chain {
            if certificates.len() == CERTIFICATES {
                return Err(CertificateRefusal::TooMany);
            }
            certificates.push(
                STANDARD
                    .decode(raw_bytes)
                    .map_err(|_| CertificateRefusal::Malformed("it is not base64".to_owned()))?
                    .into(),
            );
        }
        Ok(certificates)
    }
}

/// Checks that a statement whose signature is valid is for this manifest.
pub(crate) fn check_subject(statement: &[u8], manifest: &Digest) -> Result<(), Refusal> {
    let statement: Statement = serde_json::from_slice(statement)
        .map_err(|error| Refusal::malformed("the signed document", &error))?;
    if !STATEMENT_TYPES.contains(&statement.kind.as_str()) {
        return Err(Refusal::OtherKind(statement.kind));
    }
    if statement.predicate_type != SIGNATURE_PREDICATE {
        return Err(Refusal::OtherKind(statement.predicate_type));
    }
    let digests: Vec<&str> = statement
        .subject
        .iter()
        .filter_map(|subject| subject.digest.get("sha256"))
        .map(String::as_str)
        .collect();
    if digests.contains(&manifest.hex().as_str()) {
        Ok(())
    } else {
        Err(Refusal::OtherManifest(
            digests
                .first()
                .map_or_else(String::new, |digest| format!("sha256:{digest}")),
        ))
    }
}

/// Decodes bytes from base64.
fn decode(what: &'static str, text: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD
        .decode(text)
        .map_err(|_| Refusal::malformed(what, &"it is not base64"))
}
