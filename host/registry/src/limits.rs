//! Limits of one operation on a registry.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits of one operation, which hold whatever the registry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryLimits {
    /// The largest component, in bytes.
    pub component_bytes: u64,
    /// The address space of the child process, in bytes.
    pub memory_bytes: u64,
    /// From the operation's start to its end, all attempts at all endpoints.
    pub time: Duration,
    /// How long making a connection may take.
    pub connect: Duration,
    /// How long a registry may send nothing within an answer.
    pub idle: Duration,
    /// How many attempts there are if the registry's failures are transient.
    pub attempts: u32,
    /// The pause before the second attempt. It doubles before each further one.
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
