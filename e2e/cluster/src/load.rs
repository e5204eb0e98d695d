//! The load of a full node: pods with three plugins, and their ConfigMaps.

use anyhow::{Context, Result};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::PostParams;
use serde_json::{Map, Value, json};

use crate::cluster::Cluster;

/// The default maximum of pods of a kubelet.
const PODS: usize = 110;

/// The number of ConfigMaps, which the pods share.
const CONFIG_MAPS: usize = 500;

/// The keys of each ConfigMap, which the plain plugin copies; the facts plugin reads one.
const KEYS: [&str; 12] = [
    "K00", "K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10", "key",
];

/// The size of all values of a ConfigMap together.
const BYTES: usize = 1024;

/// The number of concurrent requests.
const IN_FLIGHT: usize = 8;

/// The annotation that the guard requires of an opted-in pod; the admission policy adds it where it is
/// installed.
const REQUIRED: (&str, &str) = ("required-plugins.noderesource.dev/pod", r#"["podweave-guard"]"#);

const PLAIN: &str = concat!(env!("OUT_DIR"), "/podweave-bench-plain.wasm");
const FACTS: &str = concat!(env!("OUT_DIR"), "/podweave-attacker.wasm");

/// Templates of three files and two variables, from two ConfigMaps and the pod's facts.
const TEMPLATES: &str = r#"
env: {LISTEN: "{{maps.settings.K00}}", OWNER: "{{pod.namespace}}/{{container.name}}"}
files:
  app.conf: |
    {{#each maps.settings}}{{@key}} = {{this}}
    {{/each}}
  log.conf: "level {{maps.settings.K01}}\n"
  limits.conf: "soft {{config.K02}}\nhard {{config.K03}}\n"
"#;

/// The plugin of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugin {
    /// The built-in one: three files and two variables.
    Handlebars,
    /// Each key of a ConfigMap becomes a variable.
    Plain,
    /// Facts about the pod become variables.
    Facts,
}

/// The pods of a full node, numbered from 0, and their ConfigMaps.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pods: usize,
    config_maps: usize,
}

impl Default for Load {
    fn default() -> Self {
        Self::new(PODS, CONFIG_MAPS)
    }
}

impl Plugin {
    /// All plugins.
    pub const ALL: [Self; 3] = [Self::Handlebars, Self::Plain, Self::Facts];

    /// The name in annotations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handlebars => "handlebars",
            Self::Plain => "plain",
            Self::Facts => "facts",
        }
    }

    /// A variable that it sets in each pod.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Handlebars => "LISTEN",
            Self::Plain => "K10",
            Self::Facts => "FOUND",
        }
    }

    fn params(self) -> &'static str {
        match self {
            Self::Handlebars => TEMPLATES,
            Self::Plain => "{}",
            Self::Facts => "{attack: facts}",
        }
    }
}

impl Load {
    /// Creates a load with this number of concurrent pods, and this number of shared ConfigMaps.
    pub fn new(pods: usize, config_maps: usize) -> Self {
        Self {
            pods: pods.max(1),
            config_maps: config_maps.max(pods),
        }
    }

    /// Returns the number of concurrent pods.
    pub fn pods(self) -> usize {
        self.pods
    }

    /// Returns the number of ConfigMaps.
    pub fn config_maps(self) -> usize {
        self.config_maps
    }

    /// Returns the fields of the agent's configuration for the plugins.
    pub fn configuration() -> Map<String, Value> {
        let plugins = json!([{ "name": Plugin::Plain.name(), "file": PLAIN }, { "name": Plugin::Facts.name(), "file": FACTS }]);
        Map::from_iter([("plugins".to_owned(), plugins)])
    }

    /// Creates the ConfigMaps.
    pub async fn put(self, cluster: &Cluster, namespace: &str) -> Result<()> {
        let api: Api<core::ConfigMap> = Api::namespaced(cluster.admin().await?, namespace);
        let all = stream::iter(0..self.config_maps).map(async |number| {
            let value = |key: &&str| {
                (
                    (*key).to_owned(),
                    format!("{key} of {number} ")
                        .repeat(BYTES)
                        .chars()
                        .take(BYTES / KEYS.len())
                        .collect(),
                )
            };
            let metadata = ObjectMeta {
                name: Some(Self::config_map(number)),
                ..ObjectMeta::default()
            };
            let config_map = core::ConfigMap {
                metadata,
                data: Some(KEYS.iter().map(value).collect()),
                ..core::ConfigMap::default()
            };
            api.create(&PostParams::default(), &config_map).await.map(drop)
        });
        all.buffer_unordered(IN_FLIGHT)
            .try_collect::<Vec<()>>()
            .await
            .context("cannot create the ConfigMaps")
            .map(drop)
    }

    /// Returns the plugin of a pod: pods use the plugins in turn.
    pub fn plugin(self, pod: usize) -> Plugin {
        Plugin::ALL[pod % Plugin::ALL.len()]
    }

    /// Returns a small pod that its plugin renders for, from its share of the ConfigMaps. Every other pod is
    /// deleted without a grace period, so that the API server forgets it before the runtime does.
    pub fn pod(self, number: usize) -> Value {
        self.pod_with(number, self.plugin(number))
    }

    /// Returns the same pod with this plugin.
    pub fn pod_with(self, number: usize, plugin: Plugin) -> Value {
        let mut pod = self.plain_pod(number);
        let config_maps = self.config_maps_of(number).collect::<Vec<_>>().join(",");
        pod["metadata"]["annotations"] = json!({
            "podweave.dev/plugin": plugin.name(),
            "podweave.dev/config-maps": format!("settings={config_maps}"),
            "podweave.dev/params": plugin.params(),
            REQUIRED.0: REQUIRED.1,
        });
        pod
    }

    /// Returns the same pod without opting in.
    pub fn plain_pod(self, number: usize) -> Value {
        json!({
            "metadata": { "name": Self::name(number) },
            "spec": {
                "containers": [{ "name": "main", "image": "podweave.test/busybox:1", "command": ["sleep", "100000"] }],
                "terminationGracePeriodSeconds": number % 2,
                "automountServiceAccountToken": false,
                "enableServiceLinks": false,
            },
        })
    }

    /// Returns the name of a pod.
    pub fn name(number: usize) -> String {
        format!("pod-{number}")
    }

    /// Returns the ConfigMaps of a pod: each pod has one, and concurrent pods together have all.
    pub fn config_maps_of(self, pod: usize) -> impl Iterator<Item = String> {
        let place = pod % self.pods;
        let from = |place: usize| place * self.config_maps / self.pods;
        (from(place)..from(place + 1)).map(Self::config_map)
    }

    fn config_map(number: usize) -> String {
        format!("config-map-{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::Load;

    #[test]
    fn the_pods_share_out_all_config_maps() {
        let load = Load::default();
        let mut all: Vec<String> = (0..load.pods())
            .flat_map(|pod| load.config_maps_of(pod))
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), load.config_maps());
        assert!((0..3 * load.pods()).all(|pod| load.config_maps_of(pod).count() >= 4));
    }
}
