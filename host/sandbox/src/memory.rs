//! Shares memory between all renders of a process.
//!
//! How much memory a render takes is known only when it takes it. Most take little, and get that without
//! waiting ([`SMALL_RENDER_BYTES`]). A render that needs more is ended without a result, waits until more is
//! free, and starts again: it cannot see that it was ended. A plugin whose last renders all took more starts
//! with that. So small renders never wait for large ones, and large ones wait for each other.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Bytes of a process's memory that each render may take without waiting for others.
pub const SMALL_RENDER_BYTES: usize = 2 * MIB;

/// When a render needs more than it had, it gets this multiple.
const STEP: usize = 4;

/// A plugin may take a little more than usual this time.
const SLACK: usize = MIB;

const MIB: usize = 1 << 20;

/// The memory for renders that are not small.
pub(crate) struct Memory {
    /// One permit for each MiB.
    permits: Semaphore,
    most: u32,
}

/// The memory that the latest renders of a plugin took: roughly the least of the last ones. One pod that
/// makes a plugin take much does not make the plugin's other renders wait.
#[derive(Debug, Default)]
pub(crate) struct Usual(AtomicUsize);

impl Memory {
    /// Creates it with `bytes` for all renders that are not small.
    pub(crate) fn new(bytes: usize) -> Self {
        let most = u32::try_from(bytes / MIB)
            .unwrap_or(u32::MAX)
            .clamp(1, u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        Self {
            permits: Semaphore::new(most as usize),
            most,
        }
    }

    /// Waits until a render may take so much. A render that may take more than the whole memory runs alone.
    pub(crate) async fn take(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        if bytes <= SMALL_RENDER_BYTES {
            return None;
        }
        let permits = u32::try_from(bytes.div_ceil(MIB))
            .unwrap_or(u32::MAX)
            .min(self.most);
        // It is never closed, so a permit always comes.
        self.permits.acquire_many(permits).await.ok()
    }
}

impl Usual {
    /// Returns how much the next render starts with.
    pub(crate) fn first(&self) -> usize {
        let usual = self.0.load(Ordering::Relaxed);
        if usual <= SMALL_RENDER_BYTES {
            SMALL_RENDER_BYTES
        } else {
            usual + SLACK
        }
    }

    /// Returns how much a render gets that had too little.
    pub(crate) fn next(had: usize) -> usize {
        had.saturating_mul(STEP)
    }

    /// Records what a render took.
    pub(crate) fn took(&self, bytes: usize) {
        let usual = self.0.load(Ordering::Relaxed);
        // Decrease at once, increase slowly, except for the first.
        let next = if usual == 0 || bytes < usual {
            bytes
        } else {
            usual + (bytes - usual) / 8
        };
        if next != usual {
            self.0.store(next, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn small_renders_do_not_wait_for_large_ones() {
        let memory = Memory::new(100 * MIB);
        let soon = Duration::from_secs(1);
        let first = memory.take(64 * MIB).await;
        assert!(first.is_some());
        assert!(
            timeout(soon, memory.take(64 * MIB)).await.is_err(),
            "a second large one waits"
        );
        assert!(
            timeout(soon, memory.take(SMALL_RENDER_BYTES))
                .await
                .unwrap()
                .is_none()
        );
        assert!(timeout(soon, memory.take(36 * MIB)).await.is_ok());
        drop(first);
        let alone = timeout(soon, memory.take(usize::MAX)).await.unwrap();
        assert!(
            timeout(soon, memory.take(SMALL_RENDER_BYTES + 1)).await.is_err(),
            "one that may take more than there is runs alone"
        );
        drop(alone);
    }

    #[test]
    fn a_plugin_begins_with_what_it_usually_takes() {
        let usual = Usual::default();
        assert_eq!(usual.first(), SMALL_RENDER_BYTES);
        usual.took(24 * MIB);
        assert_eq!(usual.first(), 25 * MIB);
        usual.took(MIB);
        assert_eq!(
            usual.first(),
            SMALL_RENDER_BYTES,
            "it needs that much only at times"
        );
        for _ in 0..2 {
            usual.took(12 * MIB);
            usual.took(MIB);
        }
        assert_eq!(
            usual.first(),
            SMALL_RENDER_BYTES,
            "however often, if others come between"
        );
        for _ in 0..100 {
            usual.took(24 * MIB);
        }
        assert!(usual.first() > 23 * MIB);
    }
}
