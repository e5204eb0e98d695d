//! Handles many pods of a node as one.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, ListParams, PostParams, WatchEvent, WatchParams};
use kube::{Api, ResourceExt};
use serde_json::Value;

use crate::node::Node;
use crate::pod_status::is_ready;

/// Longer than a full node needs on a busy machine; the API server ends a watch after 5 minutes.
const PATIENCE: Duration = Duration::from_secs(280);

/// The number of concurrent requests.
const IN_FLIGHT: usize = 8;

/// The interval at which the API server is asked.
const POLL: Duration = Duration::from_millis(100);

/// All pods of a namespace on a node.
pub struct Crowd<'node> {
    node: &'node Node<'node>,
    pods: Api<core::Pod>,
}

impl Node<'_> {
    /// Takes the pods of a namespace, which must all be on this node.
    pub async fn crowd(&self, namespace: &str) -> Result<Crowd<'_>> {
        Ok(Crowd {
            node: self,
            pods: Api::namespaced(self.cluster().admin().await?, namespace),
        })
    }
}

impl Crowd<'_> {
    /// Creates more pods as [`Node::run`] does, all at once, and waits until they are Ready. Returns how long
    /// each took since the first creation.
    pub async fn run(&self, manifests: Vec<Value>) -> Result<Vec<Duration>> {
        let manifests = manifests
            .into_iter()
            .map(|manifest| self.node.manifest(manifest))
            .collect::<Result<Vec<_>>>()?;
        let events = self.watch().await?;
        let mut events = std::pin::pin!(events);
        let (began, names) = (
            Instant::now(),
            manifests
                .iter()
                .map(ResourceExt::name_any)
                .collect::<HashSet<_>>(),
        );
        let create = stream::iter(&manifests)
            .map(async |manifest| self.pods.create(&PostParams::default(), manifest).await.map(drop));
        let create = create.buffer_unordered(IN_FLIGHT).try_collect::<Vec<()>>();
        let mut ready = HashMap::new();
        let become_ready = async {
            while ready.len() < names.len() {
                match events.next().await {
                    Some(Ok(WatchEvent::Added(pod) | WatchEvent::Modified(pod)))
                        if is_ready(&pod) && names.contains(&pod.name_any()) =>
                    {
                        ready.entry(pod.name_any()).or_insert_with(|| began.elapsed());
                    }
                    Some(Ok(WatchEvent::Error(status))) => {
                        bail!("the watch of the pods failed: {}", status.message)
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error).context("the watch of the pods failed"),
                    None => bail!("the watch of the pods ended"),
                }
            }
            Ok(())
        };
        let (created, waited) = tokio::join!(create, become_ready);
        created.context("cannot create a pod")?;
        if let Err(error) = waited {
            return Err(error.context(format!(
                "{} of {} pods are Ready; {}",
                ready.len(),
                names.len(),
                self.one_that_is_not_ready().await?
            )));
        }
        Ok(ready.into_values().collect())
    }

    /// Watches the pods from now on.
    async fn watch(&self) -> Result<impl Stream<Item = kube::Result<WatchEvent<core::Pod>>> + use<>> {
        let version = self
            .pods
            .list_metadata(&ListParams::default().limit(1))
            .await?
            .metadata
            .resource_version
            .context("a list has no version")?;
        self.pods
            .watch(
                &WatchParams::default().timeout(PATIENCE.as_secs() as u32),
                &version,
            )
            .await
            .context("cannot watch the pods")
    }

    /// Describes the first pod that is not Ready, for a message.
    async fn one_that_is_not_ready(&self) -> Result<String> {
        let pods = self.pods.list(&ListParams::default()).await?;
        let left = pods.items.into_iter().find(|pod| !is_ready(pod));
        let left = left.map(|pod| format!("{}: {}", pod.name_any(), crate::pod_status::states(&pod)));
        Ok(left.unwrap_or_default())
    }

    /// Deletes all pods, and waits until the API server has none of them. Their remains on the node are
    /// checked by [`Node::until_clear`].
    pub async fn delete(&self) -> Result<()> {
        let everything = ListParams::default();
        self.pods
            .delete_collection(&DeleteParams::default(), &everything)
            .await
            .context("cannot delete the pods")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = self
                .pods
                .list_metadata(&everything)
                .await
                .context("cannot list the pods")?
                .items
                .len();
            if left == 0 {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "{left} pods are still there {} s after they were deleted",
                PATIENCE.as_secs()
            );
            tokio::time::sleep(POLL).await;
        }
    }
}
