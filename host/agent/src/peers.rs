//! Watches which other NRI plugins take part in creations: would the guard and the runtime's own validator
//! refuse what the agent missed?

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::SystemTime;

use podweave_nri::api::PluginInstance;
use tracing::{info, warn};

use crate::mark::GUARD_NAME;

/// The runtime's own validator, which is among the plugins while it is on.
pub const RUNTIMES_VALIDATOR: &str = "default-validator";

/// The plugins that took part in the latest creation of a container.
#[derive(Debug, Default)]
pub struct Peers(Mutex<Option<Seen>>);

/// What was seen of guard and validator in one creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whether the guard took part.
    pub guard: bool,
    /// Whether the runtime's own validator was on.
    pub validator: bool,
    /// When that was.
    pub at: SystemTime,
}

impl Peers {
    /// Takes the list of plugins that the runtime asked about a container.
    pub fn seen(&self, plugins: &[PluginInstance]) {
        let has = |name: &str| plugins.iter().any(|plugin| plugin.name == name);
        let now = Seen {
            guard: has(GUARD_NAME),
            validator: has(RUNTIMES_VALIDATOR),
            at: SystemTime::now(),
        };
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_changed = latest
            .as_ref()
            .is_none_or(|latest| (latest.guard, latest.validator) != (now.guard, now.validator));
        if has_changed && now.guard && now.validator {
            info!("found the guard and the runtime's own validator");
        } else if has_changed {
            warn!(
                guard = now.guard,
                validator = now.validator,
                "the guard or the runtime's own validator is missing, so the node does not fail closed; run `podweave doctor`"
            );
        }
        *latest = Some(now);
    }

    /// What was seen in the latest creation; `None` before the first.
    #[must_use]
    pub fn latest(&self) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
