//! Streams the names of registered ConfigMaps whose contents change.

use podweave_core::identity::NamespacedName;

use crate::hub::Listening;

/// Names of ConfigMaps that have changed since this was created: read, created, changed or deleted. While one
/// of these exists, no watch is ended for idleness.
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
/// let mut changes = config_maps.changes();
///
/// let pod = PodIdentity { namespace: "shop".into(), name: "web-0".into(), uid: "1".into() };
/// let web = NamespacedName::new("shop", "web");
/// let _of_pod = config_maps.register(pod, [web.clone()]);
/// // The first read counts, too: it finds that there is none.
/// assert_eq!(changes.next().await, web);
///
/// let mut manifests = Manifests::default();
/// manifests.add("web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}", "shop")?;
/// source.replace(&manifests);
/// assert_eq!(changes.next().await, web);
/// # Ok(())
/// # }
/// ```
pub struct Changes(pub(crate) Listening);

impl Changes {
    /// Waits for a change, and returns the name of the changed ConfigMap. A Get returns its contents.
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> NamespacedName {
        self.0.next().await
    }

    /// Returns a change that is already queued.
    pub fn try_next(&mut self) -> Option<NamespacedName> {
        self.0.try_next()
    }
}
