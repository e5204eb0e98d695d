//! Tests that a process that dies between any two steps of a write leaves files that readers can use and that
//! the next write repairs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use podweave_core::outputs::File;
use podweave_crash_point::{die_after, revive};

use super::{Followed, NewFiles, Volumes};

type Directories = BTreeMap<String, BTreeMap<String, File>>;

fn version(version: &str, extra: Option<&str>) -> Directories {
    let file = |name: &str| {
        (
            name.to_owned(),
            File {
                contents: format!("{name} {version}").into_bytes(),
                mode: 0o444,
            },
        )
    };
    let files = ["a.conf", "deep/er/b.conf"]
        .into_iter()
        .chain(extra)
        .map(file)
        .collect();
    BTreeMap::from([("/etc/podweave".to_owned(), files)])
}

fn unowned(directories: &Directories) -> NewFiles<'_> {
    numbered(directories, 0)
}

/// The files of the render with this number.
fn numbered(directories: &Directories, sequence: u64) -> NewFiles<'_> {
    NewFiles {
        directories,
        owner: None,
        sequence,
    }
}

/// Returns what a container sees in its volume: paths and contents, without hidden names.
fn seen(volume: &Path) -> Vec<(PathBuf, String)> {
    fn walk(directory: &Path, below: &Path, found: &mut Vec<(PathBuf, String)>) {
        let Ok(entries) = fs::read_dir(directory) else {
            return;
        };
        for entry in entries
            .map(Result::unwrap)
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with(".."))
        {
            let (path, below) = (entry.path(), below.join(entry.file_name()));
            // A link that a crash left without its file counts as missing.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => walk(&path, &below, found),
                Ok(_) => found.push((below, fs::read_to_string(&path).unwrap())),
                Err(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(volume, Path::new(""), &mut found);
    found.sort();
    found
}

fn expected(directories: &Directories) -> Vec<(PathBuf, String)> {
    directories["/etc/podweave"]
        .iter()
        .map(|(path, file)| (path.into(), String::from_utf8(file.contents.clone()).unwrap()))
        .collect()
}

fn everything_below(root: &Path) -> usize {
    fs::read_dir(root)
        .unwrap()
        .map(Result::unwrap)
        .map(|entry| {
            1 + if entry.file_type().unwrap().is_dir() {
                everything_below(&entry.path())
            } else {
                0
            }
        })
        .sum()
}

/// Lets a write die after so many calls, and the next one repair what it left. Returns whether it survived.
fn crash_and_repair(calls: usize, old: &Directories, new: &Directories) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("volumes");
    let volumes = Volumes::open(&root, 1 << 20).unwrap();
    let written = volumes.write("uid", "web", &unowned(old)).unwrap();
    let volume = written.directories().next().unwrap().1.to_owned();
    die_after(calls);
    let counted = volumes.bytes();
    let survived = volumes.write("uid", "web", &unowned(new)).is_ok();
    revive();
    assert_eq!(
        volumes.bytes(),
        counted,
        "the counted size is the same, whether it was written or not"
    );
    is_of_one_version(calls, &volume, [old, new]);

    drop(volumes);
    let volumes = Volumes::open(&root, 1 << 20).unwrap();
    let repaired = volumes.write("uid", "web", &unowned(new)).unwrap();
    assert_eq!(
        repaired.directories().next().unwrap().1,
        volume,
        "a running container keeps its mount"
    );
    assert_eq!(seen(&volume), expected(new));
    // Two directories of the root's own, pod, container, volume, ..data, a set; 4 links or files of the
    // top, and 2 + 1 of the tree.
    assert_eq!(
        everything_below(&root),
        2 + 5 + 3 + 3 + 2,
        "nothing is left over after {calls} calls"
    );
    let fresh = tempfile::tempdir().unwrap();
    let elsewhere = Volumes::open(&fresh.path().join("volumes"), 1 << 20).unwrap();
    elsewhere.write("uid", "web", &unowned(new)).unwrap();
    assert_eq!(
        volumes.bytes(),
        elsewhere.bytes(),
        "and nothing is counted that is not there"
    );
    survived
}

/// For a running container, files of both versions come from one version.
fn is_of_one_version(calls: usize, volume: &Path, versions: [&Directories; 2]) {
    let found = seen(volume);
    let shared = |found: &[(PathBuf, String)]| {
        found
            .iter()
            .filter(|(path, _)| !path.ends_with("gone.conf") && !path.ends_with("added.conf"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert!(
        versions
            .iter()
            .any(|version| shared(&expected(version)) == shared(&found)),
        "after {calls} calls: {found:?}"
    );
}

#[test]
fn a_crash_at_any_step_is_repaired_by_the_next_write() {
    let (old, new) = (
        version("old", Some("gone.conf")),
        version("new", Some("added.conf")),
    );
    let deaths = (0..)
        .take_while(|calls| !crash_and_repair(*calls, &old, &new))
        .count();
    assert!(deaths > 20, "only {deaths} steps were tried");
}

/// Lets a swap die after so many calls, and a new process complete it. Returns whether it survived.
fn crash_while_following(calls: usize, old: &Directories, new: &Directories) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("volumes");
    let volumes = Volumes::open(&root, 1 << 20).unwrap();
    let written = volumes.write("uid", "web", &numbered(old, 1)).unwrap();
    let volume = written.directories().next().unwrap().1.to_owned();
    volumes.keep_state("uid", "web", 1, b"old").unwrap();
    die_after(calls);
    let survived = volumes.follow("uid", "web", &numbered(new, 2)).is_ok()
        && volumes.keep_state("uid", "web", 2, b"new").is_ok()
        && volumes.remove_old("uid", "web", 2).is_ok();
    revive();
    is_of_one_version(calls, &volume, [old, new]);
    drop(volumes);

    let volumes = Volumes::open(&root, 1 << 20).unwrap();
    is_of_one_version(calls, &volume, [old, new]);
    let followed = volumes.follow("uid", "web", &numbered(new, 1)).unwrap();
    assert!(
        matches!(followed, Followed::Swapped | Followed::Unchanged),
        "{followed:?}"
    );
    volumes.remove_old("uid", "web", 1).unwrap();
    volumes.keep_state("uid", "web", 1, b"new").unwrap();
    assert_eq!(seen(&volume), expected(new));
    // As after a write, and the state.
    assert_eq!(
        everything_below(&root),
        2 + 5 + 3 + 3 + 2 + 1,
        "nothing is left over after {calls} calls"
    );
    assert_eq!(volumes.state("uid", "web").unwrap().as_deref(), Some(&b"new"[..]));
    let reopened = Volumes::open(&root, 1 << 20).unwrap();
    assert_eq!(volumes.bytes(), reopened.bytes(), "after {calls} calls");
    survived
}

#[test]
fn a_crash_at_any_step_of_a_swap_is_repaired_by_the_next_process() {
    let (old, new) = (
        version("old", Some("gone.conf")),
        version("new", Some("added.conf")),
    );
    let deaths = (0..)
        .take_while(|calls| !crash_while_following(*calls, &old, &new))
        .count();
    assert!(deaths > 20, "only {deaths} steps were tried");
}

#[test]
fn an_interrupted_removal_is_finished_at_the_next_start() {
    for calls in 0.. {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("volumes");
        let volumes = Volumes::open(&root, 1 << 20).unwrap();
        volumes
            .write("uid", "web", &unowned(&version("old", None)))
            .unwrap();
        die_after(calls);
        let survived = volumes.remove_pod("uid").is_ok();
        revive();
        drop(volumes);
        let volumes = Volumes::open(&root, 1 << 20).unwrap();
        for uid in volumes.pod_uids() {
            volumes.remove_pod(&uid).unwrap();
        }
        assert_eq!(
            (everything_below(&root), volumes.bytes()),
            (2, 0),
            "after {calls} calls"
        );
        if survived {
            break;
        }
    }
}
