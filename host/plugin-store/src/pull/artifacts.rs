//! Stores pulled components by digest, and records of what tags meant and who may use a manifest. If any of
//! it is lost, it is pulled again.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use podweave_core::digest::{Digest, DigestBuilder};
use podweave_core::oci_reference::OciReference;
use podweave_ownership::Ownership;
use podweave_signature::Artifact;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::disk_cache::{DiskCache, Lease};

/// The limit on the bytes of all records: some ten thousand usual ones, or hundreds of the largest.
const RECORD_BYTES: u64 = 128 << 20;

/// The longest record: the kept signatures in base64, and the other fields.
const MAX_RECORD_BYTES: u64 = 4 << 20;

/// The store of what was pulled: two directories of files, components and records.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    directory: PathBuf,
    components: DiskCache,
    records: DiskCache,
}

/// What a tag meant when it was last resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagRecord {
    /// The reference with its tag.
    pub reference: String,
    /// The manifest's digest.
    #[serde(with = "digest_text")]
    pub manifest: Digest,
    /// When the tag was resolved.
    pub resolved: SystemTime,
}

/// The record of a manifest that was pulled from a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactRecord {
    /// The registry and the repository.
    pub name: String,
    /// The manifest's digest.
    #[serde(with = "digest_text")]
    pub manifest: Digest,
    /// The component's digest.
    #[serde(with = "digest_text")]
    pub component: Digest,
    /// The component's size in bytes.
    pub size: u64,
    /// Who may use it: the pods with the credentials with which it was pulled.
    pub access: GrantedTo,
    /// The signatures that the registry had at the last look; `None` if they were never requested.
    pub signatures: Option<Vec<Artifact>>,
    /// When it was pulled.
    pub pulled: SystemTime,
}

/// To whom a registry has given a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantedTo {
    /// Whether it was pulled with the node's own credentials or none. Then each pod of the node may use it.
    pub node: bool,
    /// Digests of the pods' credentials with which it was pulled.
    pub credentials: BTreeSet<String>,
}

impl GrantedTo {
    /// Whether it was pulled with these credentials of a pod, or for the node.
    #[must_use]
    pub fn includes(&self, credentials: Option<&Digest>) -> bool {
        self.node
            || credentials.is_some_and(|credentials| self.credentials.contains(&credentials.to_string()))
    }

    /// Adds credentials; `None` adds the node.
    #[must_use]
    pub fn and(mut self, credentials: Option<&Digest>) -> Self {
        match credentials {
            None => self.node = true,
            Some(credentials) => {
                self.credentials.insert(credentials.to_string());
            }
        }
        self
    }
}

impl ArtifactStore {
    /// The default limit on the bytes of components.
    pub const DEFAULT_BYTES: u64 = 1 << 30;

    /// Creates a store in this directory, which keeps at most this many bytes of components, not counting
    /// those in use. The first write creates the directory.
    #[must_use]
    pub fn bounded(directory: PathBuf, bytes: u64) -> Self {
        let (components, records) = (
            DiskCache::new(directory.join("components"), bytes),
            DiskCache::new(directory.join("records"), RECORD_BYTES),
        );
        Self {
            directory,
            components,
            records,
        }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The size of all components in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.components.bytes()
    }

    /// Finds a component and takes a lease on it. The caller has to verify its digest.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn component(&self, digest: &Digest) -> io::Result<Option<Lease>> {
        self.components.take(&format!("{}.wasm", digest.hex()))
    }

    /// Begins to write a component.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(&self) -> io::Result<NamedTempFile> {
        self.components.begin()
    }

    /// Stores a component. The caller has verified its digest.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn put(&self, file: NamedTempFile, digest: &Digest) -> io::Result<Lease> {
        self.components.put(file, &format!("{}.wasm", digest.hex()))
    }

    /// Removes a component whose content does not have its digest.
    pub fn discard(&self, digest: &Digest) {
        self.components.discard(&format!("{}.wasm", digest.hex()));
    }

    /// Finds what a tag meant when it was last resolved.
    #[must_use]
    pub fn tag(&self, reference: &OciReference) -> Option<TagRecord> {
        let wanted = tag_of(reference)?;
        self.read::<TagRecord>(&tag_name(&wanted))
            .map(|(record, _)| record)
            .filter(|record| record.reference == wanted)
    }

    /// Records what a tag means now.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn note_tag(&self, reference: &OciReference, manifest: Digest) -> io::Result<()> {
        let Some(reference) = tag_of(reference) else {
            return Ok(());
        };
        let record = TagRecord {
            reference,
            manifest,
            resolved: SystemTime::now(),
        };
        self.write(&tag_name(&record.reference), &record).map(drop)
    }

    /// Finds the record of a manifest that was pulled from a repository, with a lease on it.
    #[must_use]
    pub fn pulled(&self, name: &str, manifest: &Digest) -> Option<(ArtifactRecord, Lease)> {
        self.read::<ArtifactRecord>(&pull_name(name, manifest))
            .filter(|(record, _)| record.name == name && record.manifest == *manifest)
    }

    /// Records a pull.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn note_pulled(&self, record: &ArtifactRecord) -> io::Result<Lease> {
        self.write(&pull_name(&record.name, &record.manifest), record)
    }

    /// Lists all records of pulls, the most recently used last, and of tags.
    #[must_use]
    pub fn records(&self) -> (Vec<(ArtifactRecord, SystemTime)>, Vec<TagRecord>) {
        let (mut pulls, mut tags) = (Vec::new(), Vec::new());
        for file in self.records.files() {
            if file.name.starts_with(PULL) {
                pulls.extend(self.read(&file.name).map(|(record, _)| (record, file.used)));
            } else if file.name.starts_with(TAG) {
                tags.extend(self.read(&file.name).map(|(record, _)| record));
            }
        }
        (pulls, tags)
    }

    /// Reads a record that this user has written. Ignores damaged records and those of other users.
    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<(T, Lease)> {
        let lease = self.records.take(name).ok()??;
        if !is_ours(lease.file()) {
            return None;
        }
        let text = podweave_bounded_read::whole(lease.file(), MAX_RECORD_BYTES).ok()?;
        Some((serde_json::from_slice(&text).ok()?, lease))
    }

    fn write<T: Serialize>(&self, name: &str, record: &T) -> io::Result<Lease> {
        self.records.write(name, &serde_json::to_vec(record)?)
    }
}

const PULL: &str = "pull-";
const TAG: &str = "tag-";

/// A reference with its tag only, without a digest.
fn tag_of(reference: &OciReference) -> Option<String> {
    reference.tag().map(|tag| format!("{}:{tag}", reference.name()))
}

fn tag_name(reference: &str) -> String {
    format!(
        "{TAG}{}.json",
        DigestBuilder::new("podweave tag 1")
            .field(reference.as_bytes())
            .finish()
            .hex()
    )
}

fn pull_name(name: &str, manifest: &Digest) -> String {
    format!(
        "{PULL}{}.json",
        DigestBuilder::new("podweave pull 1")
            .field(name.as_bytes())
            .field(manifest.as_bytes())
            .finish()
            .hex()
    )
}

/// Whether only this user can have written a file.
fn is_ours(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
        && Ownership::of(file).is_ok_and(|ownership| ownership.ours().is_ok())
}

mod digest_text {
    use podweave_core::digest::Digest;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(digest)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        Digest::parse(&String::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("not a digest"))
    }
}
