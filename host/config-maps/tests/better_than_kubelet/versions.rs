//! Checks what is said of versions, and when they count as confirmed.

use std::sync::Arc;

use podweave_config_maps::source::FailureKind;
use podweave_config_maps::ttl::Ttl;
use podweave_config_maps::{ConfigMaps, Strategy, Version};

use crate::support::*;

fn version(config_maps: &ConfigMaps, name: &str) -> Option<Version> {
    let name = named(name);
    config_maps.version(&name.namespace, &name.name)
}

fn is_confirmed(config_maps: &ConfigMaps, name: &str) -> bool {
    version(config_maps, name).unwrap().is_confirmed
}

#[tokio::test(start_paused = true)]
async fn a_version_is_known_after_the_first_read() {
    let source = TestSource::new();
    source.put("name", "1");
    source.freeze();
    let config_maps = watching(&source);
    assert_eq!(version(&config_maps, "name"), None, "not registered");
    config_maps.register(pod("a"), names(&["name", "absent"]));
    settle().await;
    assert_eq!(version(&config_maps, "name"), None, "not read");
    source.mend();
    settle().await;
    let expected = |resource_version, is_present| Version {
        resource_version,
        is_present,
        hold: None,
        writer: None,
        is_confirmed: true,
    };
    assert_eq!(version(&config_maps, "name"), Some(expected(1, true)));
    assert_eq!(version(&config_maps, "absent"), Some(expected(0, false)));
    source.delete("name");
    settle().await;
    assert_eq!(version(&config_maps, "name"), Some(expected(0, false)));
    source.take_gets();
    assert_eq!(source.open_watches(), 2, "asking has not ended one");
}

#[tokio::test(start_paused = true)]
async fn followers_hear_that_a_version_is_confirmed_again() {
    let source = TestSource::new();
    source.put("name", "1");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name", "other"]));
    let (follower, mut changes) = (config_maps.follower(), config_maps.changes());
    follower.set("uid-a", names(&["name", "other"]).into_iter().collect());
    settle().await;
    while follower.try_next().is_some() || changes.try_next().is_some() {}
    assert!(is_confirmed(&config_maps, "name"));
    source.fail(FailureKind::Unreachable, "connection refused");
    settle().await;
    assert!(!is_confirmed(&config_maps, "name"));
    assert_eq!(version(&config_maps, "name").unwrap().resource_version, 1);
    assert_eq!(follower.try_next(), None);
    source.mend();
    tokio::time::sleep(seconds(10)).await;
    assert_eq!(follower.try_next(), Some(named("name")), "it was asked for");
    assert_eq!(follower.try_next(), None, "the other was not");
    assert_eq!(changes.try_next(), None, "nothing has changed");
    assert!(is_confirmed(&config_maps, "name"));
    source.cut();
    tokio::time::sleep(seconds(10)).await;
    assert_eq!(follower.try_next(), None, "no caller saw it unconfirmed");
}

#[tokio::test(start_paused = true)]
async fn an_immutable_version_is_confirmed_by_its_last_read() {
    let source = TestSource::new();
    source.put_immutable("name", "1");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    let follower = config_maps.follower();
    follower.set("uid-a", names(&["name"]).into_iter().collect());
    assert_eq!(follower.next().await, named("name"));
    tokio::time::sleep(seconds(250)).await;
    assert!(is_confirmed(&config_maps, "name"));
    source.fail(FailureKind::Unreachable, "connection refused");
    tokio::time::sleep(seconds(400)).await;
    assert!(!is_confirmed(&config_maps, "name"), "the next read failed");
    source.mend();
    assert_eq!(
        tokio::time::timeout(seconds(400), follower.next()).await,
        Ok(named("name"))
    );
    assert!(is_confirmed(&config_maps, "name"));
}

#[tokio::test(start_paused = true)]
async fn without_watches_a_version_is_confirmed_as_long_as_it_is_trusted() {
    let source = TestSource::new();
    source.put("name", "1");
    let config_maps = manager(&source, Strategy::Cache(Ttl::new(seconds(60))));
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    tokio::time::sleep(seconds(59)).await;
    assert!(is_confirmed(&config_maps, "name"));
    config_maps.register(pod("b"), names(&["name"]));
    tokio::time::sleep(seconds(1)).await;
    assert!(!is_confirmed(&config_maps, "name"), "a Get would read it again");
    let follower = config_maps.follower();
    follower.set("uid-a", names(&["name"]).into_iter().collect());
    value(&config_maps, "name").await;
    assert_eq!(follower.try_next(), Some(named("name")));
    assert!(is_confirmed(&config_maps, "name"));

    let config_maps = manager(&source, Strategy::Get);
    config_maps.register(pod("a"), names(&["name"]));
    value(&config_maps, "name").await;
    assert!(!is_confirmed(&config_maps, "name"));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_moves_to_binary_data_is_other_contents() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    let before = Arc::clone(get(&config_maps, "name").await.unwrap().config_map().unwrap());
    assert_eq!(before.get("key").unwrap().as_data(), Some("value"));
    source.put_binary("name", b"value");
    settle().await;
    let now = get(&config_maps, "name").await.unwrap();
    assert_eq!(now.config_map().unwrap().get("key").unwrap().as_data(), None);
}
