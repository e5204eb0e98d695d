//! Watches which other NRI plugins take part in creations: would the guard and the runtime's own validator
//! refuse what the agent missed?

use std::time::SystemTime;

use parking_lot::Mutex;
use podweave_nri::api::PluginInstance;
use tracing::{info, warn};

use crate::mark::GUARD_NAME;

/// The runtime's own validator, which is among the plugins while it is on.
pub const RUNTIMES_VALIDATOR: &str = "default-validator";

/// The plugins that took part in the latest creation of a container.
#[derive(Debug, Default)]
pub struct Peers(Mutex<Option<Validators>>);

/// The validators that took part in a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    /// Whether the guard did.
    pub guard: bool,
    /// Whether the runtime's own validator did: it is on.
    pub runtimes_own: bool,
    /// When that was.
    pub at: SystemTime,
}

impl Peers {
    /// Takes the list of plugins that the runtime asked about a container, and returns the validators in it.
    pub fn note(&self, plugins: &[PluginInstance]) -> Validators {
        let has = |name: &str| plugins.iter().any(|plugin| plugin.name == name);
        let now = Validators {
            guard: has(GUARD_NAME),
            runtimes_own: has(RUNTIMES_VALIDATOR),
            at: SystemTime::now(),
        };
        let mut latest = self.0.lock();
        let has_changed = latest
            .as_ref()
            .is_none_or(|latest| (latest.guard, latest.runtimes_own) != (now.guard, now.runtimes_own));
        if has_changed && now.guard && now.runtimes_own {
            info!("found the guard and the runtime's own validator");
        } else if has_changed {
            warn!(
                guard = now.guard,
                validator = now.runtimes_own,
                "the guard or the runtime's own validator is missing, so the node does not fail closed; run `podweave doctor`"
            );
        }
        *latest = Some(now.clone());
        now
    }

    /// The validators of the latest creation; `None` before the first.
    #[must_use]
    pub fn latest(&self) -> Option<Validators> {
        self.0.lock().clone()
    }
}
