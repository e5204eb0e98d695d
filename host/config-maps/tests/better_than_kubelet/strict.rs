//! Checks managers that serve a pod nothing older than its registration.

use std::time::Duration;

use podweave_config_maps::{GetError, Want};

use crate::support::*;
use crate::{strict, want};

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
