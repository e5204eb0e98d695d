//! The manager of ConfigMaps with a healthy real API server.

mod support;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use podweave_cluster::shared;
use podweave_config_maps::{NamespacedName, Options};
use support::*;

#[tokio::test]
async fn changes_and_deletions_become_visible() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("changes").await?;
    let namespace = namespace.name();
    let manager = Manager::new(cluster.admin_config().await?)?;
    let pod = manager.pod(namespace, "pod", "web");
    assert_eq!(value(&pod, namespace, "web").await?, None);
    let mut changes = manager.config_maps.changes();
    for expected in ["first", "second"] {
        cluster
            .put_config_map(namespace, "web", [("key", expected)])
            .await?;
        until_value(&pod, namespace, "web", expected).await?;
    }
    assert_eq!(changes.next().await, NamespacedName::new(namespace, "web"));
    cluster.delete_config_map(namespace, "web").await?;
    until("it is gone", async || {
        value(&pod, namespace, "web").await == Ok(None)
    })
    .await?;
    cluster
        .put_config_map(namespace, "web", [("key", "third")])
        .await?;
    until_value(&pod, namespace, "web", "third").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_config_maps_share_a_few_connections() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("many").await?;
    let namespace = namespace.name();
    let names: Vec<String> = (0..500).map(|index| format!("web-{index}")).collect();
    put_all(cluster, namespace, names.iter().cloned(), "value").await?;
    let manager = Manager::new(cluster.admin_config().await?)?;
    let mut gets = tokio::task::JoinSet::new();
    for name in &names {
        let pod = manager.pod(namespace, name, name);
        let (namespace, name) = (namespace.to_owned(), name.clone());
        gets.spawn(async move { value(&pod, &namespace, &name).await });
    }
    for answer in gets.join_all().await {
        assert_eq!(answer?.as_deref(), Some("value"));
    }
    until("all are watched", async || manager.watches() == 500.0).await?;
    assert!(
        manager.connections() <= 8.0,
        "{} connections",
        manager.connections()
    );
    assert!(
        manager.figure("podweave_api_server_requests_total") <= 1001.0,
        "a GET and a WATCH for each, and one LIST for all"
    );

    for name in &names {
        manager.config_maps.unregister(&identity(namespace, name));
    }
    until("all streams are closed", async || {
        manager.figure("podweave_api_server_streams") == 0.0
    })
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_updates_are_shown_in_order() -> Result<()> {
    const UPDATES: u32 = 10_000;
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("updates").await?;
    let namespace = namespace.name().to_owned();
    cluster.put_config_map(&namespace, "web", [("key", "0")]).await?;
    let manager = Manager::new(cluster.admin_config().await?)?;
    let pod = manager.pod(&namespace, "pod", "web");
    let writer = tokio::spawn({
        let (api, namespace) = (cluster.admin().await?, namespace.clone());
        async move {
            let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> =
                kube::Api::namespaced(api, &namespace);
            for update in 1..=UPDATES {
                let patch = serde_json::json!({"data": {"key": update.to_string()}});
                api.patch(
                    "web",
                    &kube::api::PatchParams::default(),
                    &kube::api::Patch::Merge(&patch),
                )
                .await?;
            }
            anyhow::Ok(())
        }
    });
    let mut last = 0;
    while last < UPDATES {
        let shown = value(&pod, &namespace, "web")
            .await?
            .context("it is there")?
            .parse()?;
        assert!(shown >= last, "{shown} was shown after {last}");
        last = shown;
        if writer.is_finished() {
            break;
        }
        tokio::task::yield_now().await;
    }
    writer.await??;
    until_value(&pod, &namespace, "web", &UPDATES.to_string()).await?;
    Ok(())
}

#[tokio::test]
async fn the_next_pod_notices_a_recreated_immutable_config_map() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("immutable").await?;
    let namespace = namespace.name();
    let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> =
        kube::Api::namespaced(cluster.admin().await?, namespace);
    let create = async |value: &str| {
        let object =
            serde_json::json!({"metadata": {"name": "web"}, "immutable": true, "data": {"key": value}});
        api.create(
            &kube::api::PostParams::default(),
            &serde_json::from_value(object)?,
        )
        .await?;
        anyhow::Ok(())
    };
    create("first").await?;
    let manager = Manager::new(cluster.admin_config().await?)?;
    let first = manager.pod(namespace, "first", "web");
    assert_eq!(value(&first, namespace, "web").await?.as_deref(), Some("first"));
    until("its watch has ended", async || {
        manager.figure("podweave_api_server_streams") == 0.0
    })
    .await?;
    cluster.delete_config_map(namespace, "web").await?;
    create("second").await?;
    let second = manager.pod(namespace, "second", "web");
    assert_eq!(value(&second, namespace, "web").await?.as_deref(), Some("second"));
    Ok(())
}

#[tokio::test]
async fn an_idle_watch_ends_and_resumes_with_the_changes() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("idle").await?;
    let namespace = namespace.name();
    cluster.put_config_map(namespace, "web", [("key", "old")]).await?;
    let manager = Manager::with_idle_watches(cluster.admin_config().await?, Duration::from_millis(400))?;
    let pod = manager.pod(namespace, "pod", "web");
    assert_eq!(value(&pod, namespace, "web").await?.as_deref(), Some("old"));
    until("its watch has ended", async || {
        manager.figure("podweave_api_server_streams") == 0.0
    })
    .await?;
    cluster.put_config_map(namespace, "web", [("key", "new")]).await?;
    assert_eq!(value(&pod, namespace, "web").await?.as_deref(), Some("new"));
    Ok(())
}

#[tokio::test]
async fn strict_shows_a_new_pod_all_earlier_writes() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("strict").await?;
    let namespace = namespace.name();
    let manager = Manager::with(
        cluster.admin_config().await?,
        Options {
            strict: true,
            ..Options::default()
        },
    )?;
    for round in 0..50 {
        let expected = round.to_string();
        cluster
            .put_config_map(namespace, "web", [("key", &*expected)])
            .await?;
        let pod = manager.pod(namespace, &format!("pod-{round}"), "web");
        assert_eq!(value(&pod, namespace, "web").await?, Some(expected));
    }
    Ok(())
}

#[tokio::test]
async fn the_owners_consent_is_read_from_the_live_object() -> Result<()> {
    let cluster = shared().await?;
    let owner = cluster.create_namespace("owner").await?;
    let reader = cluster.create_namespace("reader").await?;
    let (owner, reader) = (owner.name(), reader.name());
    cluster
        .put_config_map(owner, "shared", [("key", "value")])
        .await?;
    let manager = Manager::new(cluster.admin_config().await?)?;
    let pod = manager
        .config_maps
        .register(identity(reader, "pod"), [NamespacedName::new(owner, "shared")]);
    let is_readable = async || {
        let answer = pod.get(owner, "shared", patiently()).await;
        answer.is_ok_and(|answer| {
            answer
                .config_map()
                .is_some_and(|config_map| config_map.is_readable_from(reader))
        })
    };
    assert!(!is_readable().await);
    let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> =
        kube::Api::namespaced(cluster.admin().await?, owner);
    let annotate = async |value: Option<&str>| {
        let patch = serde_json::json!({"metadata": {"annotations": {"podweave.dev/share-with": value}}});
        api.patch(
            "shared",
            &kube::api::PatchParams::default(),
            &kube::api::Patch::Merge(&patch),
        )
        .await
    };
    annotate(Some(&format!("other,{reader}"))).await?;
    until("consent is seen", is_readable).await?;
    annotate(None).await?;
    until("its withdrawal is seen", async || !is_readable().await).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_pods_with_one_config_map_share_one_request() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("one").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "web", [("key", "value")])
        .await?;
    let manager = Arc::new(Manager::new(cluster.admin_config().await?)?);
    let mut gets = tokio::task::JoinSet::new();
    for index in 0..500 {
        let (manager, namespace) = (Arc::clone(&manager), namespace.to_owned());
        gets.spawn(async move {
            let pod = manager.pod(&namespace, &format!("pod-{index}"), "web");
            value(&pod, &namespace, "web").await
        });
    }
    for answer in gets.join_all().await {
        assert_eq!(answer?.as_deref(), Some("value"));
    }
    until("it is watched", async || manager.watches() == 1.0).await?;
    assert!(
        manager.figure("podweave_api_server_requests_total") <= 3.0,
        "a GET, a WATCH and the LIST that a burst begins with"
    );
    Ok(())
}
