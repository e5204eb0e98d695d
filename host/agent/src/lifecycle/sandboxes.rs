//! Remembers which PodSandboxes the runtime has, and of which pods they are.

use std::collections::{BTreeMap, HashMap};

use parking_lot::{Mutex, MutexGuard};

use crate::renders::PodSandbox;

/// The PodSandboxes of the node. Complete once the runtime has reported all that it has.
#[derive(Default)]
pub(super) struct Sandboxes(Mutex<State>);

#[derive(Default)]
struct State {
    /// The UID of the pod of each sandbox, by the sandbox's ID.
    uids: HashMap<String, String>,
    is_complete: bool,
}

impl Sandboxes {
    /// Takes all that the runtime has.
    pub(super) fn replace_all(&self, sandboxes: &BTreeMap<String, PodSandbox>) {
        let uids = sandboxes
            .iter()
            .map(|(id, sandbox)| (id.clone(), sandbox.uid.clone()))
            .collect();
        *self.state() = State {
            uids,
            is_complete: true,
        };
    }

    /// Adds one.
    pub(super) fn add(&self, id: &str, uid: &str) {
        self.state()
            .uids
            .entry(id.to_owned())
            .or_insert_with(|| uid.to_owned());
    }

    /// Removes one. Returns the UID of its pod if that has no other one.
    pub(super) fn remove(&self, id: &str) -> Option<String> {
        let mut state = self.state();
        let uid = state.uids.remove(id)?;
        let is_last = !state.uids.values().any(|other| *other == uid);
        is_last.then_some(uid)
    }

    /// Whether the runtime has a PodSandbox of this ID.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.state().uids.contains_key(id)
    }

    /// Whether the runtime has a PodSandbox of this pod.
    pub(super) fn has_pod(&self, uid: &str) -> bool {
        self.state().uids.values().any(|other| other == uid)
    }

    /// Whether the runtime has reported all that it has.
    pub(super) fn is_complete(&self) -> bool {
        self.state().is_complete
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_sandbox_of_a_pod_names_the_pod() {
        let sandboxes = Sandboxes::default();
        sandboxes.add("first", "uid");
        sandboxes.add("second", "uid");
        assert_eq!(sandboxes.remove("first"), None);
        assert!(sandboxes.has_pod("uid") && !sandboxes.contains("first"));
        assert_eq!(sandboxes.remove("second").as_deref(), Some("uid"));
        assert_eq!(sandboxes.remove("second"), None, "it is gone already");
    }
}
