//! Checks what followers hear, and which watches they keep.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::{ConfigMaps, Follower, NamespacedName, Strategy};

use crate::support::*;

/// A manager that ends idle watches after a minute.
fn impatient(source: &Arc<TestSource>) -> ConfigMaps {
    manager(
        source,
        Strategy::Watch {
            idle_after: Some(seconds(60)),
            recheck_immutable: seconds(300),
        },
    )
}

/// Longer than any watch is idle.
const LONG: Duration = Duration::from_secs(300);

fn set_of(list: &[&str]) -> BTreeSet<NamespacedName> {
    names(list).into_iter().collect()
}

/// All that the follower has heard, sorted.
fn heard(follower: &Follower) -> Vec<String> {
    let mut heard: Vec<String> = std::iter::from_fn(|| follower.try_next())
        .map(|name| name.name)
        .collect();
    heard.sort();
    heard
}

/// Which watches were started since the last call, sorted.
fn started(source: &TestSource) -> Vec<String> {
    let mut names: Vec<String> = source
        .take_watches()
        .into_iter()
        .map(|(name, _)| name.name)
        .collect();
    names.sort();
    names
}

#[tokio::test(start_paused = true)]
async fn a_follower_hears_followed_config_maps_only() {
    let source = TestSource::new();
    let config_maps = watching(&source);
    let follower = config_maps.follower();
    follower.set("uid-a", set_of(&["a", "later"]));
    config_maps.register(pod("a"), names(&["a", "b"]));
    settle().await;
    assert_eq!(heard(&follower), ["a"], "the first read counts");
    source.put("a", "1");
    source.put("a", "2");
    source.put("b", "1");
    settle().await;
    assert_eq!(heard(&follower), ["a"], "once, however often it changed");
    source.delete("a");
    settle().await;
    assert_eq!(follower.next().await, named("a"));
    config_maps.register(pod("c"), names(&["later"]));
    settle().await;
    assert_eq!(heard(&follower), ["later"], "followed before it was registered");
}

#[tokio::test(start_paused = true)]
async fn a_name_is_heard_until_the_last_pod_releases_it() {
    let source = TestSource::new();
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["a", "b"]));
    let follower = config_maps.follower();
    settle().await;
    follower.set("uid-a", set_of(&["a", "b"]));
    follower.set("uid-b", set_of(&["a"]));
    follower.set("uid-a", set_of(&["b"]));
    source.put("a", "1");
    source.put("b", "1");
    settle().await;
    follower.remove("uid-b");
    assert_eq!(heard(&follower), ["b"], "what is released leaves the queue");
    source.put("a", "2");
    settle().await;
    assert_eq!(follower.try_next(), None);
    follower.remove("unknown");
}

#[tokio::test(start_paused = true)]
async fn only_followed_watches_are_kept() {
    let source = TestSource::new();
    let config_maps = impatient(&source);
    config_maps.register(pod("a"), names(&["followed", "other"]));
    let follower = config_maps.follower();
    follower.set("uid-a", set_of(&["followed"]));
    tokio::time::sleep(LONG).await;
    assert_eq!(
        (source.watches_of("followed"), source.watches_of("other")),
        (1, 0)
    );
    follower.remove("uid-a");
    tokio::time::sleep(LONG).await;
    assert_eq!(source.open_watches(), 0, "idle as before");
}

#[tokio::test(start_paused = true)]
async fn following_reopens_that_idle_watch_and_no_other() {
    let source = TestSource::new();
    let config_maps = impatient(&source);
    config_maps.register(pod("a"), names(&["a", "b"]));
    tokio::time::sleep(LONG).await;
    assert_eq!(source.open_watches(), 0);
    let follower = config_maps.follower();
    source.put("a", "changed while nothing watched");
    started(&source);
    follower.set("uid-a", set_of(&["a"]));
    settle().await;
    assert_eq!(started(&source), ["a"]);
    assert_eq!(heard(&follower), ["a"]);
    follower.set("uid-b", set_of(&["a"]));
    settle().await;
    assert_eq!(started(&source), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_immutable_config_map_is_followed_without_a_watch() {
    let source = TestSource::new();
    source.put_immutable("name", "first");
    let config_maps = impatient(&source);
    config_maps.register(pod("a"), names(&["name"]));
    settle().await;
    let follower = config_maps.follower();
    follower.set("uid-a", set_of(&["name"]));
    settle().await;
    assert_eq!(source.open_watches(), 0);
    source.delete("name");
    source.put("name", "second");
    assert_eq!(
        tokio::time::timeout(seconds(400), follower.next()).await,
        Ok(named("name"))
    );
    settle().await;
    assert_eq!(source.open_watches(), 1, "it is not immutable any more");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_follower_releases_all() {
    let source = TestSource::new();
    let config_maps = impatient(&source);
    config_maps.register(pod("a"), names(&["a", "b"]));
    let (follower, other) = (config_maps.follower(), config_maps.follower());
    follower.set("uid-a", set_of(&["a", "b"]));
    other.set("uid-a", set_of(&["b"]));
    tokio::time::sleep(LONG).await;
    assert_eq!(source.open_watches(), 2);
    drop(follower);
    tokio::time::sleep(LONG).await;
    assert_eq!((source.watches_of("a"), source.watches_of("b")), (0, 1));
    drop(other);
    tokio::time::sleep(LONG).await;
    assert_eq!(source.open_watches(), 0);
}

#[tokio::test(start_paused = true)]
async fn hold_is_heard_and_leaves_the_contents_alone() {
    let source = TestSource::new();
    source.put("name", "value");
    let config_maps = watching(&source);
    config_maps.register(pod("a"), names(&["name"]));
    let follower = config_maps.follower();
    follower.set("uid-a", set_of(&["name"]));
    settle().await;
    assert_eq!(heard(&follower), ["name"]);
    let before = Arc::clone(get(&config_maps, "name").await.unwrap().config_map().unwrap());
    let held = |why: Option<&str>| why.map(Arc::<str>::from);
    for why in [Some("migration"), Some(""), None] {
        source.hold("name", why);
        settle().await;
        assert_eq!(heard(&follower), ["name"], "{why:?}");
        let version = config_maps.version("ns", "name").unwrap();
        assert_eq!(
            (version.hold, version.resource_version),
            (held(why), source.revision())
        );
        let now = get(&config_maps, "name").await.unwrap();
        assert!(Arc::ptr_eq(now.config_map().unwrap(), &before));
    }
    source.put("name", "another");
    settle().await;
    assert_eq!(value(&config_maps, "name").await.as_deref(), Some("another"));
}

#[tokio::test(start_paused = true)]
async fn waiting_followers_share_the_names() {
    let source = TestSource::new();
    let config_maps = watching(&source);
    let follower = Arc::new(config_maps.follower());
    follower.set("uid-a", set_of(&["a", "b"]));
    let wait = || {
        let follower = Arc::clone(&follower);
        tokio::spawn(async move { follower.next().await })
    };
    let (one, two, given_up) = (wait(), wait(), wait());
    settle().await;
    given_up.abort();
    config_maps.register(pod("a"), names(&["a", "b"]));
    let told = BTreeSet::from([one.await.unwrap(), two.await.unwrap()]);
    assert_eq!(told, set_of(&["a", "b"]));
}
