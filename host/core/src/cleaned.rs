//! Reduces a workload's manifest to what podweave reads, so that a recorded manifest of a live workload,
//! which people look at, reveals no more of a cluster than necessary.

use serde_json::{Map, Value};

use crate::pod::{Pod, template_of};

/// It holds a second copy of the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Returns the part of a manifest that [`Pod::from_manifest`] read this pod from. References to Secrets are
/// reduced the same way. The namespace is written out.
pub(crate) fn pod(manifest: &Value, pod: &Pod) -> Value {
    let path = template_of(&pod.kind).unwrap_or_default();
    let mut metadata = picked(&manifest["metadata"], &["name", "generateName", "uid"]);
    metadata.insert("namespace".to_owned(), pod.namespace.clone().into());
    let mut cleaned = picked(manifest, &["apiVersion", "kind"]);
    if path.is_empty() {
        metadata.append(&mut template_metadata(manifest));
        cleaned.insert("spec".to_owned(), spec(&manifest["spec"]));
    } else {
        metadata.remove("uid");
        let template = path.iter().fold(manifest, |value, field| &value[field]);
        let mut inner = Map::new();
        inner.insert("metadata".to_owned(), template_metadata(template).into());
        inner.insert("spec".to_owned(), spec(&template["spec"]));
        let (outermost, between) = path.split_first().unwrap_or((&"spec", &[]));
        let nested = between.iter().rev().fold(Value::Object(inner), |value, field| {
            Value::Object(Map::from_iter([((*field).to_owned(), value)]))
        });
        cleaned.insert((*outermost).to_owned(), nested);
    }
    cleaned.insert("metadata".to_owned(), metadata.into());
    cleaned.into()
}

/// The labels and annotations of a pod.
fn template_metadata(template: &Value) -> Map<String, Value> {
    let mut metadata = picked(&template["metadata"], &["labels", "annotations"]);
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(LAST_APPLIED);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    metadata
}

fn spec(spec: &Value) -> Value {
    let mut cleaned = picked(spec, &["nodeName", "serviceAccountName", "imagePullSecrets"]);
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        if let Some(containers) = spec[list].as_array() {
            cleaned.insert(
                list.to_owned(),
                containers.iter().map(|entry| container(entry, list)).collect(),
            );
        }
    }
    cleaned.into()
}

fn container(container: &Value, list: &str) -> Value {
    let mut cleaned = picked(container, &["name", "image", "command", "args", "env", "envFrom"]);
    if list == "initContainers" {
        // It marks a sidecar.
        cleaned.append(&mut picked(container, &["restartPolicy"]));
    }
    if let Some(ports) = container["ports"].as_array() {
        cleaned.insert(
            "ports".to_owned(),
            ports
                .iter()
                .map(|port| Value::from(picked(port, &["name", "containerPort"])))
                .collect(),
        );
    }
    let resources = picked(&container["resources"], &["requests", "limits"]);
    if !resources.is_empty() {
        cleaned.insert("resources".to_owned(), resources.into());
    }
    cleaned.into()
}

/// The fields of an object that exist and are not null.
fn picked(object: &Value, fields: &[&str]) -> Map<String, Value> {
    fields
        .iter()
        .filter_map(|field| {
            Some((
                (*field).to_owned(),
                object.get(field).filter(|value| !value.is_null())?.clone(),
            ))
        })
        .collect()
}
