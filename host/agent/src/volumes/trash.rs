//! Removes trees, whatever they contain: neither depth nor links nor concurrent changes lead outside.

use std::ffi::OsStr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::directory::{Directory, DirectoryError};

/// A directory to which things are moved before they are removed. So they disappear in one step, and no deep
/// tree is descended: deep directories are moved up.
#[derive(Debug)]
pub(super) struct Trash {
    directory: Directory,
    last: AtomicU64,
}

impl Trash {
    pub fn new(directory: Directory) -> Self {
        Self {
            directory,
            last: AtomicU64::new(0),
        }
    }

    /// Removes something, if it exists.
    pub fn take(&self, from: &Directory, name: impl AsRef<OsStr>) -> Result<(), DirectoryError> {
        let name = name.as_ref();
        match from.remove(name) {
            Err(error) if error.is_full_directory() => {}
            removed => return removed,
        }
        match self.move_here(from, name) {
            Ok(here) => self.destroy(here),
            Err(error) if error.is_absence() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes what an earlier process has left here.
    pub fn empty(&self) -> Result<(), DirectoryError> {
        for name in self.directory.names()? {
            match self.directory.remove(&name) {
                Err(error) if error.is_full_directory() => {
                    let here = self.move_here(&self.directory, &name)?;
                    self.destroy(here)?;
                }
                removed => removed?,
            }
        }
        Ok(())
    }

    fn move_here(&self, from: &Directory, name: &OsStr) -> Result<String, DirectoryError> {
        loop {
            let here = self.last.fetch_add(1, Ordering::Relaxed).to_string();
            match from.move_to(name, &self.directory, &here) {
                Ok(()) => return Ok(here),
                // A leftover has this name.
                Err(error) if error.is_presence() => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn destroy(&self, name: String) -> Result<(), DirectoryError> {
        let mut left = vec![name];
        while let Some(name) = left.pop() {
            let Some(directory) = self.directory.find(&name)? else {
                self.directory.remove(&name)?;
                continue;
            };
            for child in directory.names()? {
                match directory.remove(&child) {
                    Err(error) if error.is_full_directory() => left.push(self.move_here(&directory, &child)?),
                    removed => removed?,
                }
            }
            self.directory.remove(&name)?;
        }
        Ok(())
    }
}
