//! Writes an image as a tar for `ctr images import`: the [image layout] of OCI, with one layer.
//!
//! [image layout]: https://github.com/opencontainers/image-spec/blob/main/image-layout.md

use std::fmt::Write;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::{Image, Item};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIGURATION: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// A blob of the layout, named by its digest.
struct Blob {
    media_type: &'static str,
    digest: String,
    contents: Vec<u8>,
}

impl Blob {
    fn new(media_type: &'static str, contents: Vec<u8>) -> Self {
        let digest = Sha256::digest(&contents)
            .iter()
            .fold(String::new(), |mut digest, byte| {
                // Writing to a String does not fail.
                let _ = write!(digest, "{byte:02x}");
                digest
            });
        Self {
            media_type,
            digest,
            contents,
        }
    }

    fn descriptor(&self) -> Value {
        json!({ "mediaType": self.media_type, "digest": format!("sha256:{}", self.digest), "size": self.contents.len() })
    }
}

impl Image {
    /// Writes it as a tar.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        self.write_layout(file).with_context(|| {
            format!(
                "cannot write the image {} to {}",
                self.names.join(", "),
                file.display()
            )
        })
    }

    fn write_layout(&self, file: &Path) -> Result<()> {
        let layer = Blob::new(LAYER, self.layer()?);
        let configuration = json!({
            "architecture": architecture(),
            "os": "linux",
            "config": { "Entrypoint": self.entry_point, "Env": self.env, "User": self.user },
            "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", layer.digest)] },
        });
        let configuration = Blob::new(CONFIGURATION, configuration.to_string().into_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": configuration.descriptor(),
            "layers": [layer.descriptor()],
        });
        let manifest = Blob::new(MANIFEST, manifest.to_string().into_bytes());
        let manifests = self.names.iter().map(|name| {
            let mut descriptor = manifest.descriptor();
            descriptor["annotations"] = json!({ "io.containerd.image.name": name });
            descriptor
        });
        let index = json!({ "schemaVersion": 2, "manifests": manifests.collect::<Vec<_>>() });

        let mut tar = Builder::new(File::create(file)?);
        append(
            &mut tar,
            "oci-layout",
            EntryType::Regular,
            0o644,
            json!({ "imageLayoutVersion": "1.0.0" }).to_string().as_bytes(),
        )?;
        append(
            &mut tar,
            "index.json",
            EntryType::Regular,
            0o644,
            index.to_string().as_bytes(),
        )?;
        for blob in [&manifest, &configuration, &layer] {
            append(
                &mut tar,
                &format!("blobs/sha256/{}", blob.digest),
                EntryType::Regular,
                0o644,
                &blob.contents,
            )?;
        }
        tar.into_inner()?;
        Ok(())
    }

    fn layer(&self) -> Result<Vec<u8>> {
        let mut tar = Builder::new(Vec::new());
        // Sorted, so that directories come before their contents.
        for (path, item) in &self.contents {
            match item {
                Item::Directory { mode } => {
                    append(&mut tar, &format!("{path}/"), EntryType::Directory, *mode, &[])?
                }
                Item::File { contents, mode } => append(&mut tar, path, EntryType::Regular, *mode, contents)?,
                Item::Link { target } => {
                    let mut header = header(EntryType::Symlink, 0o777, 0);
                    tar.append_link(&mut header, path, target)?;
                }
            }
        }
        Ok(tar.into_inner()?)
    }
}

/// The architecture's name in images.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn header(kind: EntryType, mode: u32, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size as u64);
    header
}

fn append<W: std::io::Write>(
    tar: &mut Builder<W>,
    path: &str,
    kind: EntryType,
    mode: u32,
    contents: &[u8],
) -> std::io::Result<()> {
    tar.append_data(&mut header(kind, mode, contents.len()), path, contents)
}
