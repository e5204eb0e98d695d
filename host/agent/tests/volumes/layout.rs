//! What containers see of their files, and what a change does.

use std::collections::BTreeMap;
use std::fs::{self};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::bench::*;
use podweave_agent::for_tests::volumes::{Volumes, Written};

#[test]
fn a_volume_is_laid_out_as_the_kubelets() {
    let bench = Bench::new();
    let written = bench.write(&[
        ("app.conf", "one", 0o444),
        ("conf.d/deep/site.conf", "two", 0o640),
        ("run.sh", "three", 0o755),
    ]);
    let volume = volume(&written);
    assert_eq!(
        names(&volume)
            .iter()
            .filter(|name| !name.starts_with("..1"))
            .collect::<Vec<_>>(),
        ["..data", "app.conf", "conf.d", "run.sh"]
    );
    assert_eq!(
        fs::read_link(volume.join("conf.d")).unwrap(),
        Path::new("..data/conf.d")
    );
    assert_eq!(
        fs::read_to_string(volume.join("conf.d/deep/site.conf")).unwrap(),
        "two"
    );
    let set = volume.join(fs::read_link(volume.join("..data")).unwrap());
    assert_eq!(
        (
            mode(&set.join("app.conf")),
            mode(&set.join("conf.d/deep/site.conf")),
            mode(&set.join("run.sh"))
        ),
        (0o444, 0o640, 0o755)
    );
    for readable in [&volume, &set, &set.join("conf.d"), &set.join("conf.d/deep")] {
        assert_eq!(mode(readable), 0o755, "{readable:?}");
    }
    for private in [
        bench.root(),
        bench.root().join(UID),
        bench.root().join(UID).join("web"),
    ] {
        assert_eq!(mode(&private), 0o700, "{private:?}");
    }
    assert_eq!(
        written.file(DIRECTORY, "app.conf").as_deref(),
        Some(&*set.join("app.conf")),
        "a path without links, to be mounted by itself"
    );
    assert_eq!(written.file("/other", "app.conf"), None);
}

#[test]
fn existing_files_are_left_alone() {
    let bench = Bench::new();
    let files: Files<'_> = &[("a", "1", 0o444), ("b/c", "2", 0o400)];
    let first = bench.write(files);
    let inode = |written: &Written| {
        fs::metadata(written.file(DIRECTORY, "b/c").unwrap())
            .unwrap()
            .ino()
    };
    let before = inode(&first);
    let second = bench.write(files);
    assert!(first.is_new() && !second.is_new());
    assert_eq!((inode(&second), volume(&second)), (before, volume(&first)));
    let reopened = Volumes::open(&bench.root(), 64 << 20).unwrap();
    assert!(
        !reopened
            .write(UID, "web", &unowned(&directories(&[(DIRECTORY, files)])))
            .unwrap()
            .is_new(),
        "nor by another process"
    );
    for (what, changed) in [
        ("contents", ("a", "3", 0o444)),
        ("mode", ("a", "1", 0o440)),
        ("length", ("a", "", 0o444)),
        ("name", ("d", "1", 0o444)),
        ("kind", ("a/x", "1", 0o444)),
    ] {
        assert!(bench.write(&[changed, ("b/c", "2", 0o400)]).is_new(), "{what}");
        assert!(bench.write(files).is_new(), "{what}, back");
    }
}

#[test]
fn a_change_replaces_all_files_and_removes_old_ones() {
    let bench = Bench::new();
    let before = volume(&bench.write(&[("a", "1", 0o444), ("old/x", "2", 0o444)]));
    let written = bench.write(&[("a", "3", 0o444), ("new/y", "4", 0o444)]);
    assert_eq!(volume(&written), before, "mounts stay valid");
    assert_eq!(
        names(&before).len(),
        4,
        "..data, its files and two links: {:?}",
        names(&before)
    );
    assert_eq!(
        (
            fs::read_to_string(before.join("a")).unwrap(),
            fs::read_to_string(before.join("new/y")).unwrap()
        ),
        ("3".into(), "4".into())
    );
    assert!(!before.join("old").exists());
}

#[test]
fn a_directory_that_is_no_longer_rendered_is_removed() {
    let bench = Bench::new();
    let both = directories(&[("/etc/a", &[("x", "1", 0o444)]), ("/etc/b", &[("x", "2", 0o444)])]);
    let written = bench.volumes.write(UID, "web", &unowned(&both)).unwrap();
    let paths: Vec<PathBuf> = written.directories().map(|(_, path)| path.to_owned()).collect();
    assert_eq!(fs::read_to_string(paths[1].join("x")).unwrap(), "2");
    bench
        .volumes
        .write(
            UID,
            "web",
            &unowned(&directories(&[("/etc/a", &[("x", "1", 0o444)])])),
        )
        .unwrap();
    assert!(paths[0].exists() && !paths[1].exists());
    bench
        .volumes
        .write(UID, "web", &unowned(&BTreeMap::new()))
        .unwrap();
    assert!(!paths[0].exists());
    assert_eq!(bench.volumes.bytes(), 0);
}

#[test]
fn a_reader_never_sees_files_of_two_versions() {
    const WRITES: usize = 300;
    let bench = Bench::new();
    let version = |number: usize| {
        let text = number.to_string();
        let files: Files<'_> = &[("a", &text, 0o444), ("b", &text, 0o444)];
        volume(&bench.write(files))
    };
    let volume = version(0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                // Read like a careful program reads a ConfigMap's volume: follow ..data once, then read from
                // its target.
                let set = volume.join(fs::read_link(volume.join("..data")).expect("..data is always there"));
                if let (Ok(a), Ok(b)) = (
                    fs::read_to_string(set.join("a")),
                    fs::read_to_string(set.join("b")),
                ) {
                    assert_eq!(a, b);
                    seen += 1;
                }
            }
            seen
        });
        for number in 1..=WRITES {
            version(number);
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(fs::read_to_string(volume.join("a")).unwrap(), WRITES.to_string());
}

#[test]
fn files_belong_to_the_containers_user() {
    // Only root can give files away.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let bench = Bench::new();
    let files = directories(&[(DIRECTORY, &[("key", "k", 0o400)])]);
    let written = bench
        .volumes
        .write(UID, "web", &owned_by(&files, (1000, 2000)))
        .unwrap();
    let of = |written: &Written| {
        let metadata = fs::metadata(written.file(DIRECTORY, "key").unwrap()).unwrap();
        (
            metadata.uid(),
            metadata.gid(),
            metadata.permissions().mode() & 0o7777,
        )
    };
    assert_eq!(of(&written), (1000, 2000, 0o400));
    let directory = fs::metadata(volume(&written)).unwrap();
    assert_eq!(
        (directory.uid(), mode(&volume(&written))),
        (0, 0o755),
        "the container's user cannot change its contents"
    );
    let again = bench.volumes.write(UID, "web", &unowned(&files)).unwrap();
    assert!(again.is_new());
    assert_eq!(of(&again), (0, 0, 0o400));
}
