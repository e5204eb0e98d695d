//! Tests of the fixture that other tests rely on.

use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{WatchEvent, WatchParams};
use kube::{Api, Client};
use podweave_cluster::{Cluster, Credentials, Proxy, shared};

/// Longer than any answer takes, and short enough to wait for.
const NO_ANSWER: Duration = Duration::from_secs(2);

/// The status code with which the API server refuses.
fn refusal<T>(answer: kube::Result<T>) -> Option<u16> {
    match answer {
        Err(kube::Error::Api(status)) => Some(status.code),
        _ => None,
    }
}

async fn value(cluster: &Cluster, namespace: &str, name: &str, key: &str) -> Result<Option<String>> {
    Ok(cluster
        .config_map(namespace, name)
        .await?
        .and_then(|config_map| config_map.data?.remove(key)))
}

#[tokio::test]
async fn config_maps_are_put_read_and_deleted() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("put").await?;
    cluster
        .put_config_map(namespace.name(), "web", [("a", "1"), ("b", "2")])
        .await?;
    cluster
        .put_config_map(namespace.name(), "web", [("a", "3")])
        .await?;
    let config_map = cluster
        .config_map(namespace.name(), "web")
        .await?
        .context("it was put")?;
    assert_eq!(
        config_map
            .data
            .context("it has data")?
            .into_iter()
            .collect::<Vec<_>>(),
        [("a".to_owned(), "3".to_owned())]
    );
    cluster.delete_config_map(namespace.name(), "web").await?;
    assert_eq!(cluster.config_map(namespace.name(), "web").await?, None);
    Ok(())
}

#[tokio::test]
async fn requests_are_counted_by_the_api_server() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("count").await?;
    let before = cluster.metrics().await?.request_count("GET", "configmaps");
    for _ in 0..3 {
        cluster.config_map(namespace.name(), "absent").await?;
    }
    // Other tests may read at the same time.
    assert!(cluster.metrics().await?.request_count("GET", "configmaps") >= before + 3);
    Ok(())
}

#[tokio::test]
async fn a_kubeconfig_file_connects() -> Result<()> {
    let cluster = shared().await?;
    let kubeconfig = kube::config::Kubeconfig::read_from(cluster.kubeconfig(Credentials::Admin)?)?;
    let client =
        Client::try_from(kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await?)?;
    assert_eq!(client.apiserver_version().await?.major, "1");
    Ok(())
}

#[tokio::test]
async fn a_token_works_until_it_expires() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_token_works_until_it_expires") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("token").await?;
    cluster
        .put_config_map(namespace.name(), "web", [("a", "1")])
        .await?;
    cluster.service_account(namespace.name(), "reader").await?;
    cluster
        .allow(namespace.name(), "reader", &["get"], &["configmaps"])
        .await?;

    let started = Instant::now();
    let token = cluster
        .token(namespace.name(), "reader", Duration::from_secs(4))
        .await?;
    let client = Client::try_from(cluster.config(Credentials::Token(&token)).await?)?;
    let config_maps: Api<ConfigMap> = Api::namespaced(client, namespace.name());
    // RBAC takes a moment to notice.
    while refusal(config_maps.get("web").await) == Some(403) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    config_maps.get("web").await?;
    assert_eq!(
        refusal(config_maps.list(&Default::default()).await),
        Some(403),
        "listing was not allowed"
    );

    while refusal(config_maps.get("web").await) != Some(401) {
        // Its lifetime, and the 10 s for which the API server caches the authentication.
        if started.elapsed() > Duration::from_secs(20) {
            bail!(
                "the token is still accepted after {} s",
                started.elapsed().as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(
        started.elapsed() >= Duration::from_secs(3),
        "it expired after {} ms",
        started.elapsed().as_millis()
    );

    let path = cluster.file(
        "reader.token",
        &cluster
            .token(namespace.name(), "reader", Duration::from_secs(60))
            .await?,
    )?;
    let client = Client::try_from(cluster.config(Credentials::TokenFile(&path)).await?)?;
    Api::<ConfigMap>::namespaced(client, namespace.name())
        .get("web")
        .await?;
    Ok(())
}

/// The tests that need their own cluster, one after the other: its servers are killed and frozen.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn servers_can_be_killed_frozen_and_compacted() -> Result<()> {
    let cluster = Cluster::start().await?;
    if cluster.skips("servers_can_be_killed_frozen_and_compacted") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("servers").await?;
    let namespace = namespace.name();
    cluster.put_config_map(namespace, "web", [("a", "1")]).await?;

    let (api_server, etcd) = (cluster.api_server()?, cluster.etcd()?);
    let started = Instant::now();
    api_server.kill().await?;
    assert!(
        cluster.config_map(namespace, "web").await.is_err(),
        "a dead API server answers"
    );
    api_server.start().await?;
    println!(
        "the API server was killed and ready again after {} ms",
        started.elapsed().as_millis()
    );
    assert_eq!(
        value(&cluster, namespace, "web", "a").await?.as_deref(),
        Some("1")
    );

    let started = Instant::now();
    api_server.stop().await?;
    api_server.start().await?;
    println!(
        "the API server was stopped and ready again after {} ms",
        started.elapsed().as_millis()
    );
    assert_eq!(
        value(&cluster, namespace, "web", "a").await?.as_deref(),
        Some("1")
    );

    etcd.kill().await?;
    etcd.start().await?;
    api_server.start().await?;
    assert_eq!(
        value(&cluster, namespace, "web", "a").await?.as_deref(),
        Some("1")
    );
    println!(
        "the API server holds {} MiB, etcd {} MiB",
        api_server.resident_bytes()? >> 20,
        etcd.resident_bytes()? >> 20
    );

    api_server.freeze()?;
    assert!(
        tokio::time::timeout(NO_ANSWER, cluster.config_map(namespace, "web"))
            .await
            .is_err(),
        "a frozen API server answers"
    );
    api_server.thaw()?;
    assert_eq!(
        value(&cluster, namespace, "web", "a").await?.as_deref(),
        Some("1")
    );

    let config_maps: Api<ConfigMap> = Api::namespaced(cluster.admin().await?, namespace);
    // Written after the API server's last start, since earlier changes are not in its watch cache.
    let old = cluster
        .put_config_map(namespace, "web", [("a", "not yet 2")])
        .await?
        .metadata
        .resource_version
        .context("it has a resourceVersion")?;
    cluster.put_config_map(namespace, "web", [("a", "2")]).await?;
    assert_ne!(
        first_event(&config_maps, &old).await?,
        Some(410),
        "history is known while nothing was compacted"
    );
    let revision = cluster.expire_history().await?;
    let config_maps: Api<ConfigMap> = Api::namespaced(cluster.admin().await?, namespace);
    assert_eq!(first_event(&config_maps, &old).await?, Some(410));
    assert_eq!(
        value(&cluster, namespace, "web", "a").await?.as_deref(),
        Some("2")
    );
    assert!(cluster.revision().await? >= revision);
    Ok(())
}

/// Returns the code of the error that a watch from this resourceVersion starts with, if it starts with one.
async fn first_event(config_maps: &Api<ConfigMap>, resource_version: &str) -> Result<Option<u16>> {
    match config_maps
        .watch(&WatchParams::default().timeout(5), resource_version)
        .await
    {
        Err(kube::Error::Api(status)) => Ok(Some(status.code)),
        Err(error) => Err(error.into()),
        Ok(events) => match pin!(events)
            .next()
            .await
            .context("the watch ended without an event")??
        {
            WatchEvent::Error(status) => Ok(Some(status.code)),
            _ => Ok(None),
        },
    }
}

#[tokio::test]
async fn a_proxy_cuts_refuses_delays_and_drops() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("proxy").await?;
    cluster
        .put_config_map(namespace.name(), "web", [("a", "1")])
        .await?;
    let mut proxy = Proxy::start(cluster.server_address().await?).await?;
    let config = cluster.config_at(&proxy.url(), Credentials::Admin).await?;
    // A new client each time: reconnecting is not tested here.
    let read = || async {
        let config_maps: Api<ConfigMap> =
            Api::namespaced(Client::try_from(config.clone())?, namespace.name());
        config_maps.get("web").await
    };

    let config_maps: Api<ConfigMap> = Api::namespaced(Client::try_from(config.clone())?, namespace.name());
    config_maps.get("web").await?;
    assert_eq!((proxy.connections(), proxy.accepted()), (1, 1));
    assert!(proxy.bytes_to_client() > proxy.bytes_to_server() && proxy.bytes_to_server() > 0);

    proxy.cut().await;
    assert_eq!(proxy.connections(), 0);
    read().await?;
    assert_eq!(proxy.accepted(), 2);

    proxy.refuse().await;
    assert_eq!(proxy.connections(), 0);
    assert!(
        tokio::time::timeout(NO_ANSWER, read())
            .await
            .context("refused connections fail at once")?
            .is_err()
    );
    proxy.restore().await?;
    read().await?;

    // An existing connection, and one that is opened meanwhile.
    config_maps.get("web").await?;
    proxy.black_hole();
    let (to_server, to_client) = (proxy.bytes_to_server(), proxy.bytes_to_client());
    assert!(
        tokio::time::timeout(NO_ANSWER, config_maps.get("web"))
            .await
            .is_err()
    );
    let accepted = proxy.accepted();
    let mut waiting = pin!(read());
    assert!(tokio::time::timeout(NO_ANSWER, waiting.as_mut()).await.is_err());
    assert_eq!(proxy.accepted(), accepted + 1);
    assert_eq!(
        (proxy.bytes_to_server(), proxy.bytes_to_client()),
        (to_server, to_client)
    );
    proxy.restore().await?;
    waiting
        .await
        .context("pending bytes arrive after the black hole")?;

    proxy.delay(Duration::from_millis(200));
    let started = Instant::now();
    read().await?;
    // One round trip for the handshake, one for the request.
    assert!(
        started.elapsed() >= Duration::from_millis(800),
        "it took {} ms",
        started.elapsed().as_millis()
    );
    Ok(())
}
