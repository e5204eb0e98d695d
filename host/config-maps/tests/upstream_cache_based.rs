//! Ports the kubelet's own tests of its TTL store (`pkg/kubelet/util/manager/cache_based_manager_test.go`,
//! v1.36.2), with their names. Intended differences are noted where they are.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use podweave_config_maps::source::{FailureKind, Read};
use podweave_config_maps::ttl::{NODE_TTL_ANNOTATION, Ttl, ttl_of_node};
use podweave_config_maps::{ConfigMaps, GetError, Strategy};
use support::*;

fn with_ttl(source: &Arc<TestSource>, ttl: u64) -> ConfigMaps {
    manager(source, Strategy::Cache(Ttl::new(seconds(ttl))))
}

#[tokio::test(start_paused = true)]
async fn secret_store() {
    let source = TestSource::new();
    for name in ["ns1/name1", "ns2/name2", "ns3/name3"] {
        source.put(name, "value");
    }
    let config_maps = with_ttl(&source, 0);
    // Net references: name1 2, name2 0, name3 1.
    config_maps.register(pod("ns1/a"), names(&["ns1/name1"]));
    config_maps.register(pod("ns2/b"), names(&["ns2/name2"]));
    config_maps.register(pod("ns1/c"), names(&["ns1/name1"]));
    config_maps.register(pod("ns1/d"), names(&["ns1/name1"]));
    config_maps.unregister(&pod("ns1/d"));
    config_maps.unregister(&pod("ns2/b"));
    config_maps.register(pod("ns3/e"), names(&["ns3/name3"]));
    settle().await;
    assert_eq!(source.take_gets().len(), 0, "registering asks for nothing");
    assert_eq!(value(&config_maps, "ns1/name1").await.as_deref(), Some("value"));
    assert!(is_unregistered(&config_maps, "ns2/name2").await);
    assert_eq!(value(&config_maps, "ns3/name3").await.as_deref(), Some("value"));
    assert!(is_unregistered(&config_maps, "ns4/name4").await);
    assert_eq!(source.take_gets().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn secret_store_deleting_secret() {
    let source = TestSource::new();
    let version = source.put("name", "value");
    let config_maps = with_ttl(&source, 0);
    config_maps.register(pod("a"), names(&["name"]));
    assert_eq!(
        get(&config_maps, "name")
            .await
            .unwrap()
            .resource_version()
            .unwrap()
            .0,
        version
    );
    source.delete("name");
    settle().await;
    assert_eq!(value(&config_maps, "name").await, None);
}

/// Upstream, 100 Gets make 100 requests. Here, Gets that come while one request is running share the next
/// one. It is sent after each of them came, so none gets an older answer than it would have got.
#[tokio::test(start_paused = true)]
async fn secret_store_get_always_refresh() {
    let source = TestSource::new();
    source.set_latency(std::time::Duration::from_millis(1));
    let config_maps = with_ttl(&source, 0);
    let list: Vec<String> = (0..10).map(|index| format!("name{index}")).collect();
    for name in &list {
        source.put(name, "value");
        config_maps.register(pod(name), names(&[name]));
    }
    let began = tokio::time::Instant::now();
    get_hundred_times(&config_maps, &list).await;
    assert!(
        began.elapsed() < std::time::Duration::from_millis(20),
        "a late Get waits only for the next request"
    );
    let gets = source.take_gets();
    assert!(gets.len() <= 20, "{} requests for 10 ConfigMaps", gets.len());
    assert_eq!(value(&config_maps, "name0").await.as_deref(), Some("value"));
    assert_eq!(source.take_gets().len(), 1, "each later Get asks again");
}

#[tokio::test(start_paused = true)]
async fn secret_store_get_never_refresh() {
    let source = TestSource::new();
    let config_maps = with_ttl(&source, 60);
    let list: Vec<String> = (0..10).map(|index| format!("name{index}")).collect();
    for name in &list {
        source.put(name, "value");
        config_maps.register(pod(name), names(&[name]));
    }
    get_hundred_times(&config_maps, &list).await;
    assert_eq!(source.take_gets().len(), 10);
}

async fn get_hundred_times(config_maps: &ConfigMaps, list: &[String]) {
    let mut gets = tokio::task::JoinSet::new();
    for index in 0..100 {
        let (config_maps, name) = (config_maps.clone(), list[index % list.len()].clone());
        gets.spawn(async move { assert_eq!(value(&config_maps, &name).await.as_deref(), Some("value")) });
    }
    gets.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn custom_ttl() {
    let source = TestSource::new();
    source.put("name", "value");
    let ttl = Ttl::new(seconds(60));
    let config_maps = manager(&source, Strategy::Cache(ttl.clone()));
    config_maps.register(pod("a"), names(&["name"]));
    let node = |seconds: &str| BTreeMap::from([(NODE_TTL_ANNOTATION.to_owned(), seconds.to_owned())]);
    let gets = async |source: &Arc<TestSource>| {
        value(&config_maps, "name").await;
        source.take_gets().len()
    };

    ttl.set_from_node(Some(&node("0")));
    assert_eq!(gets(&source).await, 1);
    ttl.set_from_node(Some(&node("300")));
    assert_eq!(gets(&source).await, 0);
    tokio::time::advance(seconds(240)).await;
    assert_eq!(gets(&source).await, 0);
    tokio::time::advance(seconds(60)).await;
    assert_eq!(gets(&source).await, 1);
    ttl.set_from_node(None);
    tokio::time::advance(seconds(55)).await;
    assert_eq!(gets(&source).await, 0);
    tokio::time::advance(seconds(5)).await;
    assert_eq!(gets(&source).await, 1);
}

#[test]
fn parse_node_annotation() {
    let annotation = |seconds: &str| {
        ttl_of_node(&BTreeMap::from([(
            NODE_TTL_ANNOTATION.to_owned(),
            seconds.to_owned(),
        )]))
    };
    assert_eq!(ttl_of_node(&BTreeMap::new()), None);
    assert_eq!(annotation("bad"), None);
    assert_eq!(annotation("0"), Some(seconds(0)));
    assert_eq!(annotation("60"), Some(seconds(60)));
    let ttl = Ttl::default();
    ttl.set_from_node(None);
    assert_eq!(
        ttl.get(),
        seconds(60),
        "a node that cannot be read means the default"
    );
}

#[tokio::test(start_paused = true)]
async fn cache_invalidation() {
    let source = TestSource::new();
    for name in ["s1", "s2", "s3", "s10", "s20"] {
        source.put(name, "value");
    }
    let config_maps = with_ttl(&source, 60);
    let gets = async |list: &[&str]| {
        for name in list {
            value(&config_maps, name).await;
        }
        source.take_gets().len()
    };
    config_maps.register(pod("pod1"), names(&["s1", "s10", "s2"]));
    assert_eq!(gets(&["s1", "s10", "s2"]).await, 3);
    config_maps.register(pod("pod1"), names(&["s1", "s2", "s20", "s3"]));
    assert_eq!(
        gets(&["s1", "s2", "s20", "s3"]).await,
        2,
        "previous references stay"
    );
    tokio::time::advance(seconds(1)).await;
    config_maps.register(pod("pod2"), names(&["s1", "s10", "s2"]));
    assert_eq!(
        gets(&["s1", "s2", "s20", "s3", "s10"]).await,
        3,
        "for a new pod its references are read again"
    );
}

/// Upstream returns the error at once. Here the Get goes on trying until its own deadline, and says why it
/// failed.
#[tokio::test(start_paused = true)]
async fn resource_content_expired() {
    let source = TestSource::new();
    source.fail(
        FailureKind::Expired,
        "The resourceVersion for the provided list is too old.",
    );
    let config_maps = with_ttl(&source, 60);
    config_maps.register(pod("a"), names(&["name"]));
    match get(&config_maps, "name").await.err() {
        Some(GetError::Unavailable {
            error: Some(error), ..
        }) => assert_eq!(error.kind, FailureKind::Expired),
        other => panic!("{other:?}"),
    }
    assert!(source.take_gets().iter().all(|(_, read)| *read == Read::Quorum));
}

#[tokio::test(start_paused = true)]
async fn register_idempotence() {
    let config_maps = with_ttl(&TestSource::new(), 60);
    let name = named("s1");
    let register = |pod_name| drop(config_maps.register(pod(pod_name), [name.clone()]));
    let mut seen = Vec::new();
    for pod_name in ["p1", "p1", "p2"] {
        register(pod_name);
        seen.push(config_maps.references(&name));
    }
    for pod_name in ["p1", "p1", "p2"] {
        config_maps.unregister(&pod(pod_name));
        seen.push(config_maps.references(&name));
    }
    assert_eq!(seen, [1, 1, 2, 1, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn cache_refcounts() {
    let config_maps = with_ttl(&TestSource::new(), 60);
    let a = ["s1", "s10", "s2", "s3"].as_slice();
    let b = ["s2", "s4", "s5", "s50"].as_slice();
    let c = ["s1", "s3", "s30", "s5"].as_slice();
    let d = ["s3", "s6", "s60"].as_slice();
    let e = ["s7", "s70"].as_slice();
    let steps: &[(&str, Option<&[&str]>)] = &[
        ("1", Some(a)),
        ("2", Some(a)),
        ("2", Some(b)),
        ("3", Some(b)),
        ("4", Some(b)),
        ("3", None),
        ("5", Some(c)),
        ("6", Some(c)),
        ("7", Some(d)),
        ("7", None),
        ("other", Some(a)),
        ("other", Some(b)),
        ("other", None),
        ("new", Some(e)),
        ("new", Some(e)),
    ];
    for (name, references) in steps {
        match references {
            Some(list) => drop(config_maps.register(pod(name), names(list))),
            None => config_maps.unregister(&pod(name)),
        }
    }
    let counts = |list: &[&str]| {
        list.iter()
            .map(|name| config_maps.references(&named(name)))
            .collect::<Vec<_>>()
    };
    assert_eq!(counts(&["s1", "s10", "s2", "s3", "s30"]), [3, 1, 3, 3, 2]);
    assert_eq!(
        counts(&["s4", "s5", "s50", "s6", "s60", "s7", "s70"]),
        [2, 4, 2, 0, 0, 1, 1]
    );

    // One pod name, two pods.
    config_maps.register(pod_with_uid("again", "uid1"), names(&["x"]));
    config_maps.register(pod_with_uid("again", "uid2"), names(&["y"]));
    assert_eq!(counts(&["x", "y"]), [1, 1]);
    config_maps.unregister(&pod_with_uid("again", "uid1"));
    assert_eq!(counts(&["x", "y"]), [0, 1]);
    config_maps.unregister(&pod_with_uid("again", "uid2"));
    assert_eq!(counts(&["x", "y"]), [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn cache_based_secret_manager() {
    let source = TestSource::new();
    let config_maps = with_ttl(&source, 0);
    config_maps.register(pod("ns1/name1"), in_namespace("ns1", &["s1", "s2", "s20"]));
    config_maps.register(pod("ns2/name2"), in_namespace("ns2", &["s1", "s3", "s4", "s40"]));
    config_maps.register(pod("ns1/name1"), in_namespace("ns1", &["s1", "s3", "s4", "s40"]));
    config_maps.register(pod("ns3/name"), in_namespace("ns3", &["s1", "s2"]));
    config_maps.unregister(&pod("ns3/name"));
    for namespace in ["ns1", "ns2", "ns3"] {
        for name in ["s1", "s2", "s3", "s4", "s5", "s20", "s40", "s50"] {
            let expected = namespace != "ns3" && ["s1", "s3", "s4", "s40"].contains(&name);
            let full = format!("{namespace}/{name}");
            assert_eq!(!is_unregistered(&config_maps, &full).await, expected, "{full}");
        }
    }
}

/// `pkg/kubelet/util/manager/cache_based_manager.go`: absence is remembered, but checked again each time.
#[tokio::test(start_paused = true)]
async fn absence_is_checked_by_each_get_and_served_during_an_outage() {
    let source = TestSource::new();
    let config_maps = with_ttl(&source, 60);
    config_maps.register(pod("a"), names(&["name"]));
    for _ in 0..3 {
        assert_eq!(value(&config_maps, "name").await, None);
        tokio::time::advance(seconds(1)).await;
        assert_eq!(source.take_gets().len(), 1);
    }
    source.fail(FailureKind::Unreachable, "connection refused");
    assert_eq!(value(&config_maps, "name").await, None);
    source.mend();
    source.put("name", "value");
    tokio::time::advance(seconds(1)).await;
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("value"));
}
