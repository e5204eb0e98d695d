//! Limits the memory that all pods together take in the agent.
//!
//! An ordinary pod takes some kilobytes, and there are some hundreds at most. A hostile pod can take some
//! megabytes. So small pods always have room, and large ones share what they may take together: they can
//! crowd out each other only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use podweave_core::text::human_size;

/// The size up to which a pod always has room, in bytes.
const SMALL_POD: usize = 128 * 1024;

/// The limit of all large pods of a node together, in bytes.
const LARGE_PODS: usize = 64 * 1024 * 1024;

/// The limit of all results and their inputs together, in bytes. Above it, the largest are dropped; they are
/// rendered again when they are needed.
pub(super) const RESULTS: usize = 32 * 1024 * 1024;

/// The bytes that all holders of a [`Share`] have taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Room(Arc<AtomicUsize>);

/// Bytes of a [`Room`], returned when this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    room: Room,
    pub(super) bytes: usize,
}

impl Room {
    /// Takes the bytes that a pod needs; `None` if the large pods of the node leave too little. A small pod
    /// takes nothing.
    pub(super) fn of_pod(&self, bytes: usize) -> Option<Share> {
        if bytes <= SMALL_POD {
            return Some(Share {
                room: self.clone(),
                bytes: 0,
            });
        }
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                taken.checked_add(bytes).filter(|sum| *sum <= LARGE_PODS)
            });
        taken.ok().map(|_| Share {
            room: self.clone(),
            bytes,
        })
    }

    /// Notes the bytes of a result. It exists already, so it is never refused.
    pub(super) fn of_result(&self, bytes: usize) -> Share {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Share {
            room: self.clone(),
            bytes,
        }
    }

    pub(super) fn taken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Says why a pod has no room.
pub(super) fn no_room(bytes: usize) -> String {
    format!(
        "its spec and annotations take {} of memory, and all large pods of this node together may take {}; make the pod smaller, or move it to another node",
        human_size(bytes),
        human_size(LARGE_PODS)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pods_share_what_small_ones_do_not_need() {
        let room = Room::default();
        let mebibyte = 1024 * 1024;
        let large: Vec<Share> = (0..).map_while(|_| room.of_pod(mebibyte)).collect();
        assert_eq!(large.len(), LARGE_PODS / mebibyte);
        assert!(room.of_pod(SMALL_POD + 1).is_none() && room.of_pod(usize::MAX).is_none());
        assert!((0..1000).all(|_| room.of_pod(SMALL_POD).is_some()));
        drop(large);
        assert_eq!(room.taken(), 0);
        assert!(room.of_pod(mebibyte).is_some());
    }
}
