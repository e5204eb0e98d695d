//! Ports the kubelet's own tests of its watch store (`pkg/kubelet/util/manager/watch_based_manager_test.go`,
//! v1.36.2) and of its manager (`manager_test.go`), with their names. Intended differences are noted where
//! they are.
//!
//! One difference is everywhere: upstream counts LIST and WATCH, or one streaming WATCH. Here one call starts
//! a watch of a source, and the watch reports the current state first. Which requests that takes is the
//! source's business (`api_server`).

mod support;

use std::time::Duration;

use podweave_config_maps::source::Start;
use podweave_config_maps::{GetError, Strategy};
use support::*;

#[tokio::test(start_paused = true)]
async fn secret_cache() {
    let source = TestSource::new();
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(value(&config_maps, "name").await, None);
    source.put("name", "value");
    settle().await;
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
    source.delete("name");
    settle().await;
    assert_eq!(value(&config_maps, "name").await, None);
    config_maps.unregister(&pod("a"));
    assert!(is_unregistered(&config_maps, "name").await);
}

#[tokio::test(start_paused = true)]
async fn secret_cache_multiple_registrations() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    config_maps.register(pod("first"), names(&["name"]));
    value(&config_maps, "name").await;
    for index in 0..20 {
        let other = pod_with_uid("other", &format!("uid-{index}"));
        config_maps.register(other.clone(), names(&["name"]));
        config_maps.unregister(&other);
        settle().await;
    }
    assert_eq!(source.take_watches(), [(named("name"), Start::Fresh)]);
    config_maps.unregister(&pod("first"));
    assert!(is_unregistered(&config_maps, "name").await);
    settle().await;
    assert_eq!((source.take_watches().len(), source.take_gets().len()), (0, 0));
    assert_eq!(source.open_watches(), 0);
}

#[tokio::test(start_paused = true)]
async fn immutable_secret_stops_the_reflector() {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Absent,
        Mutable,
        Immutable,
    }
    use State::{Absent, Immutable, Mutable};
    for (initial, eventual) in [
        (Absent, Mutable),
        (Absent, Immutable),
        (Mutable, Mutable),
        (Mutable, Immutable),
        (Immutable, Immutable),
    ] {
        let source = TestSource::new();
        let put = |state, value| match state {
            Absent => {}
            Mutable => drop(source.put("name", value)),
            Immutable => drop(source.put_immutable("name", value)),
        };
        put(initial, "initial");
        let config_maps = watching(&source);
        config_maps.register(pod("a"), names(&["name"]));
        assert_eq!(
            value(&config_maps, "name").await.as_deref(),
            (initial != Absent).then_some("initial")
        );
        settle().await;
        assert_eq!(source.open_watches() == 1, initial != Immutable);
        if initial != eventual || eventual == Mutable {
            put(eventual, "eventual");
            settle().await;
        }
        let expected = if initial == Immutable {
            "initial"
        } else {
            "eventual"
        };
        assert_eq!(value(&config_maps, "name").await.as_deref(), Some(expected));
        assert_eq!(
            source.open_watches() == 1,
            eventual != Immutable,
            "the watch runs as long as the contents can change"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn max_idle_time_stops_the_reflector() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = manager(
        &source,
        Strategy::Watch {
            idle_after: Some(seconds(60)),
            recheck_immutable: seconds(300),
        },
    );
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    assert_eq!(source.open_watches(), 1);
    // Upstream, a test stops idle watches itself; here the sweep does.
    tokio::time::sleep(seconds(90)).await;
    assert_eq!(source.open_watches(), 0);
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
    assert_eq!(source.open_watches(), 1);
    for _ in 0..3 {
        tokio::time::sleep(seconds(20)).await;
        value(&config_maps, "name").await;
        assert_eq!(source.open_watches(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn reflector_not_stopped_on_slow_initialization() {
    let source = TestSource::new();
    source.put("name", "value");
    source.freeze();
    let config_maps = manager(
        &source,
        Strategy::Watch {
            idle_after: Some(seconds(60)),
            recheck_immutable: seconds(300),
        },
    );
    config_maps.register(pod("a"), names(&["name"]));
    tokio::time::sleep(seconds(90)).await;
    assert_eq!(source.open_watches(), 1);
    assert!(
        matches!(
            get(&config_maps, "name").await.err(),
            Some(GetError::Unavailable { .. })
        ),
        "upstream: failed to sync"
    );
    tokio::time::sleep(seconds(30)).await;
    source.mend();
    settle().await;
    assert_eq!(source.open_watches(), 1);
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
}

/// Upstream counts for each UID, since its references are added and deleted one by one. Here a pod is
/// registered with everything that it refers to, and counts once: adding twice is the same as adding once,
/// and no count becomes negative.
#[tokio::test(start_paused = true)]
async fn ref_map_handles_references_correctly() {
    let source = TestSource::new();
    let config_maps = watching(&source);
    let name = named("name");
    let add = |uid: &str| drop(config_maps.register(pod_with_uid("a", uid), [name.clone()]));
    let delete = |uid: &str| config_maps.unregister(&pod_with_uid("a", uid));
    let count = || config_maps.references(&name);
    // add, add, delete, delete
    let seen = [add("1"), add("1")].map(|()| count());
    assert_eq!(seen, [1, 1]);
    delete("1");
    assert_eq!(count(), 0);
    delete("1");
    assert_eq!(count(), 0);
    // delete one that does not exist
    delete("2");
    assert_eq!(count(), 0, "upstream this is -1, and its watch leaks");
    add("3");
    assert_eq!(count(), 1, "the count was not negative");
    // deletes for another UID, name or namespace
    delete("4");
    config_maps.unregister(&pod_with_uid("b", "3"));
    config_maps.unregister(&pod_with_uid("other/a", "3"));
    assert_eq!(count(), 1);
    delete("3");
    settle().await;
    assert_eq!((count(), source.open_watches()), (0, 0));
}

/// Upstream: S1 on ns1/name1 and ns2/name2, the second updated to S2, ns3 registered and unregistered.
#[tokio::test(start_paused = true)]
async fn config_map_manager() {
    let source = TestSource::new();
    let config_maps = watching(&source);
    let s1 = ["s1", "s20", "s2"].as_slice();
    let s2 = ["s3", "s4", "s40"].as_slice();
    config_maps.register(pod("ns1/name1"), in_namespace("ns1", s1));
    config_maps.register(pod("ns2/name2"), in_namespace("ns2", s1));
    config_maps.register(pod("ns2/name2"), in_namespace("ns2", s2));
    config_maps.register(pod("ns3/name"), in_namespace("ns3", s1));
    config_maps.unregister(&pod("ns3/name"));
    for namespace in ["ns1", "ns2", "ns3"] {
        for name in ["s1", "s2", "s3", "s4", "s20", "s40", "s50"] {
            let expected = match namespace {
                "ns1" => s1.contains(&name),
                "ns2" => s2.contains(&name),
                _ => false,
            };
            assert_eq!(
                !is_unregistered(&config_maps, &format!("{namespace}/{name}")).await,
                expected,
                "{namespace}/{name}"
            );
        }
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(source.open_watches(), 6);
}
