//! Checks when watches end and start again, and what listeners for changes learn.

use podweave_config_maps::Strategy;
use podweave_config_maps::source::{FailureKind, SourceError, Start};
use tokio::time::Instant;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn the_next_pod_notices_a_recreated_immutable_config_map() {
    let source = TestSource::new();
    source.put_immutable("name", "first");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("first"));
    source.delete("name");
    source.put_immutable("name", "second");
    tokio::time::sleep(seconds(1)).await;
    config_maps.register(pod("b"), names(&["name"]));
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("second"));
    assert_eq!(
        (source.take_watches().len(), source.take_gets().len()),
        (1, 1),
        "a read, and no watch"
    );
}

#[tokio::test(start_paused = true)]
async fn a_recreated_immutable_config_map_is_noticed_without_a_new_pod() {
    let source = TestSource::new();
    source.put_immutable("name", "first");
    let config_maps = watching(&source);
    let mut changes = config_maps.changes();
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(changes.next().await, named("name"));
    source.delete("name");
    source.put("name", "second");
    assert_eq!(
        tokio::time::timeout(seconds(400), changes.next()).await,
        Ok(named("name"))
    );
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("second"));
    settle().await;
    assert_eq!(source.open_watches(), 1, "it is not immutable any more");
}

#[tokio::test(start_paused = true)]
async fn age_counts_from_when_the_watch_was_last_heard() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    // A watch without events for a long time is still live.
    tokio::time::sleep(seconds(100)).await;
    // The connection had been silent for a while when it was closed.
    let last_received = Some(Instant::now());
    tokio::time::sleep(seconds(8)).await;
    source.fail_with(SourceError {
        last_received,
        ..SourceError::new(FailureKind::Unreachable, "no answer to a PING")
    });
    settle().await;
    assert_eq!(get(&config_maps, "name").await.unwrap().age().as_secs(), 8);
    // Connections that report nothing about the watch do not reset its age.
    tokio::time::sleep(seconds(8)).await;
    source.fail_with(SourceError {
        last_received: Some(Instant::now()),
        ..SourceError::new(FailureKind::Broken, "500")
    });
    tokio::time::sleep(seconds(20)).await;
    assert_eq!(get(&config_maps, "name").await.unwrap().age().as_secs(), 36);
}

#[tokio::test(start_paused = true)]
async fn an_idle_watch_ends_and_resumes_without_an_error_or_an_old_value() {
    let source = TestSource::new();
    source.put("name", "old");
    let config_maps = manager(
        &source,
        Strategy::Watch {
            idle_after: Some(seconds(60)),
            recheck_immutable: seconds(300),
        },
    );
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    tokio::time::sleep(seconds(120)).await;
    assert_eq!(source.open_watches(), 0);
    source.put("name", "new");
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("new"));
    // And while the API server is unreachable, the last known state.
    tokio::time::sleep(seconds(120)).await;
    source.fail(FailureKind::Unreachable, "connection refused");
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("new"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_idle_while_there_is_a_listener_for_changes() {
    let source = TestSource::new();
    source.put("name", "old");
    let config_maps = manager(
        &source,
        Strategy::Watch {
            idle_after: Some(seconds(60)),
            recheck_immutable: seconds(300),
        },
    );
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    tokio::time::sleep(seconds(120)).await;
    assert_eq!(source.open_watches(), 0);
    let mut changes = config_maps.changes();
    tokio::time::sleep(seconds(600)).await;
    source.put("name", "new");
    assert_eq!(changes.next().await, named("name"));
}

#[tokio::test(start_paused = true)]
async fn after_an_expired_version_the_watch_starts_fresh() {
    let source = TestSource::new();
    source.put("name", "old");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    settle().await;
    source.take_watches();
    source.fail(FailureKind::Unreachable, "gone");
    source.put("name", "new");
    source.compact();
    source.mend();
    tokio::time::sleep(seconds(2)).await;
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("new"));
    let starts: Vec<Start> = source
        .take_watches()
        .into_iter()
        .map(|(_, start)| start)
        .collect();
    assert!(matches!(starts.last(), Some(Start::Fresh)), "{starts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_listener_misses_states_but_not_the_last() {
    let source = TestSource::new();
    source.put("name", "0");
    let config_maps = watching(&source);
    let mut changes = config_maps.changes();
    config_maps.register(pod("a"), names(&["name"]));
    settle().await;
    for index in 1..=10_000 {
        source.put("name", &index.to_string());
    }
    settle().await;
    assert_eq!(changes.try_next(), Some(named("name")));
    assert_eq!(changes.try_next(), None);
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("10000"));
}
