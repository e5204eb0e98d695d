//! Reads manifests from files, directories and standard input.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use podweave_config_maps::manifests::files::{self, ManifestFilesError};
use podweave_core::manifest::Manifests;
use podweave_core::text;
use podweave_core::text::Shown as _;

use crate::Usage;

/// The flags -f and -R, as in kubectl.
#[derive(Debug, Clone, Default, Args)]
pub struct FileArguments {
    /// Manifests, as with kubectl: a file, a directory, or - for standard input; can be repeated, or be a
    /// list with commas. Same as without -f.
    #[arg(short = 'f', long = "filename", value_name = "FILE|DIR")]
    pub filenames: Vec<PathBuf>,
    /// Also read the directories below a directory.
    #[arg(short = 'R', long)]
    pub recursive: bool,
}

/// The manifests of a command line.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The paths, those of -f first.
    pub paths: Vec<PathBuf>,
    recursive: bool,
}

/// Creates the manifests of these paths.
#[derive(Debug, Default)]
pub struct Listing {
    pub files: BTreeSet<PathBuf>,
    pub directories: BTreeSet<PathBuf>,
}

impl FileArguments {
    /// Combines these with the paths that were given without -f.
    pub fn and(&self, others: &[PathBuf]) -> Result<Paths> {
        let paths: Vec<PathBuf> = self
            .filenames
            .iter()
            .flat_map(|path| split(path))
            .chain(others.iter().cloned())
            .collect();
        if let Some(url) = paths
            .iter()
            .filter_map(|path| path.to_str())
            .find(|path| path.starts_with("http://") || path.starts_with("https://"))
        {
            return Err(Usage(format!(
                "{} is a URL, which podweave does not read; run curl -fsSL URL | podweave render -f -",
                text::quoted(url)
            ))
            .into());
        }
        Ok(Paths {
            paths,
            recursive: self.recursive,
        })
    }
}

/// Splits `-f a.yaml,b.yaml`, unless a file of that name exists.
fn split(path: &Path) -> Vec<PathBuf> {
    match path.to_str() {
        Some(list) if list.contains(',') && path.symlink_metadata().is_err() => list
            .split(',')
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            .collect(),
        _ => vec![path.to_owned()],
    }
}

impl Paths {
    /// Reads all manifests.
    pub fn read(&self, namespace: &str) -> Result<Manifests> {
        let mut manifests = Manifests::default();
        for path in &self.paths {
            self.add(&mut manifests, path, namespace)?;
        }
        Ok(manifests)
    }

    /// Reads the manifests of one of the paths.
    pub fn add(&self, manifests: &mut Manifests, path: &Path, namespace: &str) -> Result<()> {
        for file in self.files_of(path)? {
            manifests.add(&shown(&file), &text_of(&file)?, namespace)?;
        }
        Ok(())
    }

    fn files_of(&self, path: &Path) -> Result<Vec<PathBuf>> {
        if is_standard_input(path) {
            return Ok(vec![path.to_owned()]);
        }
        if self.recursive {
            return Ok(files::files_below(path)?.0);
        }
        files::files_of(path).map_err(|error| match error {
            ManifestFilesError::Empty { .. } => anyhow!("{error}, or add -R to include those below it"),
            other => other.into(),
        })
    }

    /// Returns the files and directories to watch. A directory that cannot be listed has none; the command
    /// itself reports why.
    pub fn listing(&self) -> Listing {
        let mut listing = Listing::default();
        for path in &self.paths {
            listing.files.extend(self.files_of(path).unwrap_or_default());
            if path.is_dir() {
                let below = if self.recursive {
                    files::files_below(path).map(|(_, directories)| directories)
                } else {
                    Ok(Vec::new())
                };
                listing.directories.extend(below.unwrap_or_default());
                listing.directories.insert(path.clone());
            }
        }
        listing
    }

    /// Whether one of them is standard input.
    pub fn have_standard_input(&self) -> bool {
        self.paths.iter().any(|path| is_standard_input(path))
    }
}

/// Whether a path means standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn shown(path: &Path) -> String {
    if is_standard_input(path) {
        "standard input".to_owned()
    } else {
        path.shown()
    }
}

/// Fails if the manifests have nothing to render for.
pub fn require_pod(manifests: &Manifests) -> Result<()> {
    if manifests.pods.is_empty() {
        bail!(
            "there is no pod and no workload with a pod template (Deployment, StatefulSet, DaemonSet, Job, CronJob) in these manifests"
        );
    }
    Ok(())
}

/// Fails if no pod has the requested container.
pub fn require_container(manifests: &Manifests, only: Option<&str>) -> Result<()> {
    let Some(only) = only else { return Ok(()) };
    let names = || {
        manifests
            .pods
            .iter()
            .flat_map(|pod| &pod.containers)
            .map(|container| container.name.as_str())
    };
    if names().any(|name| name == only) {
        return Ok(());
    }
    let nearest = text::did_you_mean(only, names());
    Err(Usage(format!(
        "--container: there is no container {}{nearest}; available containers are {}",
        text::quoted(only),
        text::list(names())
    ))
    .into())
}

/// Reads a text file of at most the size of a manifest.
pub fn text_of(path: &Path) -> Result<String> {
    if is_standard_input(path) {
        Ok(files::text_from(
            std::io::stdin().lock(),
            Path::new("standard input"),
        )?)
    } else {
        Ok(files::text_of(path)?)
    }
}
