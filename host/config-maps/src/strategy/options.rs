//! Defines how a manager keeps ConfigMaps fresh, and what its tasks share.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::source::Source;
use crate::ttl::Ttl;

/// Configures a manager.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How registered ConfigMaps are kept fresh.
    pub strategy: Strategy,
    /// Never serves a pod anything older than a quorum read that was sent after its registration. Without it,
    /// a pod that refers to an already watched ConfigMap gets what the watch has reported, at once.
    pub strict: bool,
}

/// How registered ConfigMaps are kept fresh: the kubelet's `configMapAndSecretChangeDetectionStrategy`.
#[derive(Debug, Clone)]
pub enum Strategy {
    /// A watch for each ConfigMap, so that changes are known as they happen.
    Watch {
        /// A watch is ended if no Get came for this long; the next Get waits for a new one. `None`: never.
        idle_after: Option<Duration>,
        /// An immutable ConfigMap needs no watch. It is read this often, in case it was deleted and
        /// recreated.
        recheck_immutable: Duration,
    },
    /// A read when a Get comes and what is known is older than the TTL, or a pod came since.
    Cache(Ttl),
    /// A quorum read for each Get; Gets that come together share one.
    Get,
}

impl Default for Strategy {
    /// `Watch` with the kubelet's times.
    fn default() -> Self {
        Self::Watch {
            idle_after: Some(Duration::from_secs(300)),
            recheck_immutable: Duration::from_secs(300),
        }
    }
}

/// What all tasks of a manager share.
pub(crate) struct Context {
    pub source: Arc<dyn Source>,
    /// Where tasks run, whatever the caller's thread: the source's answers may be megabytes to read.
    pub runtime: Handle,
    pub options: Options,
    pub hub: Arc<Hub>,
    pub metrics: Metrics,
    /// Counts the sweeps for idle watches: a clock that costs a Get no system call.
    pub sweep: AtomicU32,
}
