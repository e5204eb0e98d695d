//! Reads the pull Secrets that pods name, where the configuration lets the agent read them.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use podweave_core::names;
use podweave_core::pod::Pod;
use podweave_core::text::chain;
use podweave_plugin_store::settings::PodCredentials;
use podweave_registry::DockerConfig;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};
use tracing::warn;

/// The key in a Secret of type `kubernetes.io/dockerconfigjson`.
const DOCKER_CONFIG: &str = ".dockerconfigjson";

/// The maximum number of pull Secrets of a pod. A pod with more of them is hostile.
const MOST: usize = 16;

/// The timeout of one read; a later attempt asks again.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a pod's Secrets are kept: long enough for attempts for all of its containers, and for the
/// kubelet's next ones.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Reads pull Secrets.
#[derive(Clone)]
pub struct PullSecrets(Client);

impl PullSecrets {
    /// Creates a reader that uses this client of the API server.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// Returns the readable pull Secrets of a pod. As with the kubelet, an unreadable one is left out, with a
    /// warning: the plugin may need none.
    pub async fn of(&self, pod: &Pod, kept: &Kept) -> PodCredentials {
        // Concurrent attempts wait for the Secrets that the first one reads.
        let mut kept_now = kept.0.lock().await;
        if let Some(credentials) = &*kept_now {
            return credentials.clone();
        }
        let mut found = Vec::new();
        // The name is part of the request's path; one with a slash would lead elsewhere.
        for name in pod
            .pull_secrets
            .iter()
            .filter(|name| names::is_dns_subdomain(name))
            .take(MOST)
        {
            match read(self.0.clone(), &pod.namespace, name).await {
                Ok(config) => found.push(config),
                Err(reason) => warn!(
                    pod = pod.identity(),
                    secret = name,
                    reason,
                    "cannot use a pull Secret"
                ),
            }
        }
        let credentials = PodCredentials(found);
        *kept_now = Some(credentials.clone());
        kept.forget_after(KEPT_FOR);
        credentials
    }
}

/// The pull Secrets of one pod while they are kept. They are dropped with the pod.
#[derive(Default)]
pub struct Kept(Arc<Mutex<Option<PodCredentials>>>);

impl Kept {
    fn forget_after(&self, time: Duration) {
        let kept = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            sleep(time).await;
            if let Some(kept) = kept.upgrade() {
                *kept.lock().await = None;
            }
        });
    }
}

async fn read(client: Client, namespace: &str, name: &str) -> Result<DockerConfig, String> {
    let secrets: Api<Secret> = Api::namespaced(client, namespace);
    let secret = timeout(PATIENCE, secrets.get(name))
        .await
        .map_err(|_| format!("no answer of the API server within {} s", PATIENCE.as_secs()))?;
    let secret = secret.map_err(|error| {
        format!(
            "{}; a Role in the namespace can let the agent read it (docs/rbac.md)",
            chain(&error)
        )
    })?;
    let config = secret.data.unwrap_or_default().remove(DOCKER_CONFIG);
    let config = config.ok_or_else(|| {
        format!("it has no {DOCKER_CONFIG}, as Secrets of the type kubernetes.io/dockerconfigjson have")
    })?;
    DockerConfig::parse(&config.0).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex as StdMutex;

    use bytes::Bytes;
    use http_body_util::Full;
    use kube::client::Body;

    use super::*;

    /// A fake API server that has every Secret, and the paths of its requests.
    fn api_server() -> (PullSecrets, Arc<StdMutex<Vec<String>>>) {
        let asked = Arc::new(StdMutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let service = tower::service_fn(move |request: http::Request<Body>| {
            seen.lock().unwrap().push(request.uri().path().to_owned());
            // {"auths":{}}
            let secret =
                Bytes::from_static(br#"{"metadata":{},"data":{".dockerconfigjson":"eyJhdXRocyI6e319"}}"#);
            async { Ok::<_, Infallible>(http::Response::new(Full::new(secret))) }
        });
        (PullSecrets::new(Client::new(service, "shop")), asked)
    }

    fn pod(secrets: &[&str]) -> Pod {
        Pod {
            namespace: "shop".to_owned(),
            pull_secrets: secrets.iter().map(|name| (*name).to_owned()).collect(),
            ..Pod::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn successive_attempts_read_a_pods_secrets_once() {
        let (secrets, asked) = api_server();
        let (pod, kept) = (pod(&["a", "b", "../c"]), Kept::default());
        let (one, other) = tokio::join!(secrets.of(&pod, &kept), secrets.of(&pod, &kept));
        assert_eq!(
            (one.0.len(), other.0.len(), secrets.of(&pod, &kept).await.0.len()),
            (2, 2, 2)
        );
        assert_eq!(
            *asked.lock().unwrap(),
            [
                "/api/v1/namespaces/shop/secrets/a",
                "/api/v1/namespaces/shop/secrets/b"
            ]
        );
        secrets.of(&pod, &Kept::default()).await;
        assert_eq!(asked.lock().unwrap().len(), 4, "another pod has its own");
    }

    #[tokio::test(start_paused = true)]
    async fn secrets_expire_and_are_read_again_when_needed() {
        let (secrets, asked) = api_server();
        let (pod, kept) = (pod(&["a"]), Kept::default());
        secrets.of(&pod, &kept).await;
        // The test's clock is paused and advances by itself.
        sleep(KEPT_FOR + Duration::from_millis(1)).await;
        assert!(kept.0.lock().await.is_none());
        secrets.of(&pod, &kept).await;
        assert_eq!(asked.lock().unwrap().len(), 2);
    }
}
