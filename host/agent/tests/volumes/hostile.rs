//! Names, links and permissions that would lead elsewhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use crate::bench::*;
use podweave_agent::for_tests::volumes::{Volumes, VolumesError};

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let bench = Bench::new();
    let files = directories(&[(DIRECTORY, &[("a", "x", 0o444)])]);
    let long = "u".repeat(129);
    for uid in [
        "",
        "..",
        ".",
        "a/b",
        "../x",
        ".removed",
        "a\0b",
        "a b",
        "ä",
        long.as_str(),
    ] {
        assert!(
            matches!(
                bench.volumes.write(uid, "web", &unowned(&files)),
                Err(VolumesError::Name { .. })
            ),
            "{uid:?}"
        );
        assert!(
            matches!(bench.volumes.remove_pod(uid), Err(VolumesError::Name { .. })),
            "{uid:?}"
        );
    }
    for container in ["", "..", "a/b", "A", "-a"] {
        assert!(
            matches!(
                bench.volumes.write(UID, container, &unowned(&files)),
                Err(VolumesError::Name { .. })
            ),
            "{container:?}"
        );
        assert!(
            matches!(
                bench.volumes.remove_container(UID, container),
                Err(VolumesError::Name { .. })
            ),
            "{container:?}"
        );
    }
    for path in ["", "/a", "../a", "a/../../b", "..data", "a//b", "a/", "a\nb"] {
        let files = directories(&[(DIRECTORY, &[(path, "x", 0o444)])]);
        assert!(
            matches!(
                bench.volumes.write(UID, "web", &unowned(&files)),
                Err(VolumesError::Path { .. })
            ),
            "{path:?}"
        );
    }
    assert_eq!(names(bench.directory.path()), ["volumes"]);
}

/// Tampers with a volume as a container could that can mount it writable.
fn tampered(tamper: impl FnOnce(&Path, &Path)) {
    let bench = Bench::new();
    let outside = bench.directory.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a"), "precious").unwrap();
    let files: Files<'_> = &[("a", "1", 0o444), ("d/b", "2", 0o444)];
    let volume = volume(&bench.write(files));
    tamper(&volume, &outside);
    Volumes::open(&bench.root(), 64 << 20).expect("a new agent can start");
    for files in [files, &[("a", "3", 0o444), ("d/b", "4", 0o444)]] {
        bench.write(files);
        for (path, contents, _) in files {
            assert_eq!(fs::read_to_string(volume.join(path)).unwrap(), *contents);
        }
        assert_eq!(names(&volume).len(), 4, "{:?}", names(&volume));
        let set = volume.join(fs::read_link(volume.join("..data")).unwrap());
        assert_eq!(
            (names(&set), names(&set.join("d")), mode(&set.join("a"))),
            (vec!["a".to_owned(), "d".to_owned()], vec!["b".to_owned()], 0o444)
        );
    }
    bench.volumes.remove_pod(UID).unwrap();
    assert_eq!(names(&bench.root()), [".removed", ".unfinished"]);
    assert_eq!(
        (names(&outside), fs::read_to_string(outside.join("a")).unwrap()),
        (vec!["a".to_owned()], "precious".to_owned())
    );
}

/// Creates nested directories, deeper than a path can name.
fn deep(top: &Path, levels: usize) {
    use rustix::fs::{Mode, OFlags, mkdirat, openat};
    let open = |directory: std::os::fd::BorrowedFd<'_>, name: &str| {
        openat(directory, name, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap()
    };
    let mut directory = open(rustix::fs::CWD, top.to_str().unwrap());
    for _ in 0..levels {
        mkdirat(&directory, "x", Mode::RWXU).unwrap();
        directory = open(std::os::fd::AsFd::as_fd(&directory), "x");
    }
}

#[test]
fn changes_of_a_privileged_container_do_not_lead_outside() {
    let set = |volume: &Path| volume.join(fs::read_link(volume.join("..data")).unwrap());
    let replace = |path: &Path, target: &Path| {
        fs::remove_file(path)
            .or_else(|_| fs::remove_dir_all(path))
            .unwrap();
        symlink(target, path).unwrap();
    };
    tampered(|volume, outside| replace(&volume.join("..data"), outside));
    tampered(|volume, _| replace(&volume.join("..data"), Path::new("../../..")));
    tampered(|volume, _| replace(&volume.join("..data"), Path::new("..1")));
    tampered(|volume, outside| replace(&volume.join("d"), outside));
    tampered(|volume, outside| replace(&set(volume).join("d"), outside));
    tampered(|volume, outside| replace(&set(volume).join("a"), &outside.join("a")));
    tampered(|volume, outside| replace(&set(volume), outside));
    tampered(|volume, outside| symlink(outside, volume.join("..data_tmp")).unwrap());
    tampered(|volume, _| fs::create_dir_all(volume.join("..data_tmp/x")).unwrap());
    tampered(|volume, _| {
        fs::remove_file(volume.join("..data")).unwrap();
        fs::create_dir_all(volume.join("..data/x")).unwrap();
    });
    tampered(|volume, _| fs::create_dir_all(volume.join("x".repeat(200)).join("d/".repeat(1000))).unwrap());
    tampered(|volume, _| fs::set_permissions(set(volume).join("a"), Permissions::from_mode(0o4777)).unwrap());
    tampered(|volume, _| fs::write(set(volume).join("extra"), "").unwrap());
    tampered(|volume, _| deep(volume, 5000));
    tampered(|volume, _| {
        fs::remove_file(set(volume).join("a")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            set(volume).join("a"),
            rustix::fs::FileType::Fifo,
            0o444.into(),
            0,
        )
        .unwrap();
        assert!(fs::metadata(set(volume).join("a")).unwrap().file_type().is_fifo());
    });
}

#[test]
fn the_root_must_be_private_and_reached_without_links() {
    let directory = tempfile::tempdir().unwrap();
    let open = |name: &str| {
        Volumes::open(&directory.path().join(name), 1 << 20)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    open("new/and/deep").unwrap();
    assert_eq!(mode(&directory.path().join("new/and/deep")), 0o700);

    fs::create_dir(directory.path().join("open")).unwrap();
    fs::set_permissions(directory.path().join("open"), Permissions::from_mode(0o755)).unwrap();
    let error = open("open").unwrap_err();
    assert!(
        error.contains("others can enter it (mode 0755); set it to 0700"),
        "{error}"
    );

    symlink(directory.path().join("new"), directory.path().join("link")).unwrap();
    for path in ["link", "link/and"] {
        let error = open(path).unwrap_err();
        assert!(
            error.contains("link is a symbolic link or not a directory; give the real path"),
            "{error}"
        );
    }
    fs::write(directory.path().join("file"), "").unwrap();
    assert!(open("file").unwrap_err().contains("not a directory"));
    assert!(
        Volumes::open(Path::new("relative"), 1)
            .unwrap_err()
            .to_string()
            .contains("give an absolute path")
    );
    assert!(open("new/../new").unwrap_err().contains("without '..'"));

    if rustix::process::geteuid().is_root() {
        let foreign = directory.path().join("foreign");
        fs::create_dir(&foreign).unwrap();
        std::os::unix::fs::chown(&foreign, Some(1234), None).unwrap();
        let error = open("foreign").unwrap_err();
        assert!(
            error.contains("it belongs to user 1234, and podweave runs as user 0"),
            "{error}"
        );
    }
}

/// The capabilities that deploy/ gives the agent: root that may not read other users' private files, but may
/// change owners.
#[test]
fn the_agents_few_capabilities_are_enough() {
    use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let bench = Bench::new();
    let few = CapabilitySet::CHOWN | CapabilitySet::FOWNER;
    // Capabilities belong to a thread.
    std::thread::scope(|scope| {
        let worked = scope.spawn(|| {
            let all = capabilities(None).unwrap();
            set_capabilities(
                None,
                CapabilitySets {
                    effective: few,
                    permitted: few,
                    ..all
                },
            )
            .unwrap();
            for contents in ["1", "1", "2"] {
                let files = directories(&[(
                    DIRECTORY,
                    &[("key", contents, 0o400), ("d/other", contents, 0o440)],
                )]);
                let written = bench
                    .volumes
                    .write(UID, "web", &owned_by(&files, (1000, 2000)))
                    .unwrap();
                let file = written.file(DIRECTORY, "key").unwrap();
                assert_eq!(fs::metadata(&file).unwrap().uid(), 1000);
                assert!(
                    fs::read(&file).is_err(),
                    "root lacks the capability to read any file here"
                );
            }
            Volumes::open(&bench.root(), 64 << 20)
                .unwrap()
                .remove_pod(UID)
                .unwrap();
            assert_eq!(names(&bench.root()), [".removed", ".unfinished"]);
        });
        worked.join().unwrap();
    });
}
