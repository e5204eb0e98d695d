//! The protocol between parent and child: one line of JSON to the child, lines of JSON back.

use std::collections::BTreeMap;

use podweave_signature::Artifact;
use serde::{Deserialize, Serialize};

use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::limits::RegistryLimits;

/// The longest request. Most of it are certificates.
pub const REQUEST_BYTES: u64 = 16 * 1024 * 1024;

/// How many bytes of a component are transferred between two progress messages.
pub const PROGRESS_BYTES: u64 = 256 * 1024;

/// How many signatures are read, and how many bytes each of them may have.
pub const SIGNATURES: usize = 32;
pub const SIGNATURE_BYTES: u64 = 1024 * 1024;

/// How far a pull or push has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the component that were transferred.
    pub done: u64,
    /// Bytes of the component.
    pub total: u64,
}

/// A child's task, at one endpoint.
#[derive(Serialize, Deserialize)]
pub struct Request {
    pub host: String,
    pub plain_http: bool,
    /// The repository's name at the endpoint.
    pub repository: String,
    /// The registry that the endpoint mirrors, if it is a mirror.
    pub mirrored: Option<String>,
    pub credentials: Option<Credentials>,
    pub certificate_authorities: Vec<String>,
    pub limits: RegistryLimits,
    pub operation: Operation,
}

/// What to do. Digests are text here; the child parses them where it needs a
/// [`podweave_core::digest::Digest`].
#[derive(Serialize, Deserialize)]
pub enum Operation {
    Resolve {
        tag: String,
    },
    Pull {
        manifest: String,
    },
    Signatures {
        manifest: String,
    },
    Tags,
    Push {
        tag: String,
        manifest: String,
        blobs: Vec<NewBlob>,
        component: String,
        size: u64,
    },
}

/// A small blob that is pushed in addition to the component.
#[derive(Serialize, Deserialize)]
pub struct NewBlob {
    pub digest: String,
    pub text: String,
}

/// A message from the child. The last one is a result or a failure.
#[derive(Serialize, Deserialize)]
pub enum Message {
    Progress {
        done: u64,
        total: u64,
    },
    /// An attempt failed; there will be another one.
    Retrying(Failure),
    Resolved {
        manifest: String,
    },
    /// The component is in the file.
    Pulled {
        #[serde(with = "base64_text")]
        manifest: Vec<u8>,
    },
    Signatures(Vec<Artifact>),
    Tags(Vec<String>),
    Pushed,
    Failed(Failure),
}

/// Annotations of a manifest.
pub type Annotations = BTreeMap<String, String>;

/// Serializes bytes as base64; by default they would become a list of numbers.
mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(deserializer)?)
            .map_err(|_| de::Error::custom("not base64"))
    }
}
