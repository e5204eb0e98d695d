//! Where ConfigMaps come from.

use std::future::Future;
use std::sync::Arc;

use podweave_core::config_map::ConfigMap;
use podweave_core::manifest::Manifests;

/// A source that could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// Answers for ConfigMaps by namespace and name.
pub trait ConfigMapSource: Send + Sync {
    /// The ConfigMap; `None` if it does not exist.
    fn get(&self, namespace: &str, name: &str) -> impl Future<Output = Result<Option<Arc<ConfigMap>>, SourceError>> + Send;
}

impl ConfigMapSource for Manifests {
    async fn get(&self, namespace: &str, name: &str) -> Result<Option<Arc<ConfigMap>>, SourceError> {
        Ok(self.config_map(namespace, name).cloned())
    }
}

impl<S: ConfigMapSource> ConfigMapSource for Arc<S> {
    async fn get(&self, namespace: &str, name: &str) -> Result<Option<Arc<ConfigMap>>, SourceError> {
        S::get(self, namespace, name).await
    }
}
