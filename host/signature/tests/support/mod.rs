//! Makes signers, authorities and signatures for the tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_core::digest::Digest;
use podweave_signature::{
    Artifact, CertificatePolicy, Identity, Key, Policy, Roots, SignatureError, Verified, verify,
};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, SigningKey as _, date_time_ymd,
};
use serde_json::{Value, json};

/// The name in the certificates that [`Authority::signer`] makes.
pub const IDENTITY: &str = "https://ci.acme.example/release";

/// A moment at which the certificates are valid.
pub fn now() -> SystemTime {
    at(2026, 11, 26)
}

/// Midnight at the beginning of a day.
pub fn at(year: i32, month: u8, day: u8) -> SystemTime {
    let seconds = date_time_ymd(year, month, day).unix_timestamp();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.try_into().expect("after 1970"))
}

pub fn manifest() -> Digest {
    Digest::of(b"the manifest")
}

pub fn other_manifest() -> Digest {
    Digest::of(b"another manifest")
}

/// A key of the most common kind.
pub fn key_pair() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

pub fn rsa_key_pair() -> KeyPair {
    KeyPair::from_pkcs8_pem_and_sign_algo(include_str!("keys/rsa-2048.pem"), &rcgen::PKCS_RSA_SHA256).unwrap()
}

/// A policy that trusts a key.
pub fn trusting(key: &KeyPair) -> Policy {
    Policy {
        keys: vec![Key::from_pem("release", key.public_key_pem().as_bytes()).unwrap()],
        certificates: None,
    }
}

/// A policy that trusts an authority's certificates for these identities.
pub fn trusting_certificates(roots: &str, identities: &[&str]) -> Policy {
    let identities = identities
        .iter()
        .map(|identity| Identity::parse(identity).unwrap())
        .collect();
    Policy {
        keys: Vec::new(),
        certificates: Some(CertificatePolicy {
            roots: Roots::from_pem(roots.as_bytes()).unwrap(),
            identities,
        }),
    }
}

pub fn signature(key: &KeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(message).unwrap()
}

/// The document that cosign's classic form signs.
pub fn payload(manifest: &Digest) -> Value {
    json!({
        "critical": {
            "identity": { "docker-reference": "registry.acme.example/web-config" },
            "image": { "docker-manifest-digest": manifest },
            "type": "cosign container image signature",
        },
        "optional": null,
    })
}

/// A signature in cosign's classic form.
pub fn simple_signing(key: &KeyPair, payload: &Value) -> Artifact {
    let payload = serde_json::to_vec(payload).unwrap();
    let signature = STANDARD.encode(signature(key, &payload));
    Artifact::SimpleSigning {
        payload,
        signature,
        certificate: None,
        chain: None,
    }
}

/// The same with certificates.
pub fn with_certificates(artifact: Artifact, certificate: &str, chain: &str) -> Artifact {
    match artifact {
        Artifact::SimpleSigning {
            payload, signature, ..
        } => Artifact::SimpleSigning {
            payload,
            signature,
            certificate: Some(certificate.to_owned()),
            chain: Some(chain.to_owned()),
        },
        Artifact::Bundle(_) => panic!("a bundle has its certificates inside"),
    }
}

/// The statement that cosign 3 signs.
pub fn statement(manifest: &Digest) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha256": manifest.hex() }, "annotations": {} }],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    })
}

/// A bundle as cosign 3 makes it; `material` is the verification material, which names the signer.
pub fn bundle_document(key: &KeyPair, statement: &Value, material: Value) -> Value {
    const TYPE: &str = "application/vnd.in-toto+json";
    let payload = serde_json::to_vec(statement).unwrap();
    let mut message = format!("DSSEv1 {} {TYPE} {} ", TYPE.len(), payload.len()).into_bytes();
    message.extend_from_slice(&payload);
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": material,
        "dsseEnvelope": {
            "payload": STANDARD.encode(&payload),
            "payloadType": TYPE,
            "signatures": [{ "sig": STANDARD.encode(signature(key, &message)) }],
        },
    })
}

pub fn bundle_of(document: &Value) -> Artifact {
    Artifact::Bundle(serde_json::to_vec(document).unwrap())
}

/// A bundle by a key.
pub fn bundle(key: &KeyPair, statement: &Value) -> Artifact {
    bundle_of(&bundle_document(
        key,
        statement,
        json!({ "publicKey": { "hint": "release" }, "tlogEntries": [] }),
    ))
}

/// A bundle by the holder of a certificate, as keyless signing makes it.
pub fn bundle_with_certificate(key: &KeyPair, statement: &Value, certificate: &Certificate) -> Artifact {
    bundle_of(&bundle_document(
        key,
        statement,
        json!({ "certificate": raw(certificate) }),
    ))
}

/// The same with a chain, as `cosign sign --certificate --certificate-chain` makes it.
pub fn bundle_with_certificates(key: &KeyPair, statement: &Value, chain: &[&Certificate]) -> Artifact {
    let chain: Vec<Value> = chain.iter().map(|certificate| raw(certificate)).collect();
    bundle_of(&bundle_document(
        key,
        statement,
        json!({ "x509CertificateChain": { "certificates": chain } }),
    ))
}

fn raw(certificate: &Certificate) -> Value {
    json!({ "rawBytes": STANDARD.encode(certificate.der()) })
}

/// An authority that issues certificates.
pub struct Authority {
    pub certificate: Certificate,
    pub issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn root(name: &str) -> Self {
        Self::root_with(name, |_| {})
    }

    pub fn root_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (mut params, key) = (authority(name), key_pair());
        change(&mut params);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    /// An authority below this one.
    pub fn intermediate(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (mut params, key) = (authority(name), key_pair());
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    /// A signer of plugins, whose certificate `change` can change.
    pub fn signer_with(&self, change: impl FnOnce(&mut CertificateParams)) -> (KeyPair, Certificate) {
        let (mut params, key) = (signer(), key_pair());
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (key, certificate)
    }

    /// A signer of plugins with the name [`IDENTITY`].
    pub fn signer(&self) -> (KeyPair, Certificate) {
        self.signer_with(|_| {})
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn signer() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "signer");
    params.subject_alt_names = vec![SanType::URI(IDENTITY.try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

/// Verifies one signature of the manifest.
pub fn verified(policy: &Policy, artifact: Artifact) -> Result<Verified, SignatureError> {
    verify(policy, &manifest(), &[artifact], now())
}

/// Verifies a signature and returns the signer.
pub fn signed_by(policy: &Policy, artifact: Artifact) -> String {
    verified(policy, artifact)
        .unwrap_or_else(|error| panic!("{error}"))
        .by
}

/// The message with which a signature is refused.
pub fn refused(policy: &Policy, artifact: Artifact) -> String {
    let message = verified(policy, artifact)
        .expect_err("the signature is refused")
        .to_string();
    assert!(
        !message.chars().any(podweave_core::text::is_unprintable),
        "{message:?}"
    );
    message
}

/// A signature of the manifest in each of the two forms.
pub fn in_both_forms(key: &KeyPair, manifest: &Digest) -> [Artifact; 2] {
    [
        simple_signing(key, &payload(manifest)),
        bundle(key, &statement(manifest)),
    ]
}
