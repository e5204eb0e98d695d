//! Stores the last run of each container on this machine in the user's cache directory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use podweave_core::digest::DigestBuilder;
use podweave_core::pod::Pod;
use podweave_core::text::Shown as _;
use serde::{Deserialize, Serialize};

use super::statistics::Summary;
use crate::files;

/// A stored run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The version of podweave.
    pub version: String,
    /// The plugins' digests, in order.
    pub plugins: Vec<String>,
    /// The latencies.
    pub warm: Summary,
}

/// The file of the last run of one container.
pub struct Place(PathBuf);

impl Place {
    /// Returns the file for a container of some manifests on this machine.
    pub fn of(cache: &Path, manifests: &[PathBuf], pod: &Pod, container: &str) -> Self {
        let mut digest = DigestBuilder::new("podweave bench 1");
        for path in manifests {
            // Standard input has no path, and missing files were refused before.
            digest.push(
                fs::canonicalize(path)
                    .unwrap_or_else(|_| path.clone())
                    .as_os_str()
                    .as_encoded_bytes(),
            );
        }
        for text in [&pod.kind, &pod.namespace, &pod.manifest_name] {
            digest.push(text.as_bytes());
        }
        digest.push(container.as_bytes());
        digest.push(machine().as_bytes());
        Self(
            cache
                .join("bench")
                .join(format!("{}.json", digest.finish().hex())),
        )
    }

    /// Reads the last run; `None` if there is none that can be read.
    pub fn last(&self) -> Option<Kept> {
        serde_json::from_slice(&fs::read(&self.0).ok()?).ok()
    }

    /// Stores a run.
    pub fn keep(&self, run: &Kept) -> Result<()> {
        let directory = self.0.parent().context("the cache has a directory")?;
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.shown()))?;
        files::write_atomically(&self.0, &serde_json::to_string(run)?)
    }
}

/// Returns an identifier that distinguishes machines with a shared home directory.
fn machine() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find(|line| line.starts_with("model name") || line.starts_with("CPU part"))
        .unwrap_or_default();
    format!("{}\n{model}", name.trim())
}
