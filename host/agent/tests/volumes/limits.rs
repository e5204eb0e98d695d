//! What all pods together may take, and what is known of them.

use std::collections::BTreeMap;

use crate::bench::*;
use podweave_agent::for_tests::volumes::{Volumes, VolumesError};
use prometheus_client::registry::Registry;

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
        .write("other", "web", &unowned(&directories(two)))
        .unwrap();
    let error = bench
        .volumes
        .write("third", "web", &unowned(&directories(&[(DIRECTORY, one_page)])))
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
    reopened
        .write("third", "web", &unowned(&directories(two)))
        .unwrap();
    let tight = Volumes::open(&bench.root(), 4096).unwrap();
    tight
        .write(UID, "web", &unowned(&directories(&[(DIRECTORY, one_page)])))
        .expect("a lower limit does not refuse what takes no more than before");
}

#[test]
fn too_many_directories_are_refused_before_one_is_created() {
    let bench = Bench::new();
    let paths: Vec<String> = (0..1100).map(|number| format!("{number}/x")).collect();
    let files: Vec<(&str, &str, u32)> = paths.iter().map(|path| (path.as_str(), "", 0o444)).collect();
    let error = bench
        .volumes
        .write(UID, "web", &unowned(&directories(&[(DIRECTORY, &files)])))
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
            .write(uid, "web", &unowned(&directories(&[(DIRECTORY, files)])))
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
                        .write(&uid, &format!("c{thread}"), &unowned(files))
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
            &unowned(&directories(&[(DIRECTORY, &[("a", "x", 0o444)])])),
        )
        .unwrap_err();
    bench
        .volumes
        .write("..", "web", &unowned(&BTreeMap::new()))
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
