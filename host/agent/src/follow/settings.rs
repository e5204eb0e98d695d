//! How files follow, as the agent's configuration says.

use std::time::Duration;

/// How rendered files of running containers follow changes. It takes effect without a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowSettings {
    /// Whether they follow. Without it, a container keeps the files that it was created with.
    pub is_enabled: bool,
    /// How long a change waits for further ones, so that several ConfigMaps that are applied together count
    /// as one change.
    pub settle: Duration,
    /// How long replaced files stay for readers that have their directory open.
    pub linger: Duration,
}

impl Default for FollowSettings {
    fn default() -> Self {
        Self {
            is_enabled: true,
            settle: Duration::from_millis(200),
            linger: Duration::from_secs(1),
        }
    }
}
