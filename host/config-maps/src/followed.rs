//! Counts which ConfigMaps are followed, for which pods.

use std::collections::{BTreeSet, HashMap};

use podweave_core::identity::NamespacedName;

/// The followed names, by the UID of the pod that they are followed for.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    of_pods: HashMap<Box<str>, BTreeSet<NamespacedName>>,
    counts: HashMap<NamespacedName, usize>,
}

impl Followed {
    pub(crate) fn contains(&self, name: &NamespacedName) -> bool {
        self.counts.contains_key(name)
    }

    /// Replaces the names of a pod. Returns those that were not followed for any pod before.
    pub(crate) fn set(&mut self, uid: &str, names: BTreeSet<NamespacedName>) -> Vec<NamespacedName> {
        let before = self.of_pods.remove(uid).unwrap_or_default();
        let mut begun = Vec::new();
        for name in names.difference(&before) {
            let count = self.counts.entry(name.clone()).or_default();
            if *count == 0 {
                begun.push(name.clone());
            }
            *count += 1;
        }
        for name in before.difference(&names) {
            self.release(name);
        }
        if !names.is_empty() {
            self.of_pods.insert(uid.into(), names);
        }
        begun
    }

    fn release(&mut self, name: &NamespacedName) {
        if let Some(count) = self.counts.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(name: u8) -> NamespacedName {
        NamespacedName::new("ns", name.to_string())
    }

    proptest! {
        #[test]
        fn a_name_is_followed_while_any_pod_has_it(
            steps in prop::collection::vec((0..4_usize, prop::collection::btree_set(0..6_u8, 0..4)), 0..40),
        ) {
            let mut followed = Followed::default();
            let mut pods = vec![BTreeSet::new(); 4];
            for (pod, names) in steps {
                let all = |pods: &[BTreeSet<u8>]| pods.iter().flatten().copied().collect::<BTreeSet<u8>>();
                let before = all(&pods);
                let begun = followed.set(&pod.to_string(), names.iter().map(|name| named(*name)).collect());
                pods[pod] = names;
                let now = all(&pods);
                prop_assert_eq!(begun, now.difference(&before).map(|name| named(*name)).collect::<Vec<_>>());
                for name in 0..6 {
                    prop_assert_eq!(followed.contains(&named(name)), now.contains(&name));
                }
            }
            let pods = pods.iter().filter(|names| !names.is_empty()).count();
            prop_assert_eq!(followed.of_pods.len(), pods, "a pod without names leaves nothing behind");
        }
    }
}
