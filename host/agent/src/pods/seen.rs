//! One pod of the API server's, cut down to what is read of it.

use std::sync::Arc;

use podweave_core::manifest::Manifests;
use podweave_core::pod::Pod;
use serde_json::Value;

/// A pod that was seen, and whether it can be read.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its UID.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it is; why it cannot be read otherwise.
    pub pod: Result<NodePod, String>,
}

/// A pod of this node.
#[derive(Debug, Clone)]
pub struct NodePod {
    /// What is read of it.
    pub pod: Arc<Pod>,
    /// Its manifest without what is not read: what a record holds.
    pub manifest: Arc<Value>,
    /// Whether all its containers have ended for good: none of them is created again.
    pub is_finished: bool,
    /// Whether it mirrors a static pod, which the runtime knows by another UID.
    pub is_mirror: bool,
}

/// The annotation by which the kubelet marks the mirror of a static pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

impl Seen {
    /// Reads a pod as the API server gives it; `None` for what has no UID.
    #[must_use]
    pub fn of(mut object: Value) -> Option<Self> {
        let text = |object: &Value, field: &str| object["metadata"][field].as_str().map(str::to_owned);
        let (uid, namespace, name) = (text(&object, "uid")?, text(&object, "namespace")?, text(&object, "name")?);
        // The items of a list do not say what they are.
        object["apiVersion"] = "v1".into();
        object["kind"] = "Pod".into();
        let is_finished = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let is_mirror = object["metadata"]["annotations"].get(MIRROR).is_some();
        Some(Self { uid, namespace, name, pod: NodePod::read(object, is_finished, is_mirror) })
    }
}

impl NodePod {
    /// Reads a manifest that a record has kept.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn recorded(manifest: Value) -> Result<Self, String> {
        Self::read(manifest, false, false)
    }

    fn read(object: Value, is_finished: bool, is_mirror: bool) -> Result<Self, String> {
        let mut manifests = Manifests::default();
        manifests.add_document("the pod", object, "default").map_err(|error| error.to_string())?;
        let manifest = manifests.cleaned_pods().next();
        match (manifests.pods.pop(), manifest) {
            (Some(pod), Some(manifest)) => Ok(Self { pod: Arc::new(pod), manifest: Arc::new(manifest), is_finished, is_mirror }),
            _ => Err("it is no pod".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_of_a_list_is_read_though_it_has_no_kind() {
        let object = json!({
            "metadata": { "name": "web", "namespace": "shop", "uid": "u-1", "annotations": { MIRROR: "hash" } },
            "spec": { "nodeName": "node", "containers": [{ "name": "web", "image": "web:1" }] },
            "status": { "phase": "Succeeded" },
        });
        let seen = Seen::of(object).unwrap();
        let pod = seen.pod.unwrap();
        assert_eq!((pod.pod.identity().as_str(), pod.pod.uid.as_deref(), pod.is_finished, pod.is_mirror), ("shop/web", Some("u-1"), true, true));
        let again = NodePod::recorded(Value::clone(&pod.manifest)).unwrap();
        assert_eq!(again.pod, pod.pod, "what a record holds is the same pod");
    }

    #[test]
    fn what_cannot_be_read_of_a_pod_is_kept_as_the_reason() {
        let object = json!({ "metadata": { "name": "web", "namespace": "shop", "uid": "u-1" }, "spec": { "containers": [{ "name": 1 }] } });
        let reason = Seen::of(object).unwrap().pod.unwrap_err();
        assert!(reason.contains("spec.containers[0].name"), "{reason}");
        assert!(Seen::of(json!({ "metadata": {} })).is_none());
    }
}
