//! A registry with plugins, and a node whose agent uses it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use podweave_cluster::{Namespace, Node, NodeOptions, Podweave, PodweaveOptions, RunningPod, shared};
use podweave_registry_peers::{Options, Peers, Registry};
use serde_json::{Value, json};

/// The annotation that the guard requires of a pod.
const REQUIRED: (&str, &str) = ("required-plugins.noderesource.dev/pod", r#"["podweave-guard"]"#);

/// A timeout that only a failing test reaches.
const PATIENCE: Duration = Duration::from_secs(60);

/// The plugin's parameters.
const PARAMS: &str = r#"env: {GREETING: "hello from {{pod.name}}"}"#;

/// Dropped in the order of the fields.
pub struct Scene {
    pub podweave: Podweave,
    pub node: Node<'static>,
    pub namespace: Namespace,
    pub registry: Registry,
    peers: Peers,
}

impl Scene {
    /// Starts a registry, and an agent with this policy, in which `HOST` means the registry. `None`, with a
    /// message, in an existing cluster.
    pub async fn start(policy: Value) -> Result<Option<Self>> {
        let cluster = shared().await?;
        if cluster.skips("plugins of registries") {
            return Ok(None);
        }
        let (registry, peers) = (Registry::start(Options::Plain)?, Peers::new()?);
        let node = Node::start(cluster, NodeOptions::default()).await?;
        let configuration = configuration(&registry, policy)?;
        let podweave = Podweave::start(
            &node,
            PodweaveOptions {
                configuration,
                ..PodweaveOptions::default()
            },
        )
        .await?;
        let namespace = cluster.create_namespace("plugins").await?;
        Ok(Some(Self {
            podweave,
            node,
            namespace,
            registry,
            peers,
        }))
    }

    /// Pushes bytes as a plugin, as every user with write access can, and returns its reference.
    pub fn push(&self, repository: &str, component: &[u8]) -> Result<String> {
        self.peers.write("plugin.wasm", component)?;
        let reference = self.registry.reference(repository);
        self.peers
            .oras(&["push", "--plain-http", &reference, "plugin.wasm:application/wasm"])?
            .succeeded()?;
        Ok(reference)
    }

    /// Runs a pod with this plugin.
    pub async fn run(&self, name: &str, plugin: &str) -> Result<RunningPod<'_>> {
        let mut annotations = json!({ "podweave.dev/plugin": plugin, "podweave.dev/params": PARAMS });
        annotations[REQUIRED.0] = REQUIRED.1.into();
        let container = json!({ "name": "web", "image": "podweave.test/busybox:1", "command": ["sh", "-c", "echo \"$GREETING\"; sleep 100000; :"] });
        let spec = json!({ "containers": [container], "terminationGracePeriodSeconds": 0 });
        self.node
            .run(
                self.namespace.name(),
                json!({ "metadata": { "name": name, "annotations": annotations }, "spec": spec }),
            )
            .await
    }

    /// Waits until a pod is Ready with what the plugin rendered.
    pub async fn until_greeted(&self, pod: &RunningPod<'_>) -> Result<()> {
        pod.ready().await?;
        let (expected, began) = (format!("hello from {}", pod.name()), Instant::now());
        loop {
            // A container is Ready before it has written anything.
            let log = pod.log("web").await?;
            if log.trim() == expected {
                return Ok(());
            }
            ensure!(
                began.elapsed() < PATIENCE && log.trim().is_empty(),
                "{}: {log:?}",
                pod.name()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Changes the policy while the agent runs.
    pub fn change_policy(&self, policy: Value) -> Result<()> {
        self.podweave.reconfigure(configuration(&self.registry, policy)?)
    }

    /// Returns the directory of pulled plugins on the node.
    pub fn pulled(&self) -> PathBuf {
        self.podweave.plugins().join("components")
    }
}

fn configuration(registry: &Registry, policy: Value) -> Result<serde_json::Map<String, Value>> {
    let host = registry.host();
    let text = policy.to_string().replace("HOST", &host);
    let mut configuration: serde_json::Map<String, Value> =
        serde_json::from_str(&text).context("a policy is an object")?;
    configuration.insert(
        "registries".to_owned(),
        json!({ "hosts": [{ "host": host, "plainHTTP": true }] }),
    );
    Ok(configuration)
}

/// A plugin that ships with podweave.
pub fn handlebars() -> &'static [u8] {
    podweave_plugin_store::BuiltIn::find("handlebars")
        .map(|built_in| built_in.component)
        .unwrap_or_default()
}

/// Returns the number of files in a directory.
pub fn files_in(directory: &Path) -> usize {
    std::fs::read_dir(directory).into_iter().flatten().count()
}
