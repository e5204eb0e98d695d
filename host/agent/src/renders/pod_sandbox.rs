//! A PodSandbox, as far as renders need it.

use std::collections::BTreeMap;

use podweave_core::identity::PodIdentity;

/// A pod's sandbox as the runtime has it.
#[derive(Debug, Clone)]
pub struct PodSandbox {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's UID.
    pub uid: String,
    /// The annotations that the pod had when its sandbox was created. These opt in and bind, even if the API
    /// server has others by now.
    pub annotations: BTreeMap<String, String>,
}

impl PodSandbox {
    /// Returns what identifies its pod.
    #[must_use]
    pub fn identity(&self) -> PodIdentity {
        PodIdentity {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            uid: self.uid.clone(),
        }
    }
}
