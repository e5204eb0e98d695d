//! Who else takes part in the creation of containers: whether the guard and the runtime's own validator would refuse what the agent missed.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::SystemTime;

use podweave_nri::api::PluginInstance;
use tracing::{info, warn};

use crate::mark::GUARD_NAME;

/// The runtime's own validator, which is among the plugins while it is on.
pub const RUNTIMES_VALIDATOR: &str = "default-validator";

/// What the latest creation of a container has shown.
#[derive(Debug, Default)]
pub struct Peers(Mutex<Option<Seen>>);

/// Who took part in a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whether the guard was there.
    pub guard: bool,
    /// Whether the runtime's own validator was on.
    pub validator: bool,
    /// When that was.
    pub at: SystemTime,
}

impl Peers {
    /// Takes the plugins that were asked about a container.
    pub fn seen(&self, plugins: &[PluginInstance]) {
        let has = |name: &str| plugins.iter().any(|plugin| plugin.name == name);
        let now = Seen { guard: has(GUARD_NAME), validator: has(RUNTIMES_VALIDATOR), at: SystemTime::now() };
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_changed = latest.as_ref().is_none_or(|latest| (latest.guard, latest.validator) != (now.guard, now.validator));
        if has_changed && now.guard && now.validator {
            info!("the guard and the runtime's own validator take part");
        } else if has_changed {
            warn!(guard = now.guard, validator = now.validator, "not everything takes part that makes the node fail closed; `podweave doctor` says what to do");
        }
        *latest = Some(now);
    }

    /// Who took part in the latest creation; `None` before the first.
    #[must_use]
    pub fn latest(&self) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
