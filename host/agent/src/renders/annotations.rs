//! The podweave annotations of a pod, which opt in and bind.

use std::collections::BTreeMap;

use podweave_core::pod::Pod;

use crate::mark;

/// Returns the podweave annotations of a pod, which opt in and bind.
pub(super) fn ours(annotations: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    annotations.iter().filter(|(key, _)| mark::is_ours(key))
}

/// Returns a pod with the podweave annotations that the runtime has: those count.
pub(super) fn with_annotations_of(pod: &Pod, annotations: &BTreeMap<String, String>) -> Pod {
    let mut pod = pod.clone();
    pod.annotations.retain(|key, _| !mark::is_ours(key));
    pod.annotations
        .extend(ours(annotations).map(|(key, value)| (key.clone(), value.clone())));
    pod
}
