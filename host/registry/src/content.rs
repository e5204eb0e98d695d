//! Verifies content by its digest and size: neither a registry nor a child is trusted.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use podweave_core::digest::Digest;
use sha2::{Digest as _, Sha256};

use crate::artifact::Layer;
use crate::failure::Failure;

/// Checks that content has the expected digest.
pub(crate) fn matches(actual: &Digest, expected: &Digest, what: &str) -> Result<(), Failure> {
    if actual == expected {
        return Ok(());
    }
    Err(Failure::WrongDigest {
        what: what.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}

/// The digest and size of a file's content.
pub(crate) async fn measured(file: &File, limit: u64) -> Result<Layer, Failure> {
    let file = file
        .try_clone()
        .map_err(|error| Failure::File(error.to_string()))?;
    let measuring = tokio::task::spawn_blocking(move || {
        let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 256 * 1024]);
        loop {
            let count = file
                .read_at(&mut buffer, size)
                .map_err(|error| Failure::File(error.to_string()))?;
            if count == 0 {
                return Ok(Layer {
                    digest: Digest::from_bytes(hash.finalize().into()),
                    size,
                });
            }
            size += count as u64;
            if size > limit {
                return Err(Failure::TooLarge {
                    what: "component".to_owned(),
                    size,
                    limit,
                });
            }
            hash.update(&buffer[..count]);
        }
    });
    measuring
        .await
        .map_err(|error| Failure::File(error.to_string()))?
}
