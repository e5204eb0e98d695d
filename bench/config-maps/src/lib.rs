//! The commands that the benchmark sends to the programs with the managers, one JSON object per line. The
//! program with the kubelet's managers (`bench/kubelet-manager`) accepts the same commands.

use serde::{Deserialize, Serialize};

/// A command to a program with a manager.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Registers all pods at once; each then gets all its ConfigMaps.
    Burst {
        /// The number of pods.
        pods: usize,
        /// The number of ConfigMaps, which are divided among the pods. If there are fewer than pods, pods
        /// share them.
        config_maps: usize,
    },
    /// Registers pods with these numbers, with one ConfigMap each, and gets the ConfigMaps.
    Register {
        /// The first.
        from: usize,
        /// The one after the last.
        to: usize,
    },
    /// Repeats Gets of cached ConfigMaps for a time.
    Hot {
        /// The number of ConfigMaps, which are read in turn.
        config_maps: usize,
        /// The number of threads.
        threads: usize,
        /// How long.
        milliseconds: u64,
        /// Uses the async Get, which only podweave's manager has.
        #[serde(default)]
        waiting: bool,
    },
    /// Reports when each of these ConfigMaps has the value.
    Observe {
        /// The first.
        from: usize,
        /// The one after the last.
        to: usize,
        /// The value of the key `value`.
        value: String,
    },
    /// Reports when the manager knows that each of these ConfigMaps may be out of date. The kubelet's
    /// managers never do.
    Doubt {
        /// The first.
        from: usize,
        /// The one after the last.
        to: usize,
    },
    /// Reports memory and connections.
    Figures,
}

/// The name of a ConfigMap.
#[must_use]
pub fn config_map_name(number: usize) -> String {
    format!("config-map-{number}")
}

/// The ConfigMaps of a pod: an even share, or a shared one if there are fewer ConfigMaps than pods.
#[must_use]
pub fn config_maps_of(pod: usize, pods: usize, config_maps: usize) -> Vec<String> {
    if config_maps < pods {
        return vec![config_map_name(pod % config_maps)];
    }
    let each = config_maps / pods;
    (pod * each..(pod + 1) * each).map(config_map_name).collect()
}
