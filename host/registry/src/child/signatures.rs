//! Reads a manifest's cosign signatures, in the classic form and in that of cosign 3.

use futures_util::StreamExt as _;
use podweave_signature::Artifact;

use crate::artifact::{Descriptor, Manifest};
use crate::child::connection::Connection;
use crate::child::verdict::{of_client, of_stream};
use crate::failure::Failure;
use crate::protocol::{Message, SIGNATURE_BYTES, SIGNATURES};

const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// Followed by a version.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const CHAIN: &str = "dev.sigstore.cosign/chain";

pub async fn read(connection: &Connection<'_>, manifest: &str) -> Result<Message, Failure> {
    let mut signatures = classic(connection, manifest).await?;
    match bundles(connection, manifest, SIGNATURES - signatures.len()).await {
        Ok(bundles) => signatures.extend(bundles),
        // Registries without the referrers API answer in many ways.
        Err(failure) if failure.may_pass() || signatures.is_empty() => return Err(failure),
        Err(_) => {}
    }
    Ok(Message::Signatures(signatures))
}

/// The layers of the manifest with the tag `sha256-HEX.sig`.
async fn classic(connection: &Connection<'_>, manifest: &str) -> Result<Vec<Artifact>, Failure> {
    let tag = format!("{}.sig", manifest.replace(':', "-"));
    let Some(manifest) = if_present(connection.manifest(&connection.by_tag(&tag)).await)? else {
        return Ok(Vec::new());
    };
    let layers = Manifest::parse(&manifest)?.layers.unwrap_or_default();
    let mut signatures = Vec::new();
    for layer in layers
        .into_iter()
        .filter(|layer| layer.media_type == SIMPLE_SIGNING)
        .take(SIGNATURES)
    {
        let mut annotations = layer.annotations.clone().unwrap_or_default();
        let Some(signature) = annotations.remove(SIGNATURE) else {
            continue;
        };
        if let Some(payload) = usable(blob(connection, &layer).await)? {
            signatures.push(Artifact::SimpleSigning {
                payload,
                signature,
                certificate: annotations.remove(CERTIFICATE),
                chain: annotations.remove(CHAIN),
            });
        }
    }
    Ok(signatures)
}

/// The bundles among the manifest's referrers.
async fn bundles(
    connection: &Connection<'_>,
    manifest: &str,
    at_most: usize,
) -> Result<Vec<Artifact>, Failure> {
    let index = connection
        .client
        .pull_referrers(&connection.by_digest(manifest), None)
        .await;
    let index =
        index.map_err(|error| of_client(&error, "list of referrers", connection.with_credentials()))?;
    let is_bundle = |kind: &str| kind.starts_with(BUNDLE);
    let referrers = index
        .manifests
        .into_iter()
        .filter(|entry| entry.artifact_type.as_deref().is_some_and(is_bundle));
    let mut bundles = Vec::new();
    for referrer in referrers.take(at_most) {
        let Some(manifest) = usable(connection.manifest(&connection.by_digest(&referrer.digest)).await)?
        else {
            continue;
        };
        let Ok(Manifest {
            layers: Some(layers), ..
        }) = Manifest::parse(&manifest)
        else {
            continue;
        };
        let Some(layer) = layers.iter().find(|layer| is_bundle(&layer.media_type)) else {
            continue;
        };
        bundles.extend(usable(blob(connection, layer).await)?.map(Artifact::Bundle));
    }
    Ok(bundles)
}

async fn blob(connection: &Connection<'_>, layer: &Descriptor) -> Result<Vec<u8>, Failure> {
    const WHAT: &str = "signature";
    let too_large = |size| Failure::TooLarge {
        what: WHAT.to_owned(),
        size,
        limit: SIGNATURE_BYTES,
    };
    if layer.size > SIGNATURE_BYTES {
        return Err(too_large(layer.size));
    }
    let stream = connection
        .client
        .pull_blob_stream(&connection.by_digest(&layer.digest), layer.digest.as_str())
        .await;
    let mut stream = stream.map_err(|error| of_client(&error, WHAT, connection.with_credentials()))?;
    let mut bytes = Vec::new();
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part.map_err(|error| of_stream(&error, WHAT))?);
        if bytes.len() as u64 > SIGNATURE_BYTES {
            return Err(too_large(bytes.len() as u64));
        }
    }
    Ok(bytes)
}

fn if_present<T>(read: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Skips a broken signature: it must not hide the valid ones, and everyone who can push can add one.
fn usable<T>(read: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(failure) if failure.may_pass() => Err(failure),
        Err(_) => Ok(None),
    }
}
