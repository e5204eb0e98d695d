//! Limits what the renders of one container can use in sum.

use std::time::Duration;

use crate::allowed_outputs::AllowedOutputs;

/// The limits of one container's renders. [`Limits::default`] is what the documentation promises; the
/// configuration can change it.
///
/// # Examples
/// A plugin that may use less than the container has left:
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use podweave_core::limits::{Limits, Usage};
/// use podweave_core::terms::Terms;
///
/// let container = Arc::new(Limits::default());
/// let terms = Terms { time: Some(Duration::from_millis(100)), ..Terms::default() };
/// let used = Usage { time: Duration::from_millis(450), ..Usage::default() };
/// // A plugin's own limit counts from its own render, and never exceeds the container's.
/// assert_eq!(terms.within(&container, &Usage::default()).time, Duration::from_millis(100));
/// assert_eq!(terms.within(&container, &used).time, container.time);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory and tables of one plugin instance, in sum.
    pub memory_bytes: usize,
    /// Time from the start of the first render to the end of the last one.
    pub time: Duration,
    /// Bytes of strings and lists copied between host and guest, in both directions.
    pub copied_bytes: usize,
    /// Bytes of all rendered files, in sum.
    pub file_bytes: usize,
    /// The number of rendered files.
    pub files: usize,
    /// Bytes of log, including a guest's standard error.
    pub log_bytes: usize,
    /// Bytes that environment and arguments take of what Linux allows a new process: strings with their NUL,
    /// and a pointer each. Linux allows about 2 MiB for both; the image's own environment needs a part.
    pub environment_bytes: usize,
    /// The number of rendered variables and arguments, in sum. Each takes memory in the agent, in the guard
    /// and in the runtime, even a short one.
    pub environment_strings: usize,
    /// What plugins may set.
    pub outputs: AllowedOutputs,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: usize = 1024;
        const MIB: usize = 1024 * KIB;
        Self {
            memory_bytes: 64 * MIB,
            time: Duration::from_millis(500),
            copied_bytes: 32 * MIB,
            file_bytes: MIB,
            files: 1024,
            log_bytes: 64 * KIB,
            environment_bytes: 1920 * KIB,
            environment_strings: 4096,
            outputs: AllowedOutputs::default(),
        }
    }
}

/// The largest possible [`Limits::memory_bytes`]: the size of one 32-bit Wasm memory.
pub const MAX_MEMORY_BYTES: usize = 4 << 30;

/// What a container's earlier renders have used of its [`Limits`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of [`Limits::time`].
    pub time: Duration,
    /// Of [`Limits::copied_bytes`].
    pub copied_bytes: usize,
    /// Of [`Limits::file_bytes`].
    pub file_bytes: usize,
    /// Of [`Limits::files`].
    pub files: usize,
    /// Of [`Limits::log_bytes`].
    pub log_bytes: usize,
}
