//! The ConfigMaps that a container is rendered from, some of them replaced.

use std::collections::BTreeMap;
use std::sync::Arc;

use podweave_core::config_map::ConfigMap;
use podweave_core::manifest::Manifests;
use podweave_pipeline::{ConfigMapSource, SourceError};

/// The ConfigMaps of some manifests, with some replaced.
#[derive(Clone)]
pub struct ConfigMaps {
    manifests: Arc<Manifests>,
    replaced: BTreeMap<(String, String), Option<Arc<ConfigMap>>>,
    /// A namespace that may read what the pod's own namespace may: the pod's, in a world that changes only
    /// its namespace.
    readable_from: Option<String>,
}

impl ConfigMaps {
    pub fn new(manifests: Arc<Manifests>) -> Self {
        Self {
            manifests,
            replaced: BTreeMap::new(),
            readable_from: None,
        }
    }

    pub fn find(&self, namespace: &str, name: &str) -> Option<&Arc<ConfigMap>> {
        match self.replaced.get(&(namespace.to_owned(), name.to_owned())) {
            Some(replaced) => replaced.as_ref(),
            None => self.manifests.config_map(namespace, name),
        }
    }

    /// Puts another ConfigMap in the place of one, or removes it.
    pub fn replace(&mut self, namespace: &str, name: &str, config_map: Option<ConfigMap>) {
        self.replaced
            .insert((namespace.to_owned(), name.to_owned()), config_map.map(Arc::new));
    }

    /// Lets a namespace read what the pod's own namespace may.
    pub fn let_read(&mut self, namespace: &str) {
        self.readable_from = Some(namespace.to_owned());
    }
}

impl ConfigMapSource for ConfigMaps {
    async fn get(&self, namespace: &str, name: &str) -> Result<Option<Arc<ConfigMap>>, SourceError> {
        let found = self.find(namespace, name);
        Ok(match &self.readable_from {
            Some(reader) => {
                found.map(|config_map| Arc::new(ConfigMap::clone(config_map).shared_with(reader.as_str())))
            }
            None => found.cloned(),
        })
    }
}
