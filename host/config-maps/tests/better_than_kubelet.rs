//! Checks what the kubelet's managers do not do, or do not promise.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::source::{FailureKind, Read, Source, SourceError, Start};
use podweave_config_maps::ttl::Ttl;
use podweave_config_maps::{ConfigMaps, GetError, Options, PodConfigMaps, Strategy, Want};
use support::*;
use tokio::time::Instant;

fn strict(source: &Arc<TestSource>) -> ConfigMaps {
    ConfigMaps::new(
        Arc::clone(source) as Arc<dyn Source>,
        Options {
            strategy: Strategy::default(),
            strict: true,
        },
    )
}

fn want(within: u64, max_age: Option<u64>) -> Want {
    Want {
        within: seconds(within),
        max_age: max_age.map(seconds),
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_is_woken_by_the_answer_not_by_a_poll() {
    let source = TestSource::new();
    source.put("name", "value");
    source.set_latency(Duration::from_micros(300));
    let config_maps = watching(&source);
    let began = Instant::now();
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
    assert!(
        began.elapsed() < Duration::from_millis(10),
        "the kubelet polls every 10 ms; here it took {:?} on the test's own clock",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn the_caller_says_how_long_it_waits() {
    let source = TestSource::new();
    source.put("name", "value");
    source.freeze();
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    let began = Instant::now();
    let error = config_maps
        .get(
            "ns",
            "name",
            Want {
                within: Duration::from_millis(50),
                max_age: None,
            },
        )
        .await
        .err()
        .unwrap();
    assert_eq!(began.elapsed().as_millis(), 50);
    assert_eq!(
        error.to_string(),
        "ConfigMap ns/name: no answer from the API server in 50 ms: it has not answered yet"
    );
    let late = tokio::spawn({
        let config_maps = config_maps.clone();
        async move {
            config_maps
                .get("ns", "name", want(30, None))
                .await
                .map(|answer| answer.config_map().is_some())
        }
    });
    tokio::time::sleep(seconds(20)).await;
    source.mend();
    assert!(late.await.unwrap().unwrap(), "the kubelet gives up after 1 s");
}

#[tokio::test(start_paused = true)]
async fn many_pods_that_start_at_once_share_one_request() {
    for strategy in [Strategy::default(), Strategy::Cache(Ttl::default())] {
        let source = TestSource::new();
        source.put("name", "value");
        source.set_latency(Duration::from_millis(5));
        let config_maps = manager(&source, strategy);
        let mut gets = tokio::task::JoinSet::new();
        for index in 0..500 {
            let pod = config_maps.register(pod(&format!("pod-{index}")), names(&["name"]));
            gets.spawn(async move {
                pod.get("ns", "name", Want::default())
                    .await
                    .map(|answer| answer.config_map().is_some())
            });
        }
        assert!(gets.join_all().await.into_iter().all(Result::unwrap));
        assert_eq!(source.take_gets().len() + source.take_watches().len(), 1);
    }
}

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
async fn the_last_good_object_is_served_with_its_age_and_can_be_refused() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(get(&config_maps, "name").await.unwrap().age(), Duration::ZERO);
    settle().await;
    source.fail_with(SourceError {
        last_heard: Some(Instant::now()),
        ..SourceError::new(FailureKind::Unreachable, "connection refused")
    });
    tokio::time::sleep(seconds(3600)).await;

    let began = Instant::now();
    let answer = get(&config_maps, "name").await.unwrap();
    assert_eq!(
        began.elapsed(),
        Duration::ZERO,
        "the last known state is served at once"
    );
    assert_eq!(answer.age().as_secs(), 3600);
    assert_eq!(answer.failure().unwrap().message, "connection refused");
    drop(answer);
    let refused = config_maps
        .get("ns", "name", want(1, Some(600)))
        .await
        .err()
        .unwrap();
    assert_eq!(
        refused.to_string(),
        "ConfigMap ns/name: the last known state was confirmed 3601 s ago, which is older than requested: connection refused"
    );

    source.mend();
    let answer = config_maps.get("ns", "name", want(1, Some(0))).await.unwrap();
    assert_eq!(answer.age(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_make_gets_hammer_the_api_server() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = manager(&source, Strategy::Cache(Ttl::new(seconds(1))));
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    source.take_gets();
    source.fail(FailureKind::Broken, "500");
    for _ in 0..1000 {
        tokio::time::advance(Duration::from_millis(10)).await;
        assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
    }
    let gets = source.take_gets().len();
    assert!((2..250).contains(&gets), "{gets} reads in 10 s");

    // The same holds if nothing is known yet, and callers give up before the failure comes.
    source.set_latency(Duration::from_millis(20));
    config_maps.register(pod("b"), names(&["unknown"]));
    for _ in 0..1000 {
        let impatient = Want {
            within: Duration::from_millis(5),
            max_age: None,
        };
        assert!(config_maps.get("ns", "unknown", impatient).await.is_err());
        tokio::time::advance(Duration::from_millis(5)).await;
    }
    let gets = source.take_gets().len();
    assert!((2..250).contains(&gets), "{gets} reads in 10 s");
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

#[tokio::test(start_paused = true)]
async fn strict_serves_a_new_pod_nothing_older_than_a_quorum_read() {
    let source = TestSource::new();
    source.put("name", "old");
    let config_maps = strict(&source);
    let first = config_maps.register(pod("a"), names(&["name"]));
    settle().await;
    assert!(first.get("ns", "name", Want::default()).await.is_ok());
    // The watch hangs without detecting it.
    source.freeze();
    source.put("name", "new");
    tokio::time::sleep(seconds(1)).await;
    let second = config_maps.register(pod("b"), names(&["name"]));
    let error = second.get("ns", "name", want(1, None)).await.err();
    assert!(matches!(error, Some(GetError::Unavailable { .. })), "{error:?}");
    let text =
        |answer: podweave_config_maps::Answer| answer.config_map().map(|config_map| value_of(config_map));
    assert_eq!(
        first
            .get("ns", "name", Want::default())
            .await
            .map(text)
            .unwrap()
            .as_deref(),
        Some("old"),
        "other pods are not affected"
    );
    source.mend();
    assert_eq!(
        second
            .get("ns", "name", want(1, None))
            .await
            .map(text)
            .unwrap()
            .as_deref(),
        Some("new")
    );
}

#[tokio::test(start_paused = true)]
async fn strict_asks_once_however_many_pods_come() {
    let source = TestSource::new();
    source.put("name", "value");
    source.set_latency(Duration::from_millis(1));
    let config_maps = strict(&source);
    config_maps.register(pod("first"), names(&["name"]));
    value(&config_maps, "name").await;
    tokio::time::sleep(seconds(1)).await;
    let mut gets = tokio::task::JoinSet::new();
    for index in 0..100 {
        let pod = config_maps.register(pod(&format!("pod-{index}")), names(&["name"]));
        gets.spawn(async move {
            pod.get("ns", "name", Want::default())
                .await
                .map(|answer| answer.config_map().is_some())
        });
    }
    assert!(gets.join_all().await.into_iter().all(Result::unwrap));
    assert_eq!(source.take_gets().len(), 1);
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
async fn strict_reads_nothing_again_for_an_updated_pod() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = strict(&source);
    for references in [["name", "other"], ["name", "third"]] {
        let pod = config_maps.register(pod("a"), names(&references));
        assert!(pod.get("ns", "name", Want::default()).await.is_ok());
        tokio::time::sleep(seconds(1)).await;
    }
    assert_eq!(
        source.take_gets().len(),
        0,
        "the watch's own read was sent after the registration"
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
async fn age_counts_from_when_the_watch_was_last_heard() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    // A watch without events for a long time is still live.
    tokio::time::sleep(seconds(100)).await;
    // The connection had been silent for a while when it was closed.
    let last_heard = Some(Instant::now());
    tokio::time::sleep(seconds(8)).await;
    source.fail_with(SourceError {
        last_heard,
        ..SourceError::new(FailureKind::Unreachable, "no answer to a PING")
    });
    settle().await;
    assert_eq!(get(&config_maps, "name").await.unwrap().age().as_secs(), 8);
    // Connections that report nothing about the watch do not reset its age.
    tokio::time::sleep(seconds(8)).await;
    source.fail_with(SourceError {
        last_heard: Some(Instant::now()),
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
async fn a_refusal_is_reported_at_once_with_its_remedy() {
    let source = TestSource::new();
    source.fail(
        FailureKind::Refused,
        "configmaps is forbidden; let the ServiceAccount get, list and watch them",
    );
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    let began = Instant::now();
    let error = config_maps.get("ns", "name", want(30, None)).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "ConfigMap ns/name: configmaps is forbidden; let the ServiceAccount get, list and watch them"
    );
    assert!(began.elapsed() < seconds(1));
    source.mend();
    tokio::time::sleep(seconds(16)).await;
    assert_eq!(
        value(&config_maps, "name").await,
        None,
        "it is asked again by itself"
    );
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
async fn a_busy_source_is_not_asked_before_the_time_it_requests() {
    let source = TestSource::new();
    source.put("name", "value");
    source.fail_with(SourceError {
        retry_after: Some(seconds(7)),
        ..SourceError::new(FailureKind::Busy, "too many requests")
    });
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    tokio::time::sleep(Duration::from_millis(6900)).await;
    assert_eq!(source.take_watches().len(), 1);
    source.mend();
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
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

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_gone_cannot_ask_and_leaves_nothing() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    let view = config_maps.register(pod("a"), names(&["name"]));
    config_maps.register(pod("b"), names(&["name", "other"]));
    assert!(
        matches!(
            view.get("ns", "other", Want::default()).await.err(),
            Some(GetError::NotRegistered { .. })
        ),
        "another pod refers to it"
    );
    config_maps.unregister(&pod("a"));
    assert!(matches!(
        view.get("ns", "name", Want::default()).await.err(),
        Some(GetError::NotRegistered { .. })
    ));
    config_maps.unregister(&pod("b"));
    settle().await;
    assert_eq!(source.open_watches(), 0);
    config_maps.register(pod("c"), names(&["name"]));
    value(&config_maps, "name").await;
    drop((config_maps, view));
    settle().await;
    assert_eq!(source.open_watches(), 0, "the manager is gone");
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
