//! Reads cosign's classic signatures: a signed JSON document that names the manifest's digest.

use podweave_core::digest::Digest;
use serde::Deserialize;

use crate::refusal::Refusal;

const KIND: &str = "cosign container image signature";

#[derive(Deserialize)]
struct Document {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// Checks that a document whose signature is valid is for this manifest.
pub(crate) fn check_subject(payload: &[u8], manifest: &Digest) -> Result<(), Refusal> {
    let Document { critical } =
        serde_json::from_slice(payload).map_err(|error| Refusal::malformed("the signed document", &error))?;
    if critical.kind != KIND {
        return Err(Refusal::OtherKind(critical.kind));
    }
    if critical.image.digest != manifest.to_string() {
        return Err(Refusal::OtherManifest(critical.image.digest));
    }
    Ok(())
}
