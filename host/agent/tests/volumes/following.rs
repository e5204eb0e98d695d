//! Files of running containers that are replaced.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::PathBuf;

use podweave_agent::for_tests::volumes::{Followed, NewFiles, VolumesError};

use crate::bench::*;

/// Replaces the files of the container `web` by those of the render with this number.
fn follow(bench: &Bench, files: Files<'_>, sequence: u64) -> Followed {
    let directories = directories(&[(DIRECTORY, files)]);
    let new = NewFiles {
        sequence,
        ..unowned(&directories)
    };
    bench.volumes.follow(UID, "web", &new).unwrap()
}

/// The directory of the current files.
fn current(volume: &std::path::Path) -> PathBuf {
    volume.join(fs::read_link(volume.join("..data")).unwrap())
}

#[test]
fn a_running_container_sees_new_files_in_the_directory_that_it_has_mounted() {
    let bench = Bench::new();
    let volume = volume(&bench.write(&[("a", "1", 0o444), ("old/x", "2", 0o444)]));
    assert_eq!(
        follow(&bench, &[("a", "3", 0o444), ("new/y", "4", 0o444)], 1),
        Followed::Swapped
    );
    assert_eq!(fs::read_to_string(volume.join("a")).unwrap(), "3");
    assert_eq!(fs::read_to_string(volume.join("new/y")).unwrap(), "4");
    bench.volumes.remove_old(UID, "web", 1).unwrap();
    let set = current(&volume).file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(names(&volume), [set.as_str(), "..data", "a", "new"]);
}

#[test]
fn replaced_files_stay_for_readers_until_they_are_removed() {
    let bench = Bench::new();
    let volume = volume(&bench.write(&[("a", "1", 0o444)]));
    let old = current(&volume);
    let before = bench.volumes.bytes();
    follow(&bench, &[("a", "2", 0o444)], 1);
    assert_eq!(fs::read_to_string(old.join("a")).unwrap(), "1");
    assert!(bench.volumes.bytes() > before, "both sets are counted");
    // A later check that changes nothing leaves them alone.
    assert_eq!(follow(&bench, &[("a", "2", 0o444)], 2), Followed::Unchanged);
    assert!(old.exists());
    bench.volumes.remove_old(UID, "web", 1).unwrap();
    assert!(!old.exists());
    assert_eq!(bench.volumes.bytes(), before);
}

#[test]
fn there_is_one_old_set_at_most() {
    let bench = Bench::new();
    let volume = volume(&bench.write(&[("a", "0", 0o444)]));
    let before = bench.volumes.bytes();
    for sequence in 1..=5_u64 {
        follow(&bench, &[("a", &sequence.to_string(), 0o444)], sequence);
    }
    let sets = names(&volume)
        .iter()
        .filter(|name| name.starts_with("..1"))
        .count();
    assert_eq!(sets, 2);
    // The time of an earlier swap's old files is over: they are gone already.
    bench.volumes.remove_old(UID, "web", 3).unwrap();
    assert_eq!(
        names(&volume)
            .iter()
            .filter(|name| name.starts_with("..1"))
            .count(),
        2
    );
    bench.volumes.remove_old(UID, "web", 5).unwrap();
    assert_eq!(bench.volumes.bytes(), before);
}

#[test]
fn files_of_an_earlier_render_never_replace_those_of_a_later_one() {
    let bench = Bench::new();
    let volume = volume(&bench.write(&[("a", "0", 0o444)]));
    assert_eq!(follow(&bench, &[("a", "7", 0o444)], 7), Followed::Swapped);
    assert_eq!(follow(&bench, &[("a", "6", 0o444)], 6), Followed::Superseded);
    assert_eq!(fs::read_to_string(volume.join("a")).unwrap(), "7");
    // A creation counts, too.
    let files = directories(&[(DIRECTORY, &[("a", "9", 0o444)])]);
    let new = NewFiles {
        sequence: 9,
        ..unowned(&files)
    };
    bench.volumes.write(UID, "web", &new).unwrap();
    assert_eq!(follow(&bench, &[("a", "8", 0o444)], 8), Followed::Superseded);
    assert_eq!(fs::read_to_string(volume.join("a")).unwrap(), "9");
}

#[test]
fn nothing_comes_back_of_a_removed_pod() {
    let bench = Bench::new();
    bench.write(&[("a", "0", 0o444)]);
    bench.volumes.remove_pod(UID).unwrap();
    assert_eq!(follow(&bench, &[("a", "1", 0o444)], 1), Followed::Gone);
    bench.volumes.keep_state(UID, "web", 1, b"{}").unwrap();
    bench.volumes.remove_old(UID, "web", 1).unwrap();
    assert!(!bench.root().join(UID).exists());
    assert_eq!((bench.volumes.bytes(), bench.volumes.pod_uids().len()), (0, 0));
}

#[test]
fn a_directory_that_the_container_has_not_mounted_is_not_added() {
    let bench = Bench::new();
    bench.write(&[("a", "0", 0o444)]);
    let files = directories(&[
        (DIRECTORY, &[("a", "1", 0o444)]),
        ("/etc/other", &[("b", "1", 0o444)]),
    ]);
    let new = NewFiles {
        sequence: 1,
        ..unowned(&files)
    };
    assert_eq!(bench.volumes.follow(UID, "web", &new).unwrap(), Followed::Gone);
    assert_eq!(names(&bench.root().join(UID).join("web")).len(), 1);
}

#[test]
fn an_open_directory_has_one_set_of_files_through_all_swaps() {
    let bench = Bench::new();
    let volume = volume(&bench.write(&[("a", "0", 0o444), ("b", "0", 0o444)]));
    for sequence in 1..=200_u64 {
        let set = current(&volume);
        let version = sequence.to_string();
        follow(
            &bench,
            &[("a", &version, 0o444), ("b", &version, 0o444)],
            sequence,
        );
        let read = |name: &str| {
            let mut text = String::new();
            File::open(set.join(name))
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            text
        };
        assert_eq!(
            (read("a"), read("b")),
            ((sequence - 1).to_string(), (sequence - 1).to_string())
        );
    }
}

#[test]
fn without_room_for_both_sets_the_old_one_goes_at_once() {
    // The volume, its set and two files take 4 pages: there is no room for both.
    let bench = Bench::with_limit(6 * 4096);
    let volume = volume(&bench.write(&[("a", "0", 0o444), ("b", "0", 0o444)]));
    assert_eq!(
        follow(&bench, &[("a", "1", 0o444), ("b", "1", 0o444)], 1),
        Followed::Swapped
    );
    assert_eq!(
        names(&volume)
            .iter()
            .filter(|name| name.starts_with("..1"))
            .count(),
        1
    );
    assert_eq!(bench.volumes.bytes(), 4 * 4096);
    let large = "x".repeat(5 * 4096);
    let files = directories(&[(DIRECTORY, &[("a", &large, 0o444)])]);
    let new = NewFiles {
        sequence: 2,
        ..unowned(&files)
    };
    let error = bench.volumes.follow(UID, "web", &new).unwrap_err();
    assert!(matches!(error, VolumesError::Full { .. }), "{error}");
    assert_eq!(fs::read_to_string(volume.join("a")).unwrap(), "1");
}

#[test]
fn a_state_is_kept_beside_the_files_and_counted() {
    let bench = Bench::new();
    bench.write(&[("a", "0", 0o444)]);
    let before = bench.volumes.bytes();
    assert_eq!(bench.volumes.state(UID, "web").unwrap(), None);
    bench.volumes.keep_state(UID, "web", 1, b"one").unwrap();
    bench.volumes.keep_state(UID, "web", 1, b"two").unwrap();
    assert_eq!(
        bench.volumes.state(UID, "web").unwrap().as_deref(),
        Some(&b"two"[..])
    );
    assert_eq!(bench.volumes.bytes(), before + 4096);
    // A creation replaces the files, and the state is replaced after it.
    bench.write(&[("a", "1", 0o444)]);
    assert_eq!(
        bench.volumes.state(UID, "web").unwrap().as_deref(),
        Some(&b"two"[..])
    );
    let too_large = vec![b' '; (1 << 20) + 1];
    let error = bench.volumes.keep_state(UID, "web", 1, &too_large).unwrap_err();
    assert!(matches!(error, VolumesError::State { .. }), "{error}");
    assert_eq!(
        bench.volumes.state(UID, "web").unwrap(),
        None,
        "the old one is not true any more"
    );
    assert_eq!(bench.volumes.bytes(), before);
}

#[test]
fn a_container_without_files_can_have_a_state() {
    let bench = Bench::new();
    bench.volumes.add_without_files(UID, "web").unwrap();
    bench.volumes.keep_state(UID, "web", 0, b"{}").unwrap();
    assert_eq!(
        bench.volumes.state(UID, "web").unwrap().as_deref(),
        Some(&b"{}"[..])
    );
    let files = BTreeMap::new();
    assert_eq!(
        bench.volumes.follow(UID, "web", &unowned(&files)).unwrap(),
        Followed::Unchanged
    );
    bench.volumes.remove_pod(UID).unwrap();
    assert_eq!(bench.volumes.bytes(), 0);
}
