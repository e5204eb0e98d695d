//! Checks that no caller sees an older state than one before.

use std::collections::BTreeSet;
use std::time::Duration;

use podweave_config_maps::source::{FailureKind, Read};
use podweave_config_maps::ttl::Ttl;
use podweave_config_maps::{GetError, PodConfigMaps, Strategy, Want};
use tokio::time::Instant;

use crate::strict;
use crate::support::*;

#[tokio::test(start_paused = true)]
async fn a_cache_of_the_api_server_that_is_behind_shows_no_older_state() {
    let source = TestSource::new();
    source.put("name", "old");
    source.let_cache_fall_behind("name");
    source.put("name", "new");
    let config_maps = manager(&source, Strategy::Cache(Ttl::new(seconds(1))));
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("new"));
    tokio::time::advance(seconds(2)).await;
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("new"));
    let reads: Vec<Read> = source.take_gets().into_iter().map(|(_, read)| read).collect();
    assert_eq!(
        reads,
        [Read::Quorum, Read::Cached, Read::Quorum],
        "an older answer is read again, from a quorum"
    );
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_has_not_seen_the_creation_does_not_make_it_vanish() {
    let source = TestSource::new();
    source.let_cache_fall_behind("name");
    source.put("name", "value");
    let config_maps = manager(&source, Strategy::Cache(Ttl::new(seconds(1))));
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
    tokio::time::advance(seconds(2)).await;
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
}

#[tokio::test(start_paused = true)]
async fn with_a_read_for_each_get_nothing_older_is_served() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = manager(&source, Strategy::Get);
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
    source.fail(FailureKind::Unreachable, "connection refused");
    settle().await;
    let error = get(&config_maps, "name").await.err();
    assert!(matches!(error, Some(GetError::Unavailable { .. })), "{error:?}");
}

/// Runs a strict manager whose watch has reported "first" and is 5 s behind from now on. Returns what a new
/// pod is shown after `change`, and what it is shown until the watch has caught up.
async fn shown_while_the_watch_is_behind(changes: &[fn(&TestSource)]) -> BTreeSet<Option<String>> {
    let source = TestSource::new();
    source.put("name", "first");
    let config_maps = strict(&source);
    let first = config_maps.register(pod("a"), names(&["name"]));
    let text = async |pod: &PodConfigMaps| {
        let answer = pod.get("ns", "name", Want::default()).await.unwrap();
        answer.config_map().map(|config_map| value_of(config_map))
    };
    assert_eq!(text(&first).await.as_deref(), Some("first"));
    tokio::time::sleep(seconds(1)).await;
    source.set_lag(seconds(5));
    for change in changes {
        change(&source);
        tokio::time::sleep(seconds(1)).await;
    }
    let second = config_maps.register(pod("b"), names(&["name"]));
    let mut shown = BTreeSet::new();
    for _ in 0..100 {
        shown.insert(text(&second).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    shown
}

#[tokio::test(start_paused = true)]
async fn a_read_that_raced_with_a_change_is_repeated_at_once() {
    let source = TestSource::new();
    source.put("name", "first");
    let config_maps = strict(&source);
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    tokio::time::sleep(seconds(1)).await;
    source.set_latency(Duration::from_millis(10));
    let began = Instant::now();
    let pod = config_maps.register(pod("b"), names(&["name"]));
    let get = tokio::spawn(async move {
        pod.get("ns", "name", Want::default()).await.map(|answer| {
            (
                answer.config_map().map(|it| value_of(it)),
                answer.failure().cloned(),
            )
        })
    });
    // The read finds nothing. While its answer is on the way, the watch reports something newer.
    tokio::time::sleep(Duration::from_millis(5)).await;
    source.delete("name");
    tokio::time::sleep(Duration::from_millis(8)).await;
    source.put("name", "second");
    assert_eq!(get.await.unwrap().unwrap(), (Some("second".to_owned()), None));
    assert!(
        began.elapsed() < Duration::from_millis(50),
        "two reads of 20 ms each took {:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_watch_does_not_undo_an_absence_from_a_quorum_read() {
    let put = |source: &TestSource| {
        source.put("name", "other");
    };
    let delete = |source: &TestSource| source.delete("name");
    assert_eq!(
        shown_while_the_watch_is_behind(&[put, put, delete]).await,
        BTreeSet::from([None])
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_watch_does_not_undo_a_version_from_a_quorum_read() {
    let put = |source: &TestSource| {
        source.put("name", "other");
    };
    let delete = |source: &TestSource| source.delete("name");
    let put_last = |source: &TestSource| {
        source.put("name", "last");
    };
    assert_eq!(
        shown_while_the_watch_is_behind(&[put, delete, put_last]).await,
        BTreeSet::from([Some("last".to_owned())])
    );
}

#[tokio::test(start_paused = true)]
async fn older_versions_of_a_restored_source_are_not_used() {
    let source = TestSource::new();
    source.put("filler", "1");
    source.put("name", "new");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    settle().await;
    // A cluster restored from a backup counts its versions from an earlier one.
    source.restore_from_backup("name", "old", 1);
    tokio::time::sleep(seconds(60)).await;
    let answer = get(&config_maps, "name").await.unwrap();
    assert_eq!(value_of(answer.config_map().unwrap()), "new");
    assert!(
        answer
            .failure()
            .unwrap()
            .message
            .contains("restored from a backup"),
        "{:?}",
        answer.failure()
    );
    assert!(answer.age() > seconds(50), "and the age shows it");
}
