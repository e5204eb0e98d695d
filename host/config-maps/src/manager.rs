//! Registers pods with the ConfigMaps that they refer to, and answers their Gets.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use podweave_core::identity::{NamespacedName, PodIdentity};
use prometheus_client::registry::Registry;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::changes::Changes;
use crate::entries::Entries;
use crate::error::GetError;
use crate::follower::Follower;
use crate::knowledge::WatchPhase;
use crate::metrics::Metrics;
use crate::references::PodReferences;
use crate::shared::{Answer, Shared, Want};
use crate::source::Source;
use crate::strategy::{self, Context, Demand, Options};
use crate::version::Version;
use crate::{scrape, sweep};

/// Keeps the ConfigMaps of registered pods. Clones share one manager; what it keeps is dropped with the last
/// of them.
///
/// ```
/// use std::sync::Arc;
/// use podweave_config_maps::manifests::ManifestSource;
/// use podweave_config_maps::{ConfigMaps, NamespacedName, Options, PodIdentity, Want};
/// use podweave_core::manifest::Manifests;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut manifests = Manifests::default();
/// let web = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {port: '8080'}";
/// manifests.add("web.yaml", web, "shop")?;
/// let config_maps = ConfigMaps::new(Arc::new(ManifestSource::new(&manifests)), Options::default());
///
/// let pod = PodIdentity { namespace: "shop".into(), name: "web-0".into(), uid: "1".into() };
/// let of_pod = config_maps.register(pod.clone(), [NamespacedName::new("shop", "web")]);
///
/// // It waits for the first read, and later answers from memory.
/// let answer = of_pod.get("shop", "web", Want::default()).await?;
/// let port = answer.config_map().and_then(|web| web.get("port")?.as_text());
/// assert_eq!(port, Some("8080"));
///
/// config_maps.unregister(&pod);
/// assert!(of_pod.get("shop", "web", Want::default()).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ConfigMaps {
    shared: Arc<Shared>,
}

/// The ConfigMaps of one registered pod.
#[derive(Clone)]
pub struct PodConfigMaps {
    shared: Arc<Shared>,
    references: Arc<PodReferences>,
}

impl ConfigMaps {
    /// Creates a manager over a source. Its tasks run on the current tokio runtime.
    ///
    /// # Panics
    /// If there is no tokio runtime.
    #[must_use]
    pub fn new(source: Arc<dyn Source>, options: Options) -> Self {
        let context = Arc::new(Context {
            source,
            runtime: Handle::current(),
            options,
            hub: Arc::default(),
            metrics: Metrics::default(),
            sweep: 0.into(),
        });
        let shared = Arc::new_cyclic(|shared| Shared {
            entries: Entries::default(),
            references: Mutex::default(),
            sweeper: sweep::start(shared.clone(), &context.options.strategy),
            context,
        });
        Self { shared }
    }

    /// Registers a pod with all ConfigMaps that it refers to, or changes those of a registered one. Calling
    /// it again changes nothing. New ConfigMaps are read ahead if the strategy watches.
    pub fn register(
        &self,
        pod: PodIdentity,
        references: impl IntoIterator<Item = NamespacedName>,
    ) -> PodConfigMaps {
        let now = Instant::now();
        let names: BTreeSet<_> = references.into_iter().collect();
        // The lock is held until the entries match, so that changes of references reach them in order.
        let mut references = self.shared.references();
        let (of_pod, change) = references.register(pod, names, now);
        self.shared.apply(change, now);
        drop(references);
        PodConfigMaps {
            shared: Arc::clone(&self.shared),
            references: of_pod,
        }
    }

    /// Removes a pod. Calling it again, or for a pod that was never registered, changes nothing.
    pub fn unregister(&self, pod: &PodIdentity) {
        let mut references = self.shared.references();
        let change = references.unregister(pod);
        self.shared.apply(change, Instant::now());
    }

    /// Returns a ConfigMap that some registered pod refers to.
    ///
    /// It is as fresh as the strategy promises. If that cannot be confirmed in time, it is the last known
    /// state, unless [`Want::max_age`] forbids it: [`Answer::age`] and [`Answer::failure`] tell them apart.
    ///
    /// # Errors
    /// Why there is no answer that is fresh enough. An absent ConfigMap is an answer, not an error.
    pub async fn get(&self, namespace: &str, name: &str, want: Want) -> Result<Answer, GetError> {
        self.shared.get(namespace, name, want, None).await
    }

    /// Returns what is known of a ConfigMap without waiting, if it is as fresh as the strategy promises.
    #[must_use]
    pub fn get_now(&self, namespace: &str, name: &str) -> Option<Answer> {
        let demand = Demand {
            max_age: None,
            registered: None,
        };
        self.shared
            .entries
            .with(namespace, name, |entry| self.shared.at_once(entry, &demand))?
    }

    /// Returns how many registered pods refer to a ConfigMap.
    #[must_use]
    pub fn references(&self, name: &NamespacedName) -> usize {
        self.shared.references().count(name)
    }

    /// Returns a stream of the names of ConfigMaps that change from now on. While it is held, no watch is
    /// ended for idleness.
    #[must_use]
    pub fn changes(&self) -> Changes {
        let changes = Changes(self.shared.context.hub.listen());
        self.shared
            .entries
            .for_each(|entry| strategy::listen(entry, &self.shared.context));
        changes
    }

    /// Returns a stream of the names of followed ConfigMaps that change; it says later which are followed.
    /// Only their watches are not ended for idleness.
    #[must_use]
    pub fn follower(&self) -> Follower {
        Follower::new(Arc::clone(&self.shared))
    }

    /// Returns which version of a ConfigMap is known, from memory and without waiting; `None` if no registered
    /// pod refers to it, or it has not been read yet.
    ///
    /// If the version is not confirmed, followers hear of the name once it is, whether it has changed or not.
    #[must_use]
    pub fn version(&self, namespace: &str, name: &str) -> Option<Version> {
        self.shared.version(namespace, name)
    }

    /// Whether a watch of this ConfigMap is open.
    #[must_use]
    pub fn is_watched(&self, name: &NamespacedName) -> bool {
        self.shared
            .entries
            .with(&name.namespace, &name.name, |entry| entry.known().watch)
            == Some(WatchPhase::Live)
    }

    /// Registers its metrics, with the prefix `podweave_config_maps`.
    pub fn register_metrics(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("podweave_config_maps");
        self.shared.context.metrics.register(registry);
        scrape::register(registry, Arc::downgrade(&self.shared));
    }
}

impl PodConfigMaps {
    /// Returns a ConfigMap that this pod refers to.
    ///
    /// # Errors
    /// Why there is no answer that is fresh enough. An absent ConfigMap is an answer, not an error.
    pub async fn get(&self, namespace: &str, name: &str, want: Want) -> Result<Answer, GetError> {
        match self.references.since(namespace, name) {
            Some(since) => self.shared.get(namespace, name, want, Some(since)).await,
            None => Err(self.shared.not_registered(NamespacedName::new(namespace, name))),
        }
    }
}
