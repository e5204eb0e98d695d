//! The API server of the benchmark, and its ConfigMaps.

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

/// The bytes in a ConfigMap in addition to the short value that changes.
pub const PAYLOAD: usize = 1000;

/// The number of parallel requests of this process.
const IN_FLIGHT: usize = 16;

/// A cluster with ConfigMaps in a namespace.
pub struct Scene {
    /// The cluster.
    pub cluster: Cluster,
    namespace: Namespace,
    config_maps: Api<ConfigMap>,
    /// The kubeconfig for the API server.
    pub kubeconfig: PathBuf,
}

/// The requests of one contender, as the API server counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requests {
    /// Gets of single objects.
    pub get: u64,
    /// Lists.
    pub list: u64,
    /// Watches, including streaming lists: the API server counts them together.
    pub watch: u64,
}

/// The requests so far. Watches are counted when they are opened.
#[derive(Debug, Clone, Copy)]
pub struct Count(Requests);

impl Scene {
    /// Starts a cluster and creates the ConfigMaps.
    ///
    /// # Errors
    /// The cluster does not start.
    pub async fn set(config_maps: usize) -> Result<Self> {
        let cluster = Cluster::start().await?;
        let namespace = cluster.create_namespace("bench").await?;
        let kubeconfig = cluster.kubeconfig(Credentials::Admin)?;
        let api = Api::namespaced(cluster.admin().await?, namespace.name());
        let scene = Self {
            cluster,
            namespace,
            config_maps: api,
            kubeconfig,
        };
        let all = stream::iter(0..config_maps).map(async |number| {
            let config_map = config_map(number, "0");
            scene
                .config_maps
                .create(&PostParams::default(), &config_map)
                .await
                .map(drop)
        });
        all.buffer_unordered(IN_FLIGHT)
            .try_collect::<Vec<()>>()
            .await
            .context("cannot create the ConfigMaps")?;
        Ok(scene)
    }

    /// The namespace of all ConfigMaps.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.namespace.name()
    }

    /// Changes a ConfigMap; returns when the API server acknowledged it, in nanoseconds since 1970.
    ///
    /// # Errors
    /// The API server refuses.
    pub async fn put(&self, number: usize, value: &str) -> Result<u64> {
        self.config_maps
            .replace(
                &config_map_name(number),
                &PostParams::default(),
                &config_map(number, value),
            )
            .await?;
        Ok(unix_nanoseconds())
    }

    /// Changes many ConfigMaps; returns when each change was acknowledged.
    ///
    /// # Errors
    /// The API server refuses.
    pub async fn put_all(&self, count: usize, value: &str) -> Result<Vec<u64>> {
        stream::iter(0..count)
            .map(|number| self.put(number, value))
            .buffered(IN_FLIGHT)
            .try_collect()
            .await
    }

    /// Counts the requests for ConfigMaps so far.
    ///
    /// # Errors
    /// The API server gives no metrics.
    pub async fn count(&self) -> Result<Count> {
        let metrics = self.cluster.metrics().await?;
        let count = |verb| metrics.request_count(verb, "configmaps");
        // The API server counts a watch when it ends; until then it is among the open ones.
        Ok(Count(Requests {
            get: count("GET"),
            list: count("LIST"),
            watch: count("WATCH") + metrics.open_watches("configmaps"),
        }))
    }

    /// The number of open watches.
    ///
    /// # Errors
    /// The API server gives no metrics.
    pub async fn open_watches(&self) -> Result<u64> {
        Ok(self.cluster.metrics().await?.open_watches("configmaps"))
    }

    /// Waits until the API server has closed the watches of a contender that has ended.
    ///
    /// # Errors
    /// They are not closed in time.
    pub async fn settle(&self, open_watches: u64) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.open_watches().await? > open_watches {
            if Instant::now() > deadline {
                bail!("the API server has not closed the watches of an ended contender");
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

impl Count {
    /// The requests between two counts.
    #[must_use]
    pub fn until(self, now: Self) -> Requests {
        let (before, now) = (self.0, now.0);
        Requests {
            get: now.get.saturating_sub(before.get),
            list: now.list.saturating_sub(before.list),
            watch: now.watch.saturating_sub(before.watch),
        }
    }
}

impl Requests {
    /// The sum of all requests.
    #[must_use]
    pub fn total(self) -> u64 {
        self.get + self.list + self.watch
    }
}

impl std::fmt::Display for Requests {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verbs = [(self.get, "GET"), (self.list, "LIST"), (self.watch, "WATCH")];
        let shown: Vec<String> = verbs
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, verb)| format!("{count} {verb}"))
            .collect();
        formatter.write_str(&shown.join(" + "))
    }
}

/// Nanoseconds since 1970: all processes of a machine have the same clock.
#[must_use]
pub fn unix_nanoseconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos() as u64
}

fn config_map(number: usize, value: &str) -> ConfigMap {
    let data = BTreeMap::from([
        ("value".to_owned(), value.to_owned()),
        ("payload".to_owned(), "x".repeat(PAYLOAD)),
    ]);
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(config_map_name(number)),
            ..ObjectMeta::default()
        },
        data: Some(data),
        ..ConfigMap::default()
    }
}
