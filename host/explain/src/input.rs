//! Names the inputs of a container's renders that can be changed one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use podweave_core::binding::{Binding, Render};
use podweave_core::facts::{Fact, NamedFact};
use podweave_core::identity::NamespacedName;
use podweave_core::merge::Rendered;
use podweave_core::needs::Needs;
use podweave_core::pod::{EnvSource, Pod};
use podweave_core::reads::What;

use crate::config_maps::ConfigMaps;

/// An input. A ConfigMap is identified by its own name, since an alias can mean a different one in each
/// render.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// The value of a key.
    Key {
        /// The ConfigMap's namespace.
        namespace: String,
        /// The ConfigMap's name.
        name: String,
        /// The key.
        key: String,
    },
    /// Which keys a ConfigMap has.
    Keys {
        /// The ConfigMap's namespace.
        namespace: String,
        /// The ConfigMap's name.
        name: String,
    },
    /// Which of the bound ConfigMaps exist.
    ConfigMaps,
    /// A fact of the pod, the container or the node without a name of its own: `pod-name`.
    Fact(Fact),
    /// A fact that has a name: `label`, `app`.
    NamedFact(NamedFact, String),
}

/// The numbers of the renders that read an input; empty if only the container's own variables refer to it.
pub type Readers = BTreeSet<usize>;

impl Input {
    fn of(what: &What, render: &Render) -> Option<Self> {
        let reference = |alias: &String| {
            render
                .config_maps
                .iter()
                .find(|reference| reference.alias == *alias)
        };
        Some(match what {
            What::ConfigMaps => Self::ConfigMaps,
            What::Keys(alias) => reference(alias).map(|found| Self::Keys {
                namespace: found.namespace.clone(),
                name: found.name.clone(),
            })?,
            What::Key(alias, key) => reference(alias).map(|found| Self::Key {
                namespace: found.namespace.clone(),
                name: found.name.clone(),
                key: key.clone(),
            })?,
            What::Fact(fact) => Self::Fact(*fact),
            What::NamedFact(fact, name) => Self::NamedFact(*fact, name.clone()),
        })
    }
}

/// Returns everything that the renders of a container have read, and everything that the container's own
/// variables refer to.
pub fn inputs(
    pod: &Pod,
    binding: &Binding,
    rendered: &Rendered,
    config_maps: &ConfigMaps,
) -> BTreeMap<Input, Readers> {
    let mut inputs: BTreeMap<Input, Readers> = BTreeMap::new();
    for (number, (render, reads)) in binding.renders.iter().zip(&rendered.reads).enumerate() {
        for input in reads.iter().filter_map(|(what, _)| Input::of(what, render)) {
            inputs.entry(input).or_default().insert(number);
        }
    }
    for input in of_own_variables(pod, binding, config_maps) {
        inputs.entry(input).or_default();
    }
    inputs
}

/// Returns the keys that `env` and `envFrom` of a container name.
pub fn of_own_variables(pod: &Pod, binding: &Binding, config_maps: &ConfigMaps) -> Vec<Input> {
    let Some(container) = pod.container(&binding.container) else {
        return Vec::new();
    };
    let input = |name: &str, key: &str| Input::Key {
        namespace: pod.namespace.clone(),
        name: name.to_owned(),
        key: key.to_owned(),
    };
    let mut inputs: Vec<Input> = Vec::new();
    for variable in &container.env {
        if let EnvSource::ConfigMapKey { config_map, key } = &variable.source {
            inputs.push(input(config_map, key));
        }
    }
    for NamespacedName { namespace, name } in Needs::of(pod, std::slice::from_ref(binding)).environment {
        if container
            .env_from
            .iter()
            .any(|from| from.config_map.as_ref() == Some(&name))
            && let Some(config_map) = config_maps.find(&namespace, &name)
        {
            inputs.extend(config_map.keys().map(|key| input(&name, key)));
        }
    }
    inputs
}

impl fmt::Display for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { namespace, name, key } => {
                write!(formatter, "ConfigMap {namespace}/{name}, key {key}")
            }
            Self::Keys { namespace, name } => {
                write!(formatter, "ConfigMap {namespace}/{name}, which keys it has")
            }
            Self::ConfigMaps => formatter.write_str("which ConfigMaps exist"),
            Self::Fact(fact) => fact.fmt(formatter),
            Self::NamedFact(fact, name) => write!(formatter, "{fact} {name}"),
        }
    }
}
