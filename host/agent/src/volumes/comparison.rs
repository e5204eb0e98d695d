//! Compares the files on disk with the rendered ones. A privileged container could have changed them, so
//! everything is checked.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, Read as _};

use podweave_core::outputs::File;
use rustix::fs::{self, Stat};

use crate::directory::{Directory, DirectoryError, Owner, READABLE};

/// Whether a directory has exactly these files, with this content and mode, and nothing else.
pub(super) fn has_exactly(
    directory: &Directory,
    files: &BTreeMap<String, File>,
    owner: Owner,
) -> Result<bool, DirectoryError> {
    for (path, children) in directories(files) {
        let found;
        let there = if path.is_empty() {
            directory
        } else {
            let Some(child) = directory.find(path)? else {
                return Ok(false);
            };
            found = child;
            &found
        };
        let is_readable = fs::fstat(there.handle()).is_ok_and(|stat| stat.st_mode & 0o7777 == READABLE);
        let names: BTreeSet<OsString> = there.names()?.into_iter().collect();
        if !is_readable || !names.iter().eq(children.iter().copied()) {
            return Ok(false);
        }
    }
    for (path, file) in files {
        let (found, stat) = match directory.file(path) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(false),
            // It belongs to the container's user, and root may lack the capability to read it. It is written
            // again.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(false),
            Err(error) => return Err(error),
        };
        if !is_like(&stat, file, owner) || !has_contents(found, &file.contents) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the directories of some files, with `""` for the top, and the entries of each.
fn directories(files: &BTreeMap<String, File>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut directories = BTreeMap::<&str, BTreeSet<&str>>::from([("", BTreeSet::new())]);
    for path in files.keys() {
        let mut path = path.as_str();
        loop {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let is_known = directories.contains_key(parent);
            directories.entry(parent).or_default().insert(name);
            if is_known {
                break;
            }
            path = parent;
        }
    }
    directories
}

/// Counts the directories that some files need, without the top one.
pub(super) fn count_directories(files: &BTreeMap<String, File>) -> usize {
    directories(files).len() - 1
}

fn is_like(stat: &Stat, file: &File, owner: Owner) -> bool {
    let (user, group) = owner.unwrap_or_else(|| {
        (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        )
    });
    stat.st_mode & 0o7777 == file.mode
        && (stat.st_uid, stat.st_gid) == (user, group)
        && u64::try_from(stat.st_size) == Ok(file.contents.len() as u64)
}

fn has_contents(file: std::fs::File, contents: &[u8]) -> bool {
    let mut found = Vec::with_capacity(contents.len() + 1);
    // An unreadable file is written again.
    file.take(contents.len() as u64 + 1)
        .read_to_end(&mut found)
        .is_ok()
        && found == contents
}
