//! Provides a source that a test controls, a manager over it, and names.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod source;

use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::source::Source;
use podweave_config_maps::{
    Answer, ConfigMaps, GetError, NamespacedName, Options, PodIdentity, Strategy, Want,
};
use podweave_core::config_map::{ConfigMap, Value};

pub use source::TestSource;

pub fn value_of(config_map: &ConfigMap) -> String {
    config_map
        .get("key")
        .and_then(Value::as_text)
        .unwrap_or_default()
        .to_owned()
}

/// Parses "namespace/name", or a name in the namespace `ns`.
pub fn named(name: &str) -> NamespacedName {
    let (namespace, name) = name.split_once('/').unwrap_or(("ns", name));
    NamespacedName::new(namespace, name)
}

pub fn pod(name: &str) -> PodIdentity {
    pod_with_uid(name, &format!("uid-of-{name}"))
}

pub fn pod_with_uid(name: &str, uid: &str) -> PodIdentity {
    let name = named(name);
    PodIdentity {
        namespace: name.namespace,
        name: name.name,
        uid: uid.into(),
    }
}

pub fn names(list: &[&str]) -> Vec<NamespacedName> {
    list.iter().map(|name| named(name)).collect()
}

/// Returns names in the namespace of a pod.
pub fn in_namespace(namespace: &str, list: &[&str]) -> Vec<NamespacedName> {
    list.iter()
        .map(|name| NamespacedName::new(namespace, *name))
        .collect()
}

pub fn watching(source: &Arc<TestSource>) -> ConfigMaps {
    manager(source, Strategy::default())
}

pub fn manager(source: &Arc<TestSource>, strategy: Strategy) -> ConfigMaps {
    ConfigMaps::new(
        Arc::clone(source) as Arc<dyn Source>,
        Options {
            strategy,
            strict: false,
        },
    )
}

pub async fn get(config_maps: &ConfigMaps, name: &str) -> Result<Answer, GetError> {
    let name = named(name);
    config_maps
        .get(&name.namespace, &name.name, Want::default())
        .await
}

/// Returns the value of `key`; `None` if the ConfigMap does not exist.
pub async fn value(config_maps: &ConfigMaps, name: &str) -> Option<String> {
    get(config_maps, name)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
        .config_map()
        .map(|config_map| value_of(config_map))
}

/// Whether a Get fails because no pod refers to the ConfigMap.
pub async fn is_unregistered(config_maps: &ConfigMaps, name: &str) -> bool {
    matches!(get(config_maps, name).await, Err(GetError::NotRegistered { .. }))
}

/// Lets all tasks run until they wait for time to pass. Tokio's paused clock moves only when nothing else can
/// run.
pub async fn settle() {
    tokio::time::sleep(Duration::from_micros(1)).await;
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
