//! Defines where ConfigMaps and plugins come from.

use std::future::Future;
use std::sync::Arc;

use podweave_core::config_map::ConfigMap;
use podweave_core::manifest::Manifests;
use podweave_core::reference::PluginReference;
use podweave_plugin_store::{ReadyPlugin, Request, Store, StoreError};

/// A source did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// Answers for ConfigMaps by namespace and name.
///
/// # Examples
/// Manifests are a source:
/// ```
/// use podweave_core::manifest::Manifests;
/// use podweave_pipeline::ConfigMapSource as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut manifests = Manifests::default();
/// manifests.add("web.yaml", "{kind: ConfigMap, metadata: {name: web}, data: {port: '80'}}", "shop")?;
///
/// let web = manifests.get("shop", "web").await?.expect("it exists");
/// assert_eq!(web.get("port").and_then(|port| port.as_text()), Some("80"));
/// assert_eq!(manifests.get("shop", "wbe").await?, None);
/// assert_eq!(manifests.hint("shop", "wbe"), r#" (did you mean "web"?)"#);
/// # Ok(())
/// # }
/// ```
pub trait ConfigMapSource: Send + Sync {
    /// Returns the ConfigMap; `None` if it does not exist.
    fn get(
        &self,
        namespace: &str,
        name: &str,
    ) -> impl Future<Output = Result<Option<Arc<ConfigMap>>, SourceError>> + Send;

    /// Suggests why a ConfigMap does not exist, as text to append to a message. Empty if that is unknown or
    /// confidential.
    fn hint(&self, _namespace: &str, _name: &str) -> String {
        String::new()
    }
}

impl ConfigMapSource for Manifests {
    async fn get(&self, namespace: &str, name: &str) -> Result<Option<Arc<ConfigMap>>, SourceError> {
        Ok(self.config_map(namespace, name).cloned())
    }

    fn hint(&self, namespace: &str, name: &str) -> String {
        self.near_config_map(namespace, name)
    }
}

impl<S: ConfigMapSource> ConfigMapSource for Arc<S> {
    async fn get(&self, namespace: &str, name: &str) -> Result<Option<Arc<ConfigMap>>, SourceError> {
        S::get(self, namespace, name).await
    }

    fn hint(&self, namespace: &str, name: &str) -> String {
        S::hint(self, namespace, name)
    }
}

/// Provides the plugins of pods. A store checks a plugin's file at each request; a caller that renders many
/// pods at once puts a cache in front of it.
pub trait PluginSource: Send + Sync {
    /// Returns the plugin that a reference means in this namespace, prepared for renders. The error is
    /// shared: one broken plugin can fail many pods.
    fn plugin(
        &self,
        reference: &PluginReference,
        namespace: &str,
    ) -> impl Future<Output = Result<ReadyPlugin, Arc<StoreError>>> + Send;
}

impl PluginSource for Store {
    async fn plugin(
        &self,
        reference: &PluginReference,
        namespace: &str,
    ) -> Result<ReadyPlugin, Arc<StoreError>> {
        Store::plugin(self, &Request::new(reference, namespace)).await
    }
}
