//! Rendered files on the node: what containers see, who owns them, how much space they may take, and that
//! nothing is written outside.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use podweave_agent::volumes::{Volumes, VolumesError, Written};
use podweave_core::outputs::File;
use prometheus_client::registry::Registry;

const UID: &str = "0a1b2c3d-1111-4222-8333-444455556666";
const DIRECTORY: &str = "/etc/podweave";

type Files<'a> = &'a [(&'a str, &'a str, u32)];

struct Bench {
    directory: tempfile::TempDir,
    volumes: Volumes,
}

impl Bench {
    fn new() -> Self {
        Self::with_limit(64 << 20)
    }

    fn with_limit(limit: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let volumes = Volumes::open(&directory.path().join("volumes"), limit).unwrap();
        Self { directory, volumes }
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("volumes")
    }

    fn write(&self, files: Files<'_>) -> Written {
        self.volumes
            .write(UID, "web", &directories(&[(DIRECTORY, files)]), None)
            .unwrap()
    }
}

fn directories(list: &[(&str, Files<'_>)]) -> BTreeMap<String, BTreeMap<String, File>> {
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

fn volume(written: &Written) -> PathBuf {
    written.directories().next().unwrap().1.to_owned()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

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
            .write(UID, "web", &directories(&[(DIRECTORY, files)]), None)
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
    let written = bench.volumes.write(UID, "web", &both, None).unwrap();
    let paths: Vec<PathBuf> = written.directories().map(|(_, path)| path.to_owned()).collect();
    assert_eq!(fs::read_to_string(paths[1].join("x")).unwrap(), "2");
    bench
        .volumes
        .write(
            UID,
            "web",
            &directories(&[("/etc/a", &[("x", "1", 0o444)])]),
            None,
        )
        .unwrap();
    assert!(paths[0].exists() && !paths[1].exists());
    bench.volumes.write(UID, "web", &BTreeMap::new(), None).unwrap();
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
        .write(UID, "web", &files, Some((1000, 2000)))
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
    let again = bench.volumes.write(UID, "web", &files, None).unwrap();
    assert!(again.is_new());
    assert_eq!(of(&again), (0, 0, 0o400));
}

#[test]
fn all_files_of_a_node_together_have_a_limit() {
    let bench = Bench::with_limit(10 * 4096);
    let one_page: Files<'_> = &[("a", "x", 0o444)];
    bench.write(one_page);
    assert_eq!(
        bench.volumes.bytes(),
        3 * 4096,
        "a page, and one for each of two directories"
    );
    bench.write(&[("a", "", 0o444)]);
    assert_eq!(bench.volumes.bytes(), 3 * 4096, "many empty files are not free");
    let two: &[(&str, Files<'_>)] = &[("/a", one_page), ("/b", one_page)];
    bench
        .volumes
        .write("other", "web", &directories(two), None)
        .unwrap();
    let error = bench
        .volumes
        .write("third", "web", &directories(&[(DIRECTORY, one_page)]), None)
        .unwrap_err();
    assert!(matches!(error, VolumesError::Full { .. }));
    assert_eq!(
        error.to_string(),
        "the rendered files of the container take 12 KiB, and those of other containers of this node take 36 KiB, more than the limit of 40 KiB for the node; \
         render fewer or smaller ones, or raise limits.nodeFiles in the agent's configuration"
    );
    assert!(!bench.root().join("third").join("web").exists());
    bench.write(&[("a", "y", 0o444)]);
    assert_eq!(bench.volumes.bytes(), 9 * 4096, "what is replaced counts once");
    let reopened = Volumes::open(&bench.root(), 10 * 4096).unwrap();
    assert_eq!(
        reopened.bytes(),
        9 * 4096,
        "and is counted again by the next process"
    );
    reopened.remove_container("other", "web").unwrap();
    assert_eq!(reopened.bytes(), 3 * 4096);
    reopened.write("third", "web", &directories(two), None).unwrap();
    let tight = Volumes::open(&bench.root(), 4096).unwrap();
    tight
        .write(UID, "web", &directories(&[(DIRECTORY, one_page)]), None)
        .expect("a lower limit does not refuse what takes no more than before");
}

#[test]
fn too_many_directories_are_refused_before_one_is_created() {
    let bench = Bench::new();
    let paths: Vec<String> = (0..1100).map(|number| format!("{number}/x")).collect();
    let files: Vec<(&str, &str, u32)> = paths.iter().map(|path| (path.as_str(), "", 0o444)).collect();
    let error = bench
        .volumes
        .write(UID, "web", &directories(&[(DIRECTORY, &files)]), None)
        .unwrap_err();
    assert!(
        error.to_string().contains("more than 1024 directories"),
        "{error}"
    );
    assert_eq!(bench.volumes.bytes(), 0);
}

#[test]
fn pods_are_known_until_they_are_removed() {
    let bench = Bench::new();
    let deep = "d/".repeat(500) + "file";
    let files: Files<'_> = &[("a", "x", 0o444), (&deep, "y", 0o444)];
    for uid in ["b", "a"] {
        bench
            .volumes
            .write(uid, "web", &directories(&[(DIRECTORY, files)]), None)
            .unwrap();
    }
    let reopened = Volumes::open(&bench.root(), 64 << 20).unwrap();
    assert_eq!(reopened.pod_uids(), ["a", "b"]);
    reopened.remove_pod("a").unwrap();
    reopened.remove_pod("a").expect("again changes nothing");
    reopened.remove_pod("never-seen").unwrap();
    assert_eq!(reopened.pod_uids(), ["b"]);
    reopened.remove_container("b", "web").unwrap();
    reopened.remove_container("b", "web").unwrap();
    assert_eq!((reopened.pod_uids(), reopened.bytes()), (vec!["b".to_owned()], 0));
    reopened.remove_pod("b").unwrap();
    assert_eq!(names(&bench.root()), [".removed", ".unfinished"]);
    assert!(names(&bench.root().join(".removed")).is_empty());
}

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
                bench.volumes.write(uid, "web", &files, None),
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
                bench.volumes.write(UID, container, &files, None),
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
                bench.volumes.write(UID, "web", &files, None),
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

#[test]
fn pods_are_written_and_removed_at_the_same_time() {
    let bench = Bench::new();
    let files = directories(&[(DIRECTORY, &[("a", "x", 0o444), ("d/b", "y", 0o444)])]);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (bench, files) = (&bench, &files);
            scope.spawn(move || {
                for round in 0..50 {
                    // Two threads share each pod's UID, in any order.
                    let uid = format!("pod-{}-{round}", thread % 2);
                    bench
                        .volumes
                        .write(&uid, &format!("c{thread}"), files, None)
                        .unwrap();
                    bench
                        .volumes
                        .remove_container(&uid, &format!("c{thread}"))
                        .unwrap();
                    bench.volumes.remove_pod(&uid).unwrap();
                }
            });
        }
    });
    assert_eq!((bench.volumes.bytes(), bench.volumes.pod_uids()), (0, Vec::new()));
    assert_eq!(names(&bench.root()), [".removed", ".unfinished"]);
}

#[test]
fn metrics_report_writes_and_the_space_that_they_take() {
    let bench = Bench::with_limit(4 * 4096);
    let mut registry = Registry::default();
    bench.volumes.register_metrics(&mut registry);
    bench.write(&[("a", "x", 0o444)]);
    bench.write(&[("a", "x", 0o444)]);
    bench
        .volumes
        .write(
            "other",
            "web",
            &directories(&[(DIRECTORY, &[("a", "x", 0o444)])]),
            None,
        )
        .unwrap_err();
    bench
        .volumes
        .write("..", "web", &BTreeMap::new(), None)
        .unwrap_err();
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        "podweave_volumes_writes_total{outcome=\"written\"} 1",
        "podweave_volumes_writes_total{outcome=\"unchanged\"} 1",
        "podweave_volumes_writes_total{outcome=\"full\"} 1",
        "podweave_volumes_writes_total{outcome=\"failed\"} 1",
        "podweave_volumes_bytes 12288.0",
        "podweave_volumes_limit_bytes 16384.0",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
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
                    .write(UID, "web", &files, Some((1000, 2000)))
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
