//! cosign's signatures of a manifest as a registry stores them, not yet verified.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A signature from a registry. It is untrusted: everyone who can push to the registry can create one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Artifact {
    /// cosign's classic form: a layer of the image with the tag `sha256-HEX.sig`.
    SimpleSigning {
        /// The layer: a JSON document that names the manifest's digest.
        #[serde(with = "base64_text")]
        payload: Vec<u8>,
        /// The layer's annotation `dev.cosignproject.cosign/signature`, in base64.
        signature: String,
        /// The layer's annotation `dev.sigstore.cosign/certificate`, in PEM.
        certificate: Option<String>,
        /// The layer's annotation `dev.sigstore.cosign/chain`, in PEM.
        chain: Option<String>,
    },
    /// cosign 3: a Sigstore bundle (`application/vnd.dev.sigstore.bundle.v0.3+json`), attached as a referrer.
    Bundle(#[serde(with = "base64_text")] Vec<u8>),
}

impl fmt::Debug for Artifact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SimpleSigning {
                payload, certificate, ..
            } => formatter
                .debug_struct("SimpleSigning")
                .field("bytes", &payload.len())
                .field("has_certificate", &certificate.is_some())
                .finish_non_exhaustive(),
            Self::Bundle(bundle) => formatter
                .debug_struct("Bundle")
                .field("bytes", &bundle.len())
                .finish_non_exhaustive(),
        }
    }
}

/// Serializes bytes as base64; by default they would become a list of numbers in JSON.
mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(|_| de::Error::custom("not base64"))
    }
}
