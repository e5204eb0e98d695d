//! What one operation on a registry may cost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one operation may cost, whatever the registry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryLimits {
    /// Bytes of a component.
    pub component_bytes: u64,
    /// Bytes of address space of the child process.
    pub memory_bytes: u64,
    /// From the operation's start to its end, all attempts at all endpoints.
    pub time: Duration,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long a registry may be silent within an answer.
    pub idle: Duration,
    /// How often the registry is asked, if it fails in a way that may pass.
    pub attempts: u32,
    /// How long to wait before the second attempt; before each further one twice as long.
    pub back_off: Duration,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self {
            component_bytes: 64 * 1024 * 1024,
            memory_bytes: 512 * 1024 * 1024,
            time: Duration::from_secs(300),
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            attempts: 5,
            back_off: Duration::from_millis(250),
        }
    }
}
