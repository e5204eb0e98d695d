//! What the benchmark and the program around podweave's manager share: the commands, one JSON object a line. The program
//! around the kubelet's managers (`bench/kubelet-manager`) takes the same.

use serde::{Deserialize, Serialize};

/// What a manager's program is told to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// All pods at once: each is registered and asks for all its ConfigMaps.
    Burst {
        /// How many pods.
        pods: usize,
        /// How many ConfigMaps, of which each pod has its share; fewer than pods are shared.
        config_maps: usize,
    },
    /// Registers pods with one ConfigMap each, those with these numbers, and gets these.
    Register {
        /// The first.
        from: usize,
        /// The one after the last.
        to: usize,
    },
    /// Gets of ConfigMaps that are there already, for so long.
    Hot {
        /// How many ConfigMaps in turn.
        config_maps: usize,
        /// How many threads.
        threads: usize,
        /// How long.
        milliseconds: u64,
        /// Which Get: podweave's manager has an async one, too.
        #[serde(default)]
        waiting: bool,
    },
    /// When each of these ConfigMaps has the value.
    Observe {
        /// The first.
        from: usize,
        /// The one after the last.
        to: usize,
        /// The value of the key `value`.
        value: String,
    },
    /// When the manager knows of each of these ConfigMaps that it could be out of date. The kubelet's never do.
    Doubt {
        /// The first.
        from: usize,
        /// The one after the last.
        to: usize,
    },
    /// Memory and connections.
    Figures,
}

/// The name of a ConfigMap.
#[must_use]
pub fn config_map_name(number: usize) -> String {
    format!("config-map-{number}")
}

/// The ConfigMaps of a pod where the pods share them out evenly, or all share the few there are.
#[must_use]
pub fn config_maps_of(pod: usize, pods: usize, config_maps: usize) -> Vec<String> {
    if config_maps < pods {
        return vec![config_map_name(pod % config_maps)];
    }
    let each = config_maps / pods;
    (pod * each..(pod + 1) * each).map(config_map_name).collect()
}
