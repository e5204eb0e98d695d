//! Limits the memory that all pods together take in the agent.
//!
//! What an ordinary pod needs is small, and there are some hundreds of pods at most. A hostile pod can take some
//! megabytes. So what is small always has room, and large things share what they may take together: they can
//! crowd out each other only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that all holders of a [`Share`] have taken. Clones share it.
#[derive(Debug, Clone)]
pub struct Room {
    taken: Arc<AtomicUsize>,
    /// The size up to which something always has room, in bytes. It takes nothing.
    small: usize,
    /// The limit of everything else together, in bytes.
    limit: usize,
}

/// Bytes of a [`Room`], returned when this is dropped.
#[derive(Debug)]
pub struct Share {
    room: Room,
    bytes: usize,
}

impl Room {
    /// Creates an empty room: what has at most `small` bytes always fits, and everything else together may have
    /// `limit` bytes.
    #[must_use]
    pub fn new(small: usize, limit: usize) -> Self {
        Self {
            taken: Arc::default(),
            small,
            limit,
        }
    }

    /// Takes the bytes that something needs; `None` if the others leave too little.
    #[must_use]
    pub fn take(&self, bytes: usize) -> Option<Share> {
        if bytes <= self.small {
            return Some(self.share(0));
        }
        let taken = self
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                taken.checked_add(bytes).filter(|sum| *sum <= self.limit)
            });
        taken.ok().map(|_| self.share(bytes))
    }

    /// Notes the bytes of something that exists already, so it is never refused.
    #[must_use]
    pub fn note(&self, bytes: usize) -> Share {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        self.share(bytes)
    }

    /// The bytes that are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// The bytes that may be taken.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    fn share(&self, bytes: usize) -> Share {
        Share {
            room: self.clone(),
            bytes,
        }
    }
}

impl Share {
    /// The bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_things_share_what_small_ones_do_not_need() {
        let (mebibyte, small) = (1024 * 1024, 1024);
        let room = Room::new(small, 64 * mebibyte);
        let large: Vec<Share> = (0..).map_while(|_| room.take(mebibyte)).collect();
        assert_eq!(large.len(), 64);
        assert!(room.take(small + 1).is_none() && room.take(usize::MAX).is_none());
        assert!((0..1000).all(|_| room.take(small).is_some()));
        drop(large);
        assert_eq!(room.taken(), 0);
        assert!(room.take(mebibyte).is_some());
    }
}
