//! A signer of manifests, as `cosign sign --key` makes signatures.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podweave_core::digest::Digest;
use podweave_signature::{Artifact, Key, Policy};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey as _};
use serde_json::json;

pub struct Signer(KeyPair);

impl Signer {
    pub fn new() -> Self {
        Self(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    /// A policy that trusts only this signer.
    pub fn policy(&self) -> Arc<Policy> {
        let key = Key::from_pem("release", self.0.public_key_pem().as_bytes()).unwrap();
        Arc::new(Policy {
            keys: vec![key],
            certificates: None,
        })
    }

    pub fn sign(&self, manifest: &Digest) -> Artifact {
        let critical = json!({
            "identity": { "docker-reference": "registry.test/acme/web" },
            "image": { "docker-manifest-digest": manifest },
            "type": "cosign container image signature",
        });
        let payload = serde_json::to_vec(&json!({ "critical": critical, "optional": null })).unwrap();
        let signature = STANDARD.encode(self.0.sign(&payload).unwrap());
        Artifact::SimpleSigning {
            payload,
            signature,
            certificate: None,
            chain: None,
        }
    }
}
