//! A root of rendered files, and what the tests ask of it.

use std::collections::BTreeMap;
use std::fs::{self};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use podweave_agent::for_tests::volumes::{NewFiles, Volumes, Written};
use podweave_core::outputs::File;

pub const UID: &str = "0a1b2c3d-1111-4222-8333-444455556666";

pub const DIRECTORY: &str = "/etc/podweave";

pub type Files<'a> = &'a [(&'a str, &'a str, u32)];

pub struct Bench {
    pub directory: tempfile::TempDir,
    pub volumes: Volumes,
}

impl Bench {
    pub fn new() -> Self {
        Self::with_limit(64 << 20)
    }

    pub fn with_limit(limit: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let volumes = Volumes::open(&directory.path().join("volumes"), limit).unwrap();
        Self { directory, volumes }
    }

    pub fn root(&self) -> PathBuf {
        self.directory.path().join("volumes")
    }

    pub fn write(&self, files: Files<'_>) -> Written {
        self.volumes
            .write(UID, "web", &unowned(&directories(&[(DIRECTORY, files)])))
            .unwrap()
    }
}

pub fn directories(list: &[(&str, Files<'_>)]) -> BTreeMap<String, BTreeMap<String, File>> {
    let file = |(path, contents, mode): &(&str, &str, u32)| {
        (
            (*path).to_owned(),
            File {
                contents: contents.as_bytes().to_vec(),
                mode: *mode,
            },
        )
    };
    list.iter()
        .map(|(directory, files)| ((*directory).to_owned(), files.iter().map(file).collect()))
        .collect()
}

/// Files of podweave's user.
pub fn unowned(directories: &BTreeMap<String, BTreeMap<String, File>>) -> NewFiles<'_> {
    NewFiles {
        directories,
        owner: None,
        sequence: 0,
    }
}

/// Files of a container's user.
pub fn owned_by(directories: &BTreeMap<String, BTreeMap<String, File>>, owner: (u32, u32)) -> NewFiles<'_> {
    NewFiles {
        owner: Some(owner),
        ..unowned(directories)
    }
}

pub fn volume(written: &Written) -> PathBuf {
    written.directories().next().unwrap().1.to_owned()
}

pub fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

pub fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
