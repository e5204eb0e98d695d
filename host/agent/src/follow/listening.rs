//! Hears which followed ConfigMaps change, and wakes the containers that use them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use podweave_config_maps::NamespacedName;
use tokio::time::{Instant, sleep_until};

use super::Following;
use super::pace::Settling;

/// A change that concerns so many pods of the node, or more, has no Event for each of them: a ConfigMap may be
/// shared by all pods of a cluster.
const MANY_PODS: usize = 5;

impl Following {
    /// Wakes the containers of each change, for ever.
    pub async fn listen(self: Arc<Self>) -> ! {
        loop {
            let first = self.follower.next().await;
            let began = Instant::now();
            let names = self.settle(first, began).await;
            self.wake(&names, began);
        }
    }

    /// Waits until a change has settled. Returns everything that has changed by then.
    async fn settle(&self, first: NamespacedName, began: Instant) -> BTreeSet<NamespacedName> {
        let mut names = BTreeSet::from([first]);
        let mut settling = Settling::new(began, self.settings.load().settle);
        loop {
            tokio::select! {
                name = self.follower.next() => {
                    names.insert(name);
                    settling.add(Instant::now());
                }
                () = sleep_until(settling.until()) => return names,
            }
        }
    }

    fn wake(&self, names: &BTreeSet<NamespacedName>, began: Instant) {
        let names: HashSet<(&str, &str)> = names.iter().map(|name| (&*name.namespace, &*name.name)).collect();
        let mut affected = self.containers.list();
        affected.retain(|container| container.uses(&names));
        let pods: BTreeSet<&str> = affected
            .iter()
            .map(|container| container.key.uid.as_str())
            .collect();
        let is_announced = pods.len() < MANY_PODS;
        for container in &affected {
            container.note_change(began);
            container.wake(is_announced);
        }
    }
}
