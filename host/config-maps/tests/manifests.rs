//! Uses manifests on disk as a source.

mod support;

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use podweave_config_maps::manifests::files::{ManifestFiles, ManifestFilesError};
use podweave_config_maps::source::Source;
use podweave_config_maps::ttl::Ttl;
use podweave_config_maps::{ConfigMaps, Options, Strategy};
use support::*;
use tempfile::TempDir;

fn manifest(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{key: \"{value}\"}}\n")
}

fn directory(files: &[(&str, String)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn open(directory: &TempDir) -> Result<Arc<ManifestFiles>, ManifestFilesError> {
    ManifestFiles::open(vec![directory.path().to_owned()], "ns").map(Arc::new)
}

fn over(files: &Arc<ManifestFiles>, strategy: Strategy) -> ConfigMaps {
    ConfigMaps::new(
        Arc::clone(files) as Arc<dyn Source>,
        Options {
            strategy,
            strict: false,
        },
    )
}

#[tokio::test(start_paused = true)]
async fn every_strategy_serves_the_config_maps_of_files() {
    let directory = directory(&[
        ("a.yaml", manifest("a", "1")),
        (
            "b.json",
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}"#.into(),
        ),
    ]);
    let files = open(&directory).unwrap();
    for strategy in [
        Strategy::default(),
        Strategy::Cache(Ttl::default()),
        Strategy::Get,
    ] {
        let config_maps = over(&files, strategy);
        config_maps.register(pod("pod"), names(&["a", "b", "absent"]));
        assert_eq!(value(&config_maps, "a").await.as_deref(), Some("1"));
        assert_eq!(value(&config_maps, "b").await.as_deref(), Some(""));
        assert_eq!(value(&config_maps, "absent").await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn only_changed_config_maps_of_a_file_are_reported() {
    let directory = directory(&[("a.yaml", manifest("a", "1")), ("b.yaml", manifest("b", "1"))]);
    let files = open(&directory).unwrap();
    let config_maps = over(&files, Strategy::default());
    config_maps.register(pod("pod"), names(&["a", "b", "new"]));
    settle().await;
    let mut changes = config_maps.changes();
    let follow = tokio::spawn({
        let files = Arc::clone(&files);
        async move { files.follow(seconds(1), |error| panic!("{error}")).await }
    });
    settle().await;
    fs::write(directory.path().join("a.yaml"), manifest("a", "changed")).unwrap();
    fs::write(directory.path().join("new.yaml"), manifest("new", "created")).unwrap();
    let mut told = [changes.next().await, changes.next().await];
    told.sort();
    assert_eq!(told, [named("a"), named("new")]);
    assert_eq!(value(&config_maps, "a").await.as_deref(), Some("changed"));
    fs::remove_file(directory.path().join("a.yaml")).unwrap();
    assert_eq!(changes.next().await, named("a"));
    assert_eq!(value(&config_maps, "a").await, None);
    assert_eq!(changes.try_next(), None);
    follow.abort();
}

#[tokio::test(start_paused = true)]
async fn annotations_of_a_manifest_are_followed() {
    let manifest = |metadata: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{metadata}}}\ndata: {{key: value}}\n")
    };
    let directory = directory(&[("a.yaml", manifest(""))]);
    let files = open(&directory).unwrap();
    let config_maps = over(&files, Strategy::default());
    let follower = config_maps.follower();
    follower.set("uid", names(&["a"]).into_iter().collect());
    config_maps.register(pod("pod"), names(&["a"]));
    assert_eq!(follower.next().await, named("a"));
    settle().await;
    let before = Arc::clone(get(&config_maps, "a").await.unwrap().config_map().unwrap());
    let held = manifest(
        ", annotations: {podweave.dev/hold: migration}, managedFields: [{manager: helm, time: '2026-11-29T10:31:05Z'}]",
    );
    fs::write(directory.path().join("a.yaml"), held).unwrap();
    for is_heard in [true, false] {
        files.reload().unwrap();
        settle().await;
        assert_eq!(
            follower.try_next().is_some(),
            is_heard,
            "only if something changed"
        );
    }
    let version = config_maps.version("ns", "a").unwrap();
    assert_eq!(version.hold.as_deref(), Some("migration"));
    let writer = version.writer.unwrap();
    assert_eq!((&*writer.manager, &*writer.at), ("helm", "2026-11-29T10:31:05Z"));
    let now = get(&config_maps, "a").await.unwrap();
    assert!(Arc::ptr_eq(now.config_map().unwrap(), &before));
}

#[tokio::test(start_paused = true)]
async fn a_broken_file_is_named_and_the_previous_state_kept() {
    let directory = directory(&[("a.yaml", manifest("a", "1"))]);
    let files = open(&directory).unwrap();
    let config_maps = over(&files, Strategy::default());
    config_maps.register(pod("pod"), names(&["a"]));
    let failures = Arc::new(Mutex::new(Vec::new()));
    let follow = tokio::spawn({
        let (files, failures) = (Arc::clone(&files), Arc::clone(&failures));
        async move {
            files
                .follow(seconds(1), |error| {
                    failures.lock().unwrap().push(error.to_string())
                })
                .await
        }
    });
    settle().await;
    fs::write(directory.path().join("a.yaml"), "data: {key: [}").unwrap();
    tokio::time::sleep(seconds(3)).await;
    assert_eq!(value(&config_maps, "a").await.as_deref(), Some("1"));
    assert!(
        matches!(&failures.lock().unwrap()[..], [message] if message.contains("a.yaml")),
        "once, and by name"
    );
    follow.abort();
}

#[test]
fn an_unreadable_path_is_named_with_the_remedy() {
    let message = |path: PathBuf| ManifestFiles::open(vec![path], "ns").err().unwrap().to_string();
    let directory = directory(&[("notes.txt", String::new())]);
    let path = directory.path().display().to_string();
    assert_eq!(
        message(directory.path().into()),
        format!(
            "{path} has no .yaml, .yml or .json file directly in it; name the directory that holds the manifests"
        )
    );
    assert_eq!(
        message(directory.path().join("none.yaml")),
        format!("cannot read {path}/none.yaml: No such file or directory (os error 2)")
    );
    fs::write(directory.path().join("bytes.yaml"), [0xff, 0xfe]).unwrap();
    assert_eq!(
        message(directory.path().join("bytes.yaml")),
        format!("{path}/bytes.yaml is not UTF-8 text")
    );
}
