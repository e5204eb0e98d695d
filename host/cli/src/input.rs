//! Manifests from files, directories and standard input.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use podweave_core::manifest::{MAX_FILE_BYTES, Manifests};

/// Reads all manifests that the paths name.
pub fn read(paths: &[PathBuf], namespace: &str) -> Result<Manifests> {
    let mut manifests = Manifests::default();
    for path in paths {
        add(&mut manifests, path, namespace)?;
    }
    Ok(manifests)
}

/// Reads the manifests that one path names.
pub fn add(manifests: &mut Manifests, path: &Path, namespace: &str) -> Result<()> {
    for file in files_of(path)? {
        manifests.add(&shown(&file), &text_of(&file)?, namespace)?;
    }
    Ok(())
}

/// The files that a path stands for: itself, or the manifests directly in it, sorted.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    if is_standard_input(path) || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.with_context(|| format!("cannot list {}", path.display()))?.path();
        if is_manifest(&file) && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!("{} has no .yaml, .yml or .json file directly in it; name the directory that holds the manifests", path.display());
    }
    files.sort();
    Ok(files)
}

/// Whether a file in a directory counts as a manifest.
fn is_manifest(path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !is_hidden && matches!(path.extension().and_then(|extension| extension.to_str()), Some("yaml" | "yml" | "json"))
}

/// Whether a path stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn shown(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Fails where there is nothing to render for.
pub fn require_pod(manifests: &Manifests) -> Result<()> {
    if manifests.pods.is_empty() {
        bail!("there is no pod and no workload with a pod template (Deployment, StatefulSet, DaemonSet, Job, CronJob) in these manifests");
    }
    Ok(())
}

/// The text of a file of manifest size.
pub fn text_of(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    let read = if is_standard_input(path) {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("cannot read {}", shown(path)))?;
    if bytes.len() > MAX_FILE_BYTES {
        bail!("{} has more than 32 MiB; that is no manifest", shown(path));
    }
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8 text", shown(path)))
}
