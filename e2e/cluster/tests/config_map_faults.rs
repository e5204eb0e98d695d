//! The manager of ConfigMaps during failures of the API server, etcd and the network. No Get returns a wrong
//! value, or fails while there is an answer, and the latest state becomes visible by itself.

mod support;

use std::time::Duration;

use anyhow::{Context as _, Result};
use podweave_cluster::{Cluster, Credentials, Proxy, shared};
use podweave_config_maps::{PodConfigMaps, Want};
use support::*;
use tokio::sync::{Mutex, MutexGuard};

const PODS: usize = 200;

/// Serializes these tests, because they break their shared cluster.
async fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// Pods with their own ConfigMaps.
struct Pods {
    manager: Manager,
    namespace: String,
    pods: Vec<(String, PodConfigMaps)>,
}

impl Pods {
    async fn new(cluster: &Cluster, config: kube::Config, namespace: &str, count: usize) -> Result<Self> {
        let names: Vec<String> = (0..count).map(|index| format!("web-{index}")).collect();
        put_all(cluster, namespace, names.iter().cloned(), "old").await?;
        let manager = Manager::new(config)?;
        let pods = names
            .into_iter()
            .map(|name| (name.clone(), manager.pod(namespace, &name, &name)))
            .collect();
        let pods = Self {
            manager,
            namespace: namespace.to_owned(),
            pods,
        };
        pods.all_are("old").await?;
        until("all are watched", async || pods.manager.watches() == count as f64).await?;
        Ok(pods)
    }

    /// Checks that every pod gets a value at once, that none is newer than possible, and that none fails.
    async fn all_answer(&self, allowed: &[&str]) -> Result<()> {
        for (name, pod) in &self.pods {
            let want = Want {
                within: Duration::from_millis(50),
                max_age: None,
            };
            let answer = pod
                .get(&self.namespace, name, want)
                .await
                .with_context(|| format!("{name}, away for long"))?;
            let value = text(&answer, "key").context("it was there")?;
            assert!(allowed.contains(&&*value), "{name} is {value:?}");
        }
        Ok(())
    }

    async fn all_are(&self, expected: &str) -> Result<()> {
        for (name, pod) in &self.pods {
            until_value(pod, &self.namespace, name, expected).await?;
        }
        Ok(())
    }

    /// Waits until every pod's answer has the age of its value.
    async fn all_age(&self) -> Result<()> {
        for (name, pod) in &self.pods {
            let has_aged = async || {
                pod.get(&self.namespace, name, patiently())
                    .await
                    .is_ok_and(|answer| !answer.age().is_zero())
            };
            until("the outage is noticed", has_aged).await?;
        }
        Ok(())
    }

    async fn write_all(&self, cluster: &Cluster, value: &str) -> Result<()> {
        put_all(
            cluster,
            &self.namespace,
            self.pods.iter().map(|(name, _)| name.clone()),
            value,
        )
        .await
    }

    /// Removes all pods, and checks that nothing stays behind.
    async fn leave(self) -> Result<()> {
        for (name, _) in &self.pods {
            self.manager
                .config_maps
                .unregister(&identity(&self.namespace, name));
        }
        until("all streams are closed", async || {
            self.manager.figure("podweave_api_server_streams") == 0.0
        })
        .await?;
        assert!(
            self.manager.connections() <= 8.0,
            "{} connections",
            self.manager.connections()
        );
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_api_server_is_bridged() -> Result<()> {
    let _turn = alone().await;
    let cluster = shared().await?;
    if cluster.skips("a_restart_of_the_api_server_is_bridged") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("killed").await?;
    let pods = Pods::new(cluster, cluster.admin_config().await?, namespace.name(), PODS).await?;
    for round in 0..3 {
        cluster.api_server()?.kill().await?;
        pods.all_answer(&["old", "0", "1"]).await?;
        pods.all_age().await?;
        cluster.api_server()?.start().await?;
        let value = round.to_string();
        pods.write_all(cluster, &value).await?;
        pods.all_are(&value).await?;
    }
    until("all are watched again", async || {
        pods.manager.watches() == PODS as f64
    })
    .await?;
    pods.leave().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_api_server_is_noticed_and_bridged() -> Result<()> {
    let _turn = alone().await;
    let cluster = shared().await?;
    if cluster.skips("a_frozen_api_server_is_noticed_and_bridged") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("frozen").await?;
    let pods = Pods::new(cluster, cluster.admin_config().await?, namespace.name(), PODS).await?;
    cluster.api_server()?.freeze()?;
    pods.all_answer(&["old"]).await?;
    pods.all_age().await?;
    // A new pod's Get ends at its own deadline, and says why.
    let newcomer = pods.manager.pod(namespace.name(), "newcomer", "never-read");
    let error = newcomer
        .get(
            namespace.name(),
            "never-read",
            Want {
                within: Duration::from_millis(100),
                max_age: None,
            },
        )
        .await
        .err();
    assert!(
        error
            .as_ref()
            .is_some_and(|error| error.to_string().contains("no answer from the API server")),
        "{error:?}"
    );
    tokio::time::sleep(Duration::from_secs(60)).await;
    pods.all_answer(&["old"]).await?;
    cluster.api_server()?.thaw()?;
    assert_eq!(value(&newcomer, namespace.name(), "never-read").await?, None);
    pods.write_all(cluster, "new").await?;
    pods.all_are("new").await?;
    pods.manager
        .config_maps
        .unregister(&identity(namespace.name(), "newcomer"));
    pods.leave().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compaction_under_open_watches_loses_nothing() -> Result<()> {
    let _turn = alone().await;
    let cluster = shared().await?;
    if cluster.skips("compaction_under_open_watches_loses_nothing") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("compacted").await?;
    let mut proxy = Proxy::start(cluster.server_address().await?).await?;
    let pods = Pods::new(
        cluster,
        cluster.config_at(&proxy.url(), Credentials::Admin).await?,
        namespace.name(),
        PODS,
    )
    .await?;
    cluster.compact().await?;
    pods.write_all(cluster, "0").await?;
    pods.all_are("0").await?;
    // Changes that no watch can deliver any more: the versions from which they would resume have expired.
    proxy.refuse().await;
    pods.write_all(cluster, "1").await?;
    for (name, _) in pods.pods.iter().step_by(2) {
        cluster.delete_config_map(namespace.name(), name).await?;
    }
    cluster.expire_history().await?;
    proxy.restore().await?;
    for (index, (name, pod)) in pods.pods.iter().enumerate() {
        let expected = (index % 2 == 1).then_some("1".to_owned());
        until("the latest state is shown", async || {
            value(pod, namespace.name(), name).await == Ok(expected.clone())
        })
        .await?;
    }
    pods.leave().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn network_faults_are_bridged() -> Result<()> {
    let _turn = alone().await;
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("network").await?;
    let mut proxy = Proxy::start(cluster.server_address().await?).await?;
    let pods = Pods::new(
        cluster,
        cluster.config_at(&proxy.url(), Credentials::Admin).await?,
        namespace.name(),
        PODS,
    )
    .await?;
    for round in 0..5 {
        proxy.cut().await;
        pods.all_answer(&["old", "cut 0", "cut 1", "cut 2", "cut 3"])
            .await?;
        let value = format!("cut {round}");
        pods.write_all(cluster, &value).await?;
        pods.all_are(&value).await?;
    }
    proxy.refuse().await;
    pods.all_age().await?;
    pods.write_all(cluster, "refused").await?;
    pods.all_answer(&["cut 4"]).await?;
    proxy.restore().await?;
    pods.all_are("refused").await?;
    // Nothing arrives and nothing ends: only a timeout can detect it.
    proxy.black_hole();
    pods.all_age().await?;
    pods.write_all(cluster, "swallowed").await?;
    pods.all_answer(&["refused"]).await?;
    proxy.restore().await?;
    pods.all_are("swallowed").await?;
    until("connections that failed are closed", async || {
        proxy.connections() <= 8
    })
    .await?;
    pods.leave().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_read_again_from_its_file() -> Result<()> {
    let _turn = alone().await;
    let cluster = shared().await?;
    if cluster.skips("an_expired_token_is_read_again_from_its_file") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("token").await?;
    let namespace = namespace.name();
    cluster.service_account(namespace, "agent").await?;
    cluster
        .allow(namespace, "agent", &["get", "list", "watch"], &["configmaps"])
        .await?;
    cluster
        .put_config_map(namespace, "first", [("key", "value")])
        .await?;
    cluster
        .put_config_map(namespace, "second", [("key", "value")])
        .await?;
    let token = cluster.token(namespace, "agent", Duration::from_secs(5)).await?;
    let file = cluster.file("rotated-token", &token)?;
    let manager = Manager::new(cluster.config(Credentials::TokenFile(&file)).await?)?;
    let first = manager.pod(namespace, "first", "first");
    assert_eq!(value(&first, namespace, "first").await?.as_deref(), Some("value"));
    // The API server accepts a recently used token a while longer.
    let client = kube::Client::try_from(cluster.config(Credentials::Token(&token)).await?)?;
    let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> = kube::Api::namespaced(client, namespace);
    until(
        "the token has expired",
        async || matches!(api.get("first").await, Err(kube::Error::Api(status)) if status.code == 401),
    )
    .await?;
    std::fs::write(
        &file,
        cluster
            .token(namespace, "agent", Duration::from_secs(600))
            .await?,
    )?;
    let second = manager.pod(namespace, "second", "second");
    assert_eq!(
        value(&second, namespace, "second").await?.as_deref(),
        Some("value")
    );
    cluster
        .put_config_map(namespace, "first", [("key", "new")])
        .await?;
    until_value(&first, namespace, "first", "new").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_and_restarted_etcd_is_bridged() -> Result<()> {
    let _turn = alone().await;
    let cluster = shared().await?;
    if cluster.skips("a_frozen_and_restarted_etcd_is_bridged") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("etcd").await?;
    let pods = Pods::new(cluster, cluster.admin_config().await?, namespace.name(), 20).await?;
    cluster.etcd()?.freeze()?;
    pods.all_answer(&["old"]).await?;
    // The API server answers PINGs; only a request detects the failure.
    let newcomer = pods.manager.pod(namespace.name(), "newcomer", "web-new");
    assert!(
        newcomer
            .get(
                namespace.name(),
                "web-new",
                Want {
                    within: Duration::from_millis(300),
                    max_age: None
                }
            )
            .await
            .is_err()
    );
    cluster.etcd()?.thaw()?;
    assert_eq!(value(&newcomer, namespace.name(), "web-new").await?, None);
    cluster.etcd()?.kill().await?;
    pods.all_answer(&["old"]).await?;
    cluster.etcd()?.start().await?;
    until("the API server writes again", async || {
        cluster
            .put_config_map(namespace.name(), "web-new", [("key", "value")])
            .await
            .is_ok()
    })
    .await?;
    until_value(&newcomer, namespace.name(), "web-new", "value").await?;
    pods.write_all(cluster, "new").await?;
    pods.all_are("new").await?;
    pods.manager
        .config_maps
        .unregister(&identity(namespace.name(), "newcomer"));
    pods.leave().await
}
