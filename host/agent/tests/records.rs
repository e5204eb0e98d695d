//! Records of pods: they are read as they were written, other files in the directory do no harm, and nothing
//! leads outside.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podweave_agent::for_tests::records::{Record, RecordedConfigMap, Records, RecordsError};
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::digest::Digest;
use proptest::prelude::*;
use serde_json::json;

const MARKER: &str = "s3cr3t-value";

struct Bench {
    directory: tempfile::TempDir,
    records: Records,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let records = Records::open(&directory.path().join("records")).unwrap();
        Self { directory, records }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("records").join(name)
    }
}

fn record(uid: &str) -> Record {
    let shared = ConfigMap::new("shop", "settings")
        .with("text", Value::text(MARKER))
        .with("bytes", Value::bytes(vec![0xff, 0]))
        .shared_with("billing");
    let known = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    Record {
        uid: uid.to_owned(),
        manifest: json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "web", "namespace": "shop", "uid": uid },
            "spec": { "containers": [{ "name": "web", "env": [{ "name": "TOKEN", "value": MARKER }] }] },
        })
        .to_string()
        .into(),
        config_maps: vec![
            RecordedConfigMap {
                namespace: "shop".into(),
                name: "settings".into(),
                config_map: Some(Arc::new(shared)),
                as_of: known(1_790_000_000),
            },
            RecordedConfigMap {
                namespace: "shop".into(),
                name: "absent".into(),
                config_map: None,
                as_of: known(1_790_000_001),
            },
        ],
        node_labels: Some(Arc::new(BTreeMap::from([("zone".to_owned(), "a".to_owned())]))),
        plugins: BTreeMap::from([("ghcr.io/acme/web:1".to_owned(), Digest::of(b"manifest"))]),
    }
}

#[test]
fn a_record_comes_out_as_it_went_in() {
    let bench = Bench::new();
    let written = record("u-1");
    bench.records.write(&written).unwrap();
    let again = Records::open(&bench.path("")).unwrap();
    let read = again.read("u-1").unwrap().unwrap();
    assert_eq!(read, written);
    let settings = read.config_maps[0].config_map.as_ref().unwrap();
    assert!(
        settings.is_readable_from("billing") && !settings.is_readable_from("other"),
        "the owner's consent is kept"
    );
    assert_eq!(again.read("u-2").unwrap(), None);
}

#[test]
fn the_last_record_of_a_pod_counts_until_it_is_removed() {
    let bench = Bench::new();
    bench.records.write(&record("b")).unwrap();
    bench.records.write(&record("a")).unwrap();
    let mut changed = record("b");
    changed.config_maps.clear();
    changed.node_labels = None;
    bench.records.write(&changed).unwrap();
    assert_eq!(bench.records.uids(), ["a", "b"]);
    let all: Vec<Record> = bench.records.all().map(Result::unwrap).collect();
    assert_eq!(all, [record("a"), changed]);
    bench.records.remove("a").unwrap();
    bench.records.remove("a").expect("again changes nothing");
    assert_eq!(bench.records.uids(), ["b"]);
}

#[test]
fn records_are_for_their_owner_only() {
    let bench = Bench::new();
    bench.records.write(&record("u-1")).unwrap();
    let mode = |name: &str| fs::metadata(bench.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("u-1.json")), (0o700, 0o600));
    fs::set_permissions(bench.path(""), Permissions::from_mode(0o750)).unwrap();
    let error = Records::open(&bench.path("")).unwrap_err().to_string();
    assert!(error.contains("others can enter it (mode 0750)"), "{error}");
}

#[test]
fn a_broken_record_is_reported_and_removed() {
    let good = |uid: &str| {
        let bench = Bench::new();
        bench.records.write(&record(uid)).unwrap();
        fs::read_to_string(bench.path(&format!("{uid}.json"))).unwrap()
    };
    let text = good("u-1");
    let table = [
        (String::new(), "line 1, column 0: it is not a record"),
        (text[..text.len() / 2].to_owned(), "it is not a record"),
        (
            text.replace("PodRecord", "Other"),
            "it is a \"Other\" of \"podweave.dev/v1alpha1\", and not a PodRecord",
        ),
        (
            text.replacen("podweave.dev/v1alpha1", "podweave.dev/v9", 1),
            "it is a \"PodRecord\" of \"podweave.dev/v9\"",
        ),
        (good("u-2"), "it is the record of another pod"),
        (
            text.replace("\"asOf\":", "\"unknown\":1,\"asOf\":"),
            "it is not a record",
        ),
        (
            text.replace("\"name\":\"settings\",\"asOf\"", "\"name\":\"other\",\"asOf\""),
            "a ConfigMap is listed under another name",
        ),
        (
            text.replace("/wA=", "%"),
            "ConfigMap shop/settings, binaryData.bytes: is not base64",
        ),
        (
            text.replace("1790000000", "18446744073709551615"),
            "a time is out of range",
        ),
        (text.replace("1790000000", "-1"), "it is not a record"),
        ("[".repeat(100_000), "it is not a record"),
    ];
    let bench = Bench::new();
    for (contents, reason) in table {
        assert_ne!(contents, text);
        fs::write(bench.path("u-1.json"), contents).unwrap();
        let error = bench.records.read("u-1").unwrap_err();
        assert!(matches!(error, RecordsError::Broken { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.to_string().contains(MARKER), "{error}");
        assert_eq!(bench.records.read("u-1").unwrap(), None, "{reason}");
    }
}

#[test]
fn a_broken_record_does_not_hide_the_others() {
    let bench = Bench::new();
    for uid in ["a", "b", "c"] {
        bench.records.write(&record(uid)).unwrap();
    }
    fs::write(bench.path("b.json"), "{").unwrap();
    let read: Vec<bool> = bench.records.all().map(|record| record.is_ok()).collect();
    assert_eq!(read, [true, false, true]);
    assert_eq!(bench.records.uids(), ["a", "c"]);
}

#[test]
fn too_large_records_are_neither_written_nor_read() {
    let bench = Bench::new();
    fs::write(bench.path("u-1.json"), vec![b' '; (32 << 20) + 1]).unwrap();
    let error = bench.records.read("u-1").unwrap_err().to_string();
    assert!(error.contains("it has more than 32 MiB"), "{error}");
    let mut large = record("u-1");
    let value = Value::text("x".repeat(1 << 20));
    let map = |number: usize| ConfigMap::new("shop", format!("m{number}")).with("k", value.clone());
    large.config_maps = (0..33)
        .map(|number| RecordedConfigMap {
            namespace: "shop".into(),
            name: format!("m{number}"),
            config_map: Some(Arc::new(map(number))),
            as_of: UNIX_EPOCH,
        })
        .collect();
    let error = bench.records.write(&large).unwrap_err().to_string();
    assert!(error.contains("the record of pod u-1 has 33"), "{error}");
    assert_eq!(bench.records.uids(), Vec::<String>::new());
}

#[test]
fn nothing_leads_outside() {
    let bench = Bench::new();
    let outside = bench.directory.path().join("outside.json");
    fs::write(&outside, "precious").unwrap();
    for uid in ["../outside", "..", "", "a/b", ".unfinished-1", "a\0b"] {
        assert!(
            matches!(bench.records.read(uid), Err(RecordsError::Uid(_))),
            "{uid:?}"
        );
        assert!(
            matches!(bench.records.remove(uid), Err(RecordsError::Uid(_))),
            "{uid:?}"
        );
        assert!(
            matches!(bench.records.write(&record(uid)), Err(RecordsError::Uid(_))),
            "{uid:?}"
        );
    }
    symlink(&outside, bench.path("link.json")).unwrap();
    fs::create_dir(bench.path("directory.json")).unwrap();
    for uid in ["link", "directory"] {
        let error = bench.records.read(uid).unwrap_err().to_string();
        assert!(error.contains("it is not a file"), "{error}");
    }
    symlink(&outside, bench.path("u-1.json")).unwrap();
    bench.records.write(&record("u-1")).unwrap();
    assert_eq!(bench.records.read("u-1").unwrap(), Some(record("u-1")));
    assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
}

#[test]
fn unfinished_records_are_removed_at_the_next_start() {
    let bench = Bench::new();
    fs::write(bench.path(".unfinished-0"), "{").unwrap();
    fs::write(bench.path("NOTES.txt"), "of an operator").unwrap();
    let records = Records::open(&bench.path("")).unwrap();
    assert!(!bench.path(".unfinished-0").exists() && bench.path("NOTES.txt").exists());
    assert_eq!(records.uids(), Vec::<String>::new());
    records.write(&record("u-1")).unwrap();
}

#[test]
fn a_time_in_the_future_does_not_count() {
    let bench = Bench::new();
    let mut early = record("u-1");
    early.config_maps[0].as_of = SystemTime::now() + Duration::from_secs(1_000_000);
    bench.records.write(&early).unwrap();
    let read = bench.records.read("u-1").unwrap().unwrap();
    assert!(read.config_maps[0].as_of <= SystemTime::now());
}

#[test]
fn no_value_shows_in_debug_output() {
    assert!(!format!("{:?}", record("u-1")).contains(MARKER));
}

proptest! {
    #[test]
    fn any_file_content_is_a_record_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>()) {
        let bench = Bench::new();
        bench.records.write(&record("u-1")).unwrap();
        let mut contents = fs::read(bench.path("u-1.json")).unwrap();
        let at = at.index(contents.len());
        contents.splice(at..(at + bytes.len()).min(contents.len()), bytes);
        fs::write(bench.path("u-1.json"), contents).unwrap();
        if let Err(error) = bench.records.read("u-1") {
            let is_broken = matches!(error, RecordsError::Broken { .. });
            prop_assert!(is_broken, "{error}");
        }
    }
}
