//! Knows how long the `Cache` strategy trusts what it read: the node's annotation, as in the kubelet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The annotation that the TTL controller keeps on each node: whole seconds, the more the larger the cluster.
pub const NODE_TTL_ANNOTATION: &str = "node.alpha.kubernetes.io/ttl";

/// The TTL without the annotation.
pub const DEFAULT_TTL: Duration = Duration::from_secs(60);

/// Means that the node sets no TTL. No annotation can have this value: seconds are read as 32 bits.
const NOT_SAID: u64 = u64::MAX;

/// How long a read ConfigMap counts as fresh. Clones share it: the task that watches the node sets it for the
/// manager.
#[derive(Debug, Clone)]
pub struct Ttl {
    of_node: Arc<AtomicU64>,
    default: Duration,
}

impl Default for Ttl {
    fn default() -> Self {
        Self::new(DEFAULT_TTL)
    }
}

impl Ttl {
    /// Creates a TTL that applies until the node sets another one.
    #[must_use]
    pub fn new(default: Duration) -> Self {
        Self {
            of_node: Arc::new(AtomicU64::new(NOT_SAID)),
            default,
        }
    }

    /// Returns the current TTL.
    #[must_use]
    pub fn get(&self) -> Duration {
        match self.of_node.load(Ordering::Relaxed) {
            NOT_SAID => self.default,
            seconds => Duration::from_secs(seconds),
        }
    }

    /// Takes the node's annotations; `None` if the node could not be read, which means the default.
    pub fn set_from_node(&self, annotations: Option<&BTreeMap<String, String>>) {
        let said = annotations.and_then(ttl_of_node);
        self.of_node
            .store(said.map_or(NOT_SAID, |ttl| ttl.as_secs()), Ordering::Relaxed);
    }
}

/// Returns the TTL in a node's annotations; `None` if there is none, or it is not readable.
#[must_use]
pub fn ttl_of_node(annotations: &BTreeMap<String, String>) -> Option<Duration> {
    // The kubelet reads it with strconv.Atoi; a negative one would mean "never fresh", as 0 does.
    let seconds: i32 = annotations.get(NODE_TTL_ANNOTATION)?.parse().ok()?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}
