//! Reads and writes a record as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podweave_core::api::API_VERSION;
use podweave_core::config_map::ConfigMap;
use podweave_core::digest::Digest;
use podweave_core::node::Node;
use podweave_core::text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Record, RecordedConfigMap};

const KIND: &str = "PodRecord";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    uid: String,
    pod: Value,
    config_maps: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_labels: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    plugins: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    namespace: String,
    name: String,
    /// Unix seconds.
    as_of: u64,
    /// The manifest, if it existed.
    #[serde(skip_serializing_if = "Option::is_none")]
    config_map: Option<Value>,
}

pub(super) fn write(record: &Record) -> Vec<u8> {
    let entry = |recorded: &RecordedConfigMap| Entry {
        namespace: recorded.namespace.clone(),
        name: recorded.name.clone(),
        as_of: recorded
            .as_of
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs(),
        config_map: recorded
            .config_map
            .as_ref()
            .map(|config_map| config_map.to_manifest()),
    };
    let document = Document {
        api_version: API_VERSION.to_owned(),
        kind: KIND.to_owned(),
        uid: record.uid.clone(),
        // podweave has written it, so its keys are valid.
        pod: serde_json::from_str(&record.manifest).unwrap_or_default(),
        config_maps: record.config_maps.iter().map(entry).collect(),
        node_labels: record.node_labels.as_deref().cloned(),
        plugins: record
            .plugins
            .iter()
            .map(|(reference, manifest)| (reference.clone(), manifest.to_string()))
            .collect(),
    };
    // Only objects with text keys: serializing cannot fail.
    serde_json::to_vec(&document).unwrap_or_default()
}

/// Reads the record of this pod. The error says what is wrong, and no value.
pub(super) fn read(contents: &[u8], uid: &str) -> Result<Record, String> {
    // Not serde's message: it quotes the value.
    let document: Document = serde_json::from_slice(contents).map_err(|error| {
        format!(
            "line {}, column {}: it is not a record",
            error.line(),
            error.column()
        )
    })?;
    if (document.api_version.as_str(), document.kind.as_str()) != (API_VERSION, KIND) {
        return Err(format!(
            "it is a {} of {}, and not a {KIND} of {API_VERSION}",
            text::quoted(&document.kind),
            text::quoted(&document.api_version)
        ));
    }
    if document.uid != uid || document.pod["metadata"]["uid"] != uid {
        return Err("it is the record of another pod".to_owned());
    }
    let config_maps = document
        .config_maps
        .into_iter()
        .map(recorded)
        .collect::<Result<_, _>>()?;
    let manifest = |(reference, digest): (String, String)| Some((reference, Digest::parse(&digest)?));
    let plugins = document
        .plugins
        .into_iter()
        .map(manifest)
        .collect::<Option<_>>()
        .ok_or("a plugin's manifest has no digest")?;
    Ok(Record {
        uid: document.uid,
        manifest: document.pod.to_string().into(),
        config_maps,
        node_labels: document.node_labels.map(Arc::new),
        plugins,
    })
}

fn recorded(entry: Entry) -> Result<RecordedConfigMap, String> {
    let as_of = UNIX_EPOCH
        .checked_add(Duration::from_secs(entry.as_of))
        .ok_or("a time is out of range")?;
    let config_map = match &entry.config_map {
        None => None,
        Some(manifest) => Some(
            ConfigMap::from_manifest(Node::root(manifest), &entry.namespace)
                .map_err(|error| text::printable(&error.to_string(), 500))?,
        ),
    };
    if config_map.as_ref().is_some_and(|config_map| {
        (&config_map.namespace, &config_map.name) != (&entry.namespace, &entry.name)
    }) {
        return Err("a ConfigMap is listed under another name".to_owned());
    }
    // A time in the future, after the clock was set back, does not count.
    let as_of = as_of.min(SystemTime::now());
    Ok(RecordedConfigMap {
        namespace: entry.namespace,
        name: entry.name,
        config_map: config_map.map(Arc::new),
        as_of,
    })
}
