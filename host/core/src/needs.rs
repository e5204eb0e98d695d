//! Lists the ConfigMaps that a pod's renders need, so that they can be read before the renders start.

use std::collections::BTreeSet;

use crate::binding::Binding;
use crate::identity::NamespacedName;
use crate::pod::{Container, EnvSource, Pod};

/// The ConfigMaps that some bindings of a pod need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// ConfigMaps that plugins may read.
    pub bound: BTreeSet<NamespacedName>,
    /// ConfigMaps in the containers' own environment, which `$(NAME)` in a rendered value can refer to. They
    /// are in the pod's namespace, and can also be in `bound`.
    pub environment: BTreeSet<NamespacedName>,
}

impl Needs {
    /// Returns what these bindings of a pod need.
    #[must_use]
    pub fn of(pod: &Pod, bindings: &[Binding]) -> Self {
        let references = bindings
            .iter()
            .flat_map(|binding| &binding.renders)
            .flat_map(|render| &render.config_maps);
        let containers = bindings
            .iter()
            .filter_map(|binding| pod.container(&binding.container));
        Self {
            bound: references
                .map(|reference| NamespacedName::new(&reference.namespace, &reference.name))
                .collect(),
            environment: containers
                .flat_map(environment)
                .map(|name| NamespacedName::new(&pod.namespace, name))
                .collect(),
        }
    }
}

/// Returns the ConfigMaps that a container's `env` and `envFrom` name.
fn environment(container: &Container) -> impl Iterator<Item = &str> {
    let keys = container
        .env
        .iter()
        .filter_map(|variable| match &variable.source {
            EnvSource::ConfigMapKey { config_map, .. } => Some(config_map.as_str()),
            _ => None,
        });
    let whole = container
        .env_from
        .iter()
        .filter_map(|from| from.config_map.as_deref());
    // An empty name is allowed and names no ConfigMap.
    keys.chain(whole).filter(|name| !name.is_empty())
}
