//! Turns a pod of the API server into what podweave keeps of it.

use std::sync::Arc;

use podweave_core::manifest::Manifests;
use podweave_core::pod::{Container, Pod};
use podweave_core::text::human_size;
use serde_json::Value;

use super::object::{MAX_TREE_BYTES, PodObject};

/// A pod that the API server has reported, and whether it can be read.
#[derive(Debug, Clone)]
pub struct ReportedPod {
    /// Its UID.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether it has podweave annotations.
    pub has_opted_in: bool,
    /// The pod, or the reason why it cannot be read.
    pub pod: Result<NodePod, String>,
}

/// A pod of this node.
#[derive(Debug, Clone)]
pub struct NodePod {
    /// The fields that renders use.
    pub pod: Arc<Pod>,
    /// Its manifest as JSON, with only the fields that podweave reads: the content of a record.
    pub manifest: Arc<str>,
    /// Whether all its containers have ended for good: none of them is created again.
    pub is_finished: bool,
    /// Whether it was deleted and is about to end.
    pub is_terminating: bool,
    /// Whether it is the mirror of a static pod, which the runtime knows under another UID.
    pub is_mirror: bool,
}

/// The annotation by which the kubelet marks the mirror pod of a static pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// The maximum size that is kept of a pod that has not opted in, in bytes: it is needed only if its
/// annotations are removed while its sandbox has them.
const MAX_PLAIN_BYTES: usize = 128 * 1024;

/// The memory of the parts of a pod without their text: a String and its allocation, an entry of a list.
const PART_BYTES: usize = 64;

impl ReportedPod {
    /// Reads a pod as the API server sends it; `None` if it has no UID.
    #[must_use]
    pub fn of(object: PodObject) -> Option<Self> {
        let text = |field: &str| object.metadata(field).map(str::to_owned);
        let (uid, namespace, name) = (text("uid")?, text("namespace")?, text("name")?);
        let PodObject {
            fields,
            is_too_large,
            has_opted_in,
        } = object;
        if is_too_large {
            let reason = format!(
                "its spec, labels and annotations take more than {} of memory; make them smaller",
                human_size(MAX_TREE_BYTES)
            );
            return Some(Self {
                uid,
                namespace,
                name,
                has_opted_in,
                pod: Err(reason),
            });
        }
        let is_finished = matches!(fields["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let is_terminating = fields["metadata"]["deletionTimestamp"].is_string();
        let is_mirror = fields["metadata"]["annotations"].get(MIRROR).is_some();
        let pod = NodePod::read(fields).map(|pod| NodePod {
            is_finished,
            is_terminating,
            is_mirror,
            ..pod
        });
        let pod = pod.and_then(|pod| {
            if has_opted_in || pod.bytes() <= MAX_PLAIN_BYTES {
                Ok(pod)
            } else {
                Err("it has lost its podweave annotations, and its spec is too large to be kept without them; recreate it".to_owned())
            }
        });
        Some(Self {
            uid,
            namespace,
            name,
            has_opted_in,
            pod,
        })
    }
}

impl NodePod {
    /// Reads the manifest of a record.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn recorded(manifest: &str) -> Result<Self, String> {
        let object: PodObject = serde_json::from_str(manifest)
            .map_err(|error| format!("its manifest is not JSON: line {}", error.line()))?;
        if object.is_too_large {
            return Err("it is too large".to_owned());
        }
        Self::read(object.fields)
    }

    fn read(mut object: Value) -> Result<Self, String> {
        // The items of a list have no apiVersion and kind.
        object["apiVersion"] = "v1".into();
        object["kind"] = "Pod".into();
        let mut manifests = Manifests::default();
        manifests
            .add_document("the pod", object, "default")
            .map_err(|error| error.to_string())?;
        let manifest = manifests
            .cleaned_pods()
            .next()
            .map(|manifest| manifest.to_string());
        match (manifests.pods.pop(), manifest) {
            (Some(pod), Some(manifest)) => Ok(Self {
                pod: Arc::new(pod),
                manifest: manifest.into(),
                is_finished: false,
                is_terminating: false,
                is_mirror: false,
            }),
            _ => Err("it is not a pod".to_owned()),
        }
    }

    /// Estimates the memory that it takes while it is kept: the manifest, and the pod twice, since renders
    /// use a copy with the node's labels.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let parts = |pod: &Pod| {
            let of_container = |container: &Container| {
                let lists = container.command.as_ref().map_or(0, Vec::len)
                    + container.args.as_ref().map_or(0, Vec::len);
                let maps = container.ports.len() + container.requests.len() + container.limits.len();
                8 + lists + maps + 3 * container.env.len() + 2 * container.env_from.len()
            };
            2 * (pod.labels.len() + pod.annotations.len())
                + pod.pull_secrets.len()
                + pod.containers.iter().map(of_container).sum::<usize>()
        };
        // The text of the pod is about as long as that of its manifest.
        3 * self.manifest.len() + 2 * PART_BYTES * parts(&self.pod)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(object: Value) -> Option<ReportedPod> {
        ReportedPod::of(serde_json::from_value(object).unwrap())
    }

    fn pod(annotations: Value, containers: Value) -> Value {
        json!({
            "metadata": { "name": "web", "namespace": "shop", "uid": "u-1", "annotations": annotations, "managedFields": [{ "manager": "kubectl" }] },
            "spec": { "nodeName": "node", "containers": containers, "volumes": [{ "name": "v" }] },
            "status": { "phase": "Succeeded", "message": "done" },
        })
    }

    #[test]
    fn a_pod_of_a_list_without_a_kind_is_read() {
        let seen = seen(pod(
            json!({ MIRROR: "hash" }),
            json!([{ "name": "web", "image": "web:1", "args": ["a", "b"] }]),
        ))
        .unwrap();
        let pod = seen.pod.unwrap();
        assert_eq!(
            (
                pod.pod.identity().as_str(),
                pod.pod.uid.as_deref(),
                pod.is_finished,
                pod.is_mirror
            ),
            ("shop/web", Some("u-1"), true, true)
        );
        let again = NodePod::recorded(&pod.manifest).unwrap();
        assert_eq!(again.pod, pod.pod, "what a record holds is the same pod");
        assert!(
            !pod.manifest.contains("kubectl") && !pod.manifest.contains("volumes"),
            "{}",
            pod.manifest
        );
    }

    #[test]
    fn an_unreadable_pod_keeps_the_reason() {
        let reason = seen(pod(json!({}), json!([{ "name": 1 }])))
            .unwrap()
            .pod
            .unwrap_err();
        assert!(reason.contains("spec.containers[0].name"), "{reason}");
        assert!(seen(json!({ "metadata": {} })).is_none());
    }

    #[test]
    fn a_pod_with_too_much_memory_is_known_but_not_read() {
        // Less than the 1.5 MiB that the API server accepts, and about 40 MiB as a tree.
        let env: Vec<Value> = (0..90_000).map(|_| json!({ "name": "a" })).collect();
        for (annotations, is_opted_in) in [
            (json!({ "podweave.dev/plugin": "handlebars" }), true),
            (json!({}), false),
        ] {
            let seen = seen(pod(annotations, json!([{ "name": "web", "env": env }]))).unwrap();
            assert_eq!(
                (seen.uid.as_str(), seen.namespace.as_str(), seen.name.as_str()),
                ("u-1", "shop", "web")
            );
            assert_eq!(seen.has_opted_in, is_opted_in);
            let reason = seen.pod.unwrap_err();
            assert!(reason.contains("4 MiB"), "{reason}");
        }
    }

    #[test]
    fn a_large_pod_that_has_not_opted_in_is_not_kept() {
        let containers = json!([{ "name": "web", "args": vec!["x".repeat(100); 1000] }]);
        assert!(seen(pod(json!({}), containers.clone())).unwrap().pod.is_err());
        assert!(
            seen(pod(json!({ "podweave.dev/plugin": "handlebars" }), containers))
                .unwrap()
                .pod
                .is_ok()
        );
        assert!(
            seen(pod(json!({}), json!([{ "name": "web" }])))
                .unwrap()
                .pod
                .is_ok()
        );
    }
}
