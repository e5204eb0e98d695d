//! Manifests from files, directories and standard input.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use podweave_config_maps::manifests::files;
use podweave_core::manifest::Manifests;
use podweave_core::text;

use crate::Usage;

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
    if is_standard_input(path) { Ok(vec![path.to_owned()]) } else { Ok(files::files_of(path)?) }
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

/// Fails where no pod has the container that is asked for.
pub fn require_container(manifests: &Manifests, only: Option<&str>) -> Result<()> {
    let Some(only) = only else { return Ok(()) };
    let names = || manifests.pods.iter().flat_map(|pod| &pod.containers).map(|container| container.name.as_str());
    if names().any(|name| name == only) {
        return Ok(());
    }
    let nearest = text::did_you_mean(only, names());
    Err(Usage(format!("--container: there is no container {}{nearest}; there are {}", text::quoted(only), text::list(names()))).into())
}

/// The text of a file of manifest size.
pub fn text_of(path: &Path) -> Result<String> {
    if is_standard_input(path) { Ok(files::text_from(std::io::stdin().lock(), Path::new("standard input"))?) } else { Ok(files::text_of(path)?) }
}
