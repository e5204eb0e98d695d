//! Counts the memory of the node that files take.

use std::collections::BTreeMap;

use podweave_core::outputs::File;
use podweave_core::{names, text};
use rustix::fs::{self, AtFlags, FileType};

use crate::directory::{Directory, DirectoryError};

use super::comparison::count_directories;
use super::error::VolumesError;
use super::state;

/// The page size of a tmpfs.
const PAGE: u64 = 4096;

/// The space that a set of files needs.
pub(super) struct Usage {
    /// The number of directories, without those of the layout.
    pub directories: usize,
    /// Bytes in whole pages, at least one page for each file and directory: many empty files are not free.
    pub bytes: u64,
}

impl Usage {
    /// Computes the usage of a container's files. Checks their paths.
    pub fn of(directories: &BTreeMap<String, BTreeMap<String, File>>) -> Result<Self, VolumesError> {
        let mut usage = Self {
            directories: 0,
            bytes: 0,
        };
        for files in directories.values() {
            for (path, file) in files {
                if let Some(problem) = names::relative_path_problem(path) {
                    return Err(VolumesError::Path {
                        path: text::quoted(path),
                        problem,
                    });
                }
                usage.bytes += pages(file.contents.len() as u64);
            }
            usage.directories += count_directories(files);
            // The volume, and the directory of its current files.
            usage.bytes += 2 * PAGE;
        }
        usage.bytes += usage.directories as u64 * PAGE;
        Ok(usage)
    }
}

/// Counts what a container has on disk, without its state. Things that a container has created itself and that cannot be
/// inspected, such as very long paths, count nothing: the next write removes them.
pub(super) fn on_disk(pod: &Directory, container: &str) -> Result<u64, DirectoryError> {
    let Some(top) = pod.find(container)? else {
        return Ok(0);
    };
    let mut bytes = 0;
    let mut left = vec![std::path::PathBuf::from(".")];
    while let Some(path) = left.pop() {
        let Ok(Some(directory)) = top.find(&path) else {
            continue;
        };
        let is_top = path == std::path::Path::new(".");
        for name in directory.names()? {
            if is_top && name == state::NAME {
                continue;
            }
            let Ok(stat) = fs::statat(directory.handle(), &name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => {
                    bytes += PAGE;
                    left.push(path.join(&name));
                }
                FileType::RegularFile => bytes += pages(u64::try_from(stat.st_size).unwrap_or(0)),
                _ => {}
            }
        }
    }
    Ok(bytes)
}

/// Rounds up to whole pages; an empty file takes one.
pub(super) fn pages(bytes: u64) -> u64 {
    bytes.div_ceil(PAGE).max(1) * PAGE
}
