//! Pulls a component into its file, and resumes interrupted downloads.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use futures_util::StreamExt as _;
use oci_client::client::BlobResponse;

use crate::artifact::{Layer, component_layer};
use crate::child::Speaker;
use crate::child::connection::Connection;
use crate::child::connector::Connector;
use crate::child::retry::Patience;
use crate::child::verdict::{of_client, of_stream};
use crate::failure::Failure;
use crate::protocol::{Message, PROGRESS_BYTES};

const WHAT: &str = "component";

pub async fn pull(
    connector: &Connector<'_>,
    manifest: &str,
    file: &File,
    patience: &mut Patience<'_>,
    speaker: &Speaker,
) -> Result<Message, Failure> {
    let (mut connection, manifest) = patience
        .with(async || {
            let connection = connector.connect(false).await?;
            let manifest = connection.manifest(&connection.by_digest(manifest)).await?;
            Ok((connection, manifest))
        })
        .await?;
    let layer = component_layer(&manifest, connector.request.limits.component_bytes)?;
    file.set_len(0).map_err(of_file)?;
    let mut download = Download {
        layer,
        file,
        speaker,
        done: 0,
    };
    while let Err(failure) = download.go_on(&connection).await {
        patience.wait(failure).await?;
        // The token may have expired in the meantime.
        connection = patience.with(async || connector.connect(false).await).await?;
    }
    Ok(Message::Pulled { manifest })
}

fn of_file(error: std::io::Error) -> Failure {
    Failure::File(error.to_string())
}

struct Download<'a> {
    layer: Layer,
    file: &'a File,
    speaker: &'a Speaker,
    done: u64,
}

impl Download<'_> {
    async fn go_on(&mut self, connection: &Connection<'_>) -> Result<(), Failure> {
        let digest = self.layer.digest.to_string();
        let reference = connection.by_digest(&digest);
        let failed = |error| of_client(&error, WHAT, connection.with_credentials());
        let mut stream = if self.done == 0 {
            connection
                .client
                .pull_blob_stream(&reference, digest.as_str())
                .await
                .map_err(failed)?
        } else {
            match connection
                .client
                .pull_blob_stream_partial(&reference, digest.as_str(), self.done, None)
                .await
                .map_err(failed)
            {
                Ok(BlobResponse::Partial(rest)) => rest,
                Ok(BlobResponse::Full(stream)) => {
                    self.begin_anew()?;
                    stream
                }
                Err(failure) if failure.may_pass() => return Err(failure),
                Err(_) => {
                    self.begin_anew()?;
                    return Err(Failure::Cut("cannot resume the interrupted download".to_owned()));
                }
            }
        };
        while self.done < self.layer.size || self.layer.size == 0 {
            let short = self.done < self.layer.size;
            match stream.next().await {
                None if short => return Err(self.cut()),
                None => return Ok(()),
                // Too few bytes have a wrong digest: report the cut, which can be retried.
                Some(Err(error)) => {
                    return Err(match of_stream(&error, WHAT) {
                        Failure::WrongDigest { .. } if short => self.cut(),
                        failure => failure,
                    });
                }
                Some(Ok(bytes)) => self.take(&bytes)?,
            }
        }
        // Do not read any further bytes. The parent verifies the digest.
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let done = self.done + bytes.len() as u64;
        if done > self.layer.size {
            return Err(Failure::TooLarge {
                what: "downloaded component".to_owned(),
                size: done,
                limit: self.layer.size,
            });
        }
        self.file.write_all_at(bytes, self.done).map_err(of_file)?;
        if done / PROGRESS_BYTES > self.done / PROGRESS_BYTES || done == self.layer.size {
            self.speaker.say(&Message::Progress {
                done,
                total: self.layer.size,
            });
        }
        self.done = done;
        Ok(())
    }

    fn cut(&self) -> Failure {
        Failure::Cut(format!(
            "it ended after {} of {} bytes",
            self.done, self.layer.size
        ))
    }

    fn begin_anew(&mut self) -> Result<(), Failure> {
        self.done = 0;
        self.file.set_len(0).map_err(of_file)
    }
}
