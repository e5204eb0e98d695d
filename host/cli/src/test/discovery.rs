//! Finds the cases below some directories.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use podweave_core::text::Shown as _;

use super::case::{self, Place};
use crate::root::Root;

/// The result of a search.
#[derive(Default)]
pub struct Found {
    /// The cases, sorted within each directory that was named.
    pub cases: Vec<Place>,
    /// All directories that were searched.
    pub directories: Vec<PathBuf>,
    /// Links to directories outside of the named one, which were not searched.
    pub leading_out: Vec<PathBuf>,
    /// Device and inode of each directory: with links, a directory can appear twice, or in itself.
    seen: BTreeSet<(u64, u64)>,
}

/// Searches for cases in these directories and below. Hidden directories, `target` and `node_modules` are
/// skipped, unless they are named directly.
pub fn find(roots: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for root in roots {
        if fs::metadata(root).is_ok_and(|metadata| !metadata.is_dir()) {
            bail!(
                "{} is a file; name the directory of a case, or one above it",
                root.shown()
            );
        }
        found.walk(root, &Rc::new(Root::at(root)?))?;
    }
    Ok(found)
}

impl Found {
    fn walk(&mut self, directory: &Path, root: &Rc<Root>) -> Result<()> {
        let cannot_list = || format!("cannot list {}", directory.shown());
        let metadata = fs::metadata(directory).with_context(cannot_list)?;
        if !self.seen.insert((metadata.dev(), metadata.ino())) {
            return Ok(());
        }
        self.directories.push(directory.to_owned());
        let mut below = Vec::new();
        for entry in fs::read_dir(directory).with_context(cannot_list)? {
            let entry = entry.with_context(cannot_list)?;
            let (name, kind) = (entry.file_name(), entry.file_type().with_context(cannot_list)?);
            if name == case::POD {
                self.cases.push(Place {
                    directory: directory.to_owned(),
                    root: Rc::clone(root),
                });
            } else if kind.is_dir() || kind.is_symlink() && entry.path().is_dir() {
                let is_passed_over =
                    name.as_encoded_bytes().starts_with(b".") || name == "target" || name == "node_modules";
                let all = if kind.is_dir() || root.has(&entry.path()) {
                    &mut below
                } else {
                    &mut self.leading_out
                };
                all.extend((!is_passed_over).then(|| entry.path()));
            }
        }
        below.sort();
        for directory in below {
            self.walk(&directory, root)?;
        }
        Ok(())
    }
}
