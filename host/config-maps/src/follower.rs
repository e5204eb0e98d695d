//! Streams the names of followed ConfigMaps that change.

use std::collections::BTreeSet;
use std::sync::Arc;

use podweave_core::identity::NamespacedName;

use crate::hub::Listening;
use crate::shared::Shared;
use crate::strategy;

/// Names of followed ConfigMaps that have changed: read, created, changed or deleted, in their contents or in
/// their metadata. A name comes also when it is confirmed after [`crate::ConfigMaps::version`] said that it was
/// not. While a ConfigMap is followed, its watch is not ended for idleness; dropping the follower ends that.
///
/// Only ConfigMaps that a registered pod refers to are kept, and so only their changes are heard; the order in
/// which a ConfigMap is registered and followed does not matter. A change is heard if it comes after
/// [`Follower::set`]: look at what is known only then.
///
/// ```
/// use std::sync::Arc;
/// use podweave_config_maps::manifests::ManifestSource;
/// use podweave_config_maps::{ConfigMaps, NamespacedName, Options, PodIdentity};
/// use podweave_core::manifest::Manifests;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = Arc::new(ManifestSource::new(&Manifests::default()));
/// let config_maps = ConfigMaps::new(source.clone(), Options::default());
/// let follower = config_maps.follower();
///
/// let pod = PodIdentity { namespace: "shop".into(), name: "web-0".into(), uid: "1".into() };
/// let (web, other) = (NamespacedName::new("shop", "web"), NamespacedName::new("shop", "other"));
/// follower.set(&pod.uid, [web.clone()].into());
/// let _of_pod = config_maps.register(pod, [web.clone(), other]);
/// // The first read counts, too: it finds that there is none.
/// assert_eq!(follower.next().await, web);
///
/// let mut manifests = Manifests::default();
/// manifests.add("web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}", "shop")?;
/// source.replace(&manifests);
/// assert_eq!(follower.next().await, web);
/// let version = config_maps.version("shop", "web").ok_or("it is registered")?;
/// assert!(version.is_present && version.is_confirmed && version.hold.is_none());
/// # Ok(())
/// # }
/// ```
pub struct Follower {
    listening: Listening,
    shared: Arc<Shared>,
}

impl Follower {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            listening: shared.context.hub.follow(),
            shared,
        }
    }

    /// Replaces what is followed for the pod with this UID. A watch that was ended for idleness is opened
    /// again.
    pub fn set(&self, uid: &str, names: BTreeSet<NamespacedName>) {
        let begun = self.listening.change(|followed| followed.set(uid, names));
        for NamespacedName { namespace, name } in begun {
            let entry = self.shared.entries.with(&namespace, &name, Arc::clone);
            if let Some(entry) = entry {
                strategy::listen(&entry, &self.shared.context);
            }
        }
    }

    /// Ends what is followed for the pod with this UID.
    pub fn remove(&self, uid: &str) {
        self.set(uid, BTreeSet::new());
    }

    /// Waits for a change, and returns the name of the changed ConfigMap. Several tasks can wait; each name
    /// comes to one of them. Dropping the future loses nothing.
    pub async fn next(&self) -> NamespacedName {
        self.listening.next().await
    }

    /// Returns a change that is already queued.
    #[must_use]
    pub fn try_next(&self) -> Option<NamespacedName> {
        self.listening.try_next()
    }
}
