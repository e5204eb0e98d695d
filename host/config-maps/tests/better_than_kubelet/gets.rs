//! Checks how Gets wait and share requests, and what they answer when the source fails.

use std::time::Duration;

use podweave_config_maps::source::{FailureKind, SourceError};
use podweave_config_maps::ttl::Ttl;
use podweave_config_maps::{GetError, Strategy, Want};
use tokio::time::Instant;

use crate::support::*;
use crate::want;

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
async fn the_last_good_object_is_served_with_its_age_and_can_be_refused() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(get(&config_maps, "name").await.unwrap().age(), Duration::ZERO);
    settle().await;
    source.fail_with(SourceError {
        last_received: Some(Instant::now()),
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
