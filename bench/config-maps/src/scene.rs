//! The API server and what is in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::PostParams;
use podweave_bench_config_maps::config_map_name;
use podweave_cluster::{Cluster, Credentials, Namespace};
use tokio::time::{Instant, sleep};

/// What a ConfigMap holds beside the short value that changes.
pub const PAYLOAD: usize = 1000;

/// Requests of this process under way at once.
const IN_FLIGHT: usize = 16;

/// A cluster with ConfigMaps in a namespace.
pub struct Scene {
    /// The cluster.
    pub cluster: Cluster,
    namespace: Namespace,
    config_maps: Api<ConfigMap>,
    /// How to reach the API server.
    pub kubeconfig: PathBuf,
}

/// What the API server counted of one contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requests {
    /// Reads of one.
    pub get: u64,
    /// Lists.
    pub list: u64,
    /// Watches, streaming lists among them: the API server does not tell them apart.
    pub watch: u64,
}

/// Requests so far, with watches counted as they are opened.
#[derive(Debug, Clone, Copy)]
pub struct Count(Requests);

impl Scene {
    /// Starts a cluster and makes the ConfigMaps.
    ///
    /// # Errors
    /// There is no cluster.
    pub async fn set(config_maps: usize) -> Result<Self> {
        let cluster = Cluster::start().await?;
        let namespace = cluster.create_namespace("bench").await?;
        let kubeconfig = cluster.kubeconfig(Credentials::Admin)?;
        let api = Api::namespaced(cluster.admin().await?, namespace.name());
        let scene = Self { cluster, namespace, config_maps: api, kubeconfig };
        let all = stream::iter(0..config_maps).map(async |number| {
            let config_map = config_map(number, "0");
            scene.config_maps.create(&PostParams::default(), &config_map).await.map(drop)
        });
        all.buffer_unordered(IN_FLIGHT).try_collect::<Vec<()>>().await.context("the ConfigMaps cannot be made")?;
        Ok(scene)
    }

    /// The namespace of all.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.namespace.name()
    }

    /// Changes a ConfigMap; answers when the API server had acknowledged it, in nanoseconds since 1970.
    ///
    /// # Errors
    /// The API server refuses.
    pub async fn put(&self, number: usize, value: &str) -> Result<u64> {
        self.config_maps.replace(&config_map_name(number), &PostParams::default(), &config_map(number, value)).await?;
        Ok(unix_nanoseconds())
    }

    /// Changes many; answers when each was acknowledged.
    ///
    /// # Errors
    /// The API server refuses.
    pub async fn put_all(&self, count: usize, value: &str) -> Result<Vec<u64>> {
        stream::iter(0..count).map(|number| self.put(number, value)).buffered(IN_FLIGHT).try_collect().await
    }

    /// Requests for ConfigMaps so far.
    ///
    /// # Errors
    /// There are no metrics.
    pub async fn count(&self) -> Result<Count> {
        let metrics = self.cluster.metrics().await?;
        let count = |verb| metrics.request_count(verb, "configmaps");
        // A watch is counted when it ends; until then it is one of those that are open.
        Ok(Count(Requests { get: count("GET"), list: count("LIST"), watch: count("WATCH") + metrics.open_watches("configmaps") }))
    }

    /// How many watches are open when no contender runs.
    ///
    /// # Errors
    /// There are no metrics.
    pub async fn open_watches(&self) -> Result<u64> {
        Ok(self.cluster.metrics().await?.open_watches("configmaps"))
    }

    /// Waits until the API server has closed the watches of a contender that has ended.
    ///
    /// # Errors
    /// It does not close them.
    pub async fn settle(&self, open_watches: u64) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.open_watches().await? > open_watches {
            if Instant::now() > deadline {
                bail!("watches of a contender that has ended are still open");
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

impl Count {
    /// Requests since then.
    #[must_use]
    pub fn until(self, now: Self) -> Requests {
        let (before, now) = (self.0, now.0);
        Requests { get: now.get.saturating_sub(before.get), list: now.list.saturating_sub(before.list), watch: now.watch.saturating_sub(before.watch) }
    }
}

impl Requests {
    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.get + self.list + self.watch
    }
}

impl std::fmt::Display for Requests {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verbs = [(self.get, "GET"), (self.list, "LIST"), (self.watch, "WATCH")];
        let shown: Vec<String> = verbs.iter().filter(|(count, _)| *count > 0).map(|(count, verb)| format!("{count} {verb}")).collect();
        formatter.write_str(&shown.join(" + "))
    }
}

/// Nanoseconds since 1970, which all processes of a machine agree on.
#[must_use]
pub fn unix_nanoseconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64
}

fn config_map(number: usize, value: &str) -> ConfigMap {
    let data = BTreeMap::from([("value".to_owned(), value.to_owned()), ("payload".to_owned(), "x".repeat(PAYLOAD))]);
    ConfigMap { metadata: ObjectMeta { name: Some(config_map_name(number)), ..ObjectMeta::default() }, data: Some(data), ..ConfigMap::default() }
}
