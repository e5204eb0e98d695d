//! Pods' own credentials for registries: the pull Secrets that a pod names, where the configuration lets the agent read them.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use podweave_config_maps::api_server::chain;
use podweave_core::names;
use podweave_core::pod::Pod;
use podweave_plugin_store::registries::PodCredentials;
use podweave_registry::DockerConfig;
use tokio::time::timeout;
use tracing::warn;

/// The key of a `kubernetes.io/dockerconfigjson`.
const DOCKER_CONFIG: &str = ".dockerconfigjson";

/// A pod that has more of them is hostile.
const MOST: usize = 16;

/// How long one may take; the pod's next attempt asks again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads pull Secrets.
#[derive(Clone)]
pub struct PullSecrets(Option<Client>);

impl PullSecrets {
    /// Through a client of the API server's.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self(Some(client))
    }

    /// There are none, for tests without an API server.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Those of a pod that can be read. As with the kubelet, one that cannot be read is left out, and said: the plugin may need none.
    pub async fn of(&self, pod: &Pod) -> PodCredentials {
        let mut found = Vec::new();
        let Some(client) = &self.0 else { return PodCredentials::default() };
        // The API server takes any text for a name here; one with a slash would lead elsewhere.
        for name in pod.pull_secrets.iter().filter(|name| names::is_dns_subdomain(name)).take(MOST) {
            match read(client.clone(), &pod.namespace, name).await {
                Ok(config) => found.push(config),
                Err(reason) => warn!(pod = pod.identity(), secret = name, reason, "a pull Secret cannot be used"),
            }
        }
        PodCredentials(found)
    }
}

async fn read(client: Client, namespace: &str, name: &str) -> Result<DockerConfig, String> {
    let secrets: Api<Secret> = Api::namespaced(client, namespace);
    let secret = timeout(PATIENCE, secrets.get(name)).await.map_err(|_| format!("the API server did not give it within {} s", PATIENCE.as_secs()))?;
    let secret = secret.map_err(|error| format!("{}; a Role in the namespace can let the agent read it (docs/rbac.md)", chain(&error)))?;
    let config = secret.data.unwrap_or_default().remove(DOCKER_CONFIG);
    let config = config.ok_or_else(|| format!("it has no {DOCKER_CONFIG}, as Secrets of the type kubernetes.io/dockerconfigjson have"))?;
    DockerConfig::parse(&config.0).map_err(|error| error.to_string())
}
