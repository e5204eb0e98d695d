//! A manager of ConfigMaps on a real API server, and the metrics of both.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use podweave_api_server::{ApiServer, ApiServerOptions};
use podweave_cluster::Cluster;
use podweave_config_maps::source::Source;
use podweave_config_maps::{
    Answer, ConfigMaps, GetError, NamespacedName, Options, PodConfigMaps, PodIdentity, Strategy, Want,
};
use podweave_core::config_map::Value;
use prometheus_client::registry::Registry;

/// A timeout that only a failing test reaches, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Manager {
    pub config_maps: ConfigMaps,
    pub api_server: Arc<ApiServer>,
    metrics: Registry,
}

impl Manager {
    pub fn new(config: kube::Config) -> Result<Self> {
        Self::with(config, Options::default())
    }

    /// Creates a manager without a rate limit: these tests create hundreds of pods at once.
    pub fn with(config: kube::Config, options: Options) -> Result<Self> {
        let api_server = Arc::new(ApiServer::new(
            config,
            ApiServerOptions {
                qps: None,
                ..ApiServerOptions::default()
            },
        )?);
        let config_maps = ConfigMaps::new(Arc::clone(&api_server) as Arc<dyn Source>, options);
        let mut metrics = Registry::default();
        config_maps.register_metrics(&mut metrics);
        api_server.metrics().register(&mut metrics);
        Ok(Self {
            config_maps,
            api_server,
            metrics,
        })
    }

    /// Creates a manager whose idle watches end soon.
    pub fn with_idle_watches(config: kube::Config, idle: Duration) -> Result<Self> {
        let strategy = Strategy::Watch {
            idle_after: Some(idle),
            recheck_immutable: Duration::from_secs(300),
        };
        Self::with(
            config,
            Options {
                strategy,
                strict: false,
            },
        )
    }

    /// Registers a pod that refers to one ConfigMap of its namespace.
    pub fn pod(&self, namespace: &str, pod: &str, config_map: &str) -> PodConfigMaps {
        self.config_maps.register(
            identity(namespace, pod),
            [NamespacedName::new(namespace, config_map)],
        )
    }

    /// Returns a metric as Prometheus reads it, as the sum over all labels.
    pub fn figure(&self, name: &str) -> f64 {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.metrics)
            .expect("a String takes everything");
        let of_name = |line: &&str| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']))
        };
        text.lines()
            .filter(of_name)
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    pub fn connections(&self) -> f64 {
        self.figure("podweave_api_server_connections")
    }

    pub fn watches(&self) -> f64 {
        self.figure("podweave_config_maps_watches")
    }
}

pub fn identity(namespace: &str, pod: &str) -> PodIdentity {
    PodIdentity {
        namespace: namespace.into(),
        name: pod.into(),
        uid: format!("uid-of-{pod}"),
    }
}

/// Gets a ConfigMap with a long timeout.
pub fn patiently() -> Want {
    Want {
        within: PATIENCE,
        max_age: None,
    }
}

/// Waits for a confirmed answer.
pub fn freshly() -> Want {
    Want {
        within: PATIENCE,
        max_age: Some(Duration::ZERO),
    }
}

/// Returns the value of a key; `None` if the ConfigMap does not exist.
pub fn text(answer: &Answer, key: &str) -> Option<String> {
    answer
        .config_map()?
        .get(key)
        .and_then(Value::as_text)
        .map(str::to_owned)
}

pub async fn value(pod: &PodConfigMaps, namespace: &str, name: &str) -> Result<Option<String>, GetError> {
    pod.get(namespace, name, patiently())
        .await
        .map(|answer| text(&answer, "key"))
}

/// Waits until a condition holds.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Result<Duration> {
    let began = Instant::now();
    while !is_so().await {
        if began.elapsed() > PATIENCE {
            bail!("{what}: not so within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(began.elapsed())
}

/// Waits until a pod gets a value.
pub async fn until_value(
    pod: &PodConfigMaps,
    namespace: &str,
    name: &str,
    expected: &str,
) -> Result<Duration> {
    until(&format!("{name} is {expected:?}"), async || {
        value(pod, namespace, name)
            .await
            .is_ok_and(|value| value.as_deref() == Some(expected))
    })
    .await
}

/// Creates many ConfigMaps with a value, a few at a time.
pub async fn put_all(
    cluster: &Cluster,
    namespace: &str,
    names: impl IntoIterator<Item = String>,
    value: &str,
) -> Result<()> {
    let client = cluster.admin().await?;
    let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> = kube::Api::namespaced(client, namespace);
    let mut tasks = tokio::task::JoinSet::new();
    let turns = Arc::new(tokio::sync::Semaphore::new(8));
    for name in names {
        let (api, turns, value) = (api.clone(), Arc::clone(&turns), value.to_owned());
        tasks.spawn(async move {
            let _turn = turns.acquire().await?;
            let patch = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": value}});
            let parameters = kube::api::PatchParams::apply("podweave-e2e").force();
            api.patch(&name, &parameters, &kube::api::Patch::Apply(&patch)).await?;
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}
