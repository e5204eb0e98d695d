//! Pushes a component: the blobs that the registry lacks, then the manifest, so that a tag never refers to an
//! incomplete artifact.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::HeaderValue;
use oci_client::Reference;
use oci_client::errors::OciDistributionError;

use crate::artifact::MANIFEST;
use crate::child::Speaker;
use crate::child::connection::Connection;
use crate::child::connector::Connector;
use crate::child::retry::Patience;
use crate::child::verdict::of_client;
use crate::failure::Failure;
use crate::protocol::{Message, Operation, PROGRESS_BYTES};

pub async fn push(
    connector: &Connector<'_>,
    file: &File,
    patience: &mut Patience<'_>,
    speaker: &Speaker,
) -> Result<Message, Failure> {
    let Operation::Push {
        tag,
        manifest,
        blobs,
        component,
        size,
    } = &connector.request.operation
    else {
        return Err(Failure::Request("this is not a push".to_owned()));
    };
    patience
        .with(async || {
            let connection = connector.connect(true).await?;
            let reference = connection.by_tag(tag);
            let failed = |error: OciDistributionError, what: &str| {
                of_client(&error, what, connection.with_credentials())
            };
            for blob in blobs {
                if !exists(&connection, &reference, &blob.digest).await? {
                    let bytes = Bytes::copy_from_slice(blob.text.as_bytes());
                    let once = stream::iter([Ok(bytes)]);
                    let pushed = connection
                        .client
                        .push_blob_stream(&reference, once, &blob.digest, Some(blob.text.len() as u64))
                        .await;
                    pushed.map_err(|error| failed(error, "configuration"))?;
                }
            }
            if !exists(&connection, &reference, component).await? {
                let chunks = chunks(file, *size, speaker)?;
                let pushed = connection
                    .client
                    .push_blob_stream(&reference, chunks, component, Some(*size))
                    .await;
                pushed.map_err(|error| failed(error, "component"))?;
            }
            speaker.say(&Message::Progress {
                done: *size,
                total: *size,
            });
            let pushed = connection
                .client
                .push_manifest_raw(
                    &reference,
                    manifest.clone().into_bytes(),
                    HeaderValue::from_static(MANIFEST),
                )
                .await;
            pushed.map_err(|error| failed(error, "manifest"))?;
            Ok(Message::Pushed)
        })
        .await
}

/// Whether the registry has a blob. If it gives no clear answer, the blob is pushed again.
async fn exists(connection: &Connection<'_>, reference: &Reference, digest: &str) -> Result<bool, Failure> {
    match connection.client.blob_exists(reference, digest).await {
        Ok(exists) => Ok(exists),
        Err(error) => match of_client(&error, "repository", connection.with_credentials()) {
            failure if failure.may_pass() => Err(failure),
            _ => Ok(false),
        },
    }
}

/// Reads the component in chunks and reports progress for each.
fn chunks(
    file: &File,
    size: u64,
    speaker: &Speaker,
) -> Result<impl Stream<Item = Result<Bytes, OciDistributionError>> + Send + 'static, Failure> {
    let file = file
        .try_clone()
        .map_err(|error| Failure::File(error.to_string()))?;
    let speaker = speaker.clone();
    Ok(stream::try_unfold(0, move |done: u64| {
        let read = (|| {
            let wanted = size.saturating_sub(done).min(PROGRESS_BYTES);
            let mut bytes = vec![0; usize::try_from(wanted).unwrap_or_default()];
            file.read_exact_at(&mut bytes, done)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            speaker.say(&Message::Progress { done, total: size });
            Ok(Some((Bytes::from(bytes), done + wanted)))
        })();
        std::future::ready(read)
    }))
}
