//! Remembers a recent revision of etcd, from which a watch can start.
//!
//! A ConfigMap has the version of its last change, which may be years ago, and the API server answers a watch
//! from that version with 410: its watch cache begins when the API server starts, and forgets old versions.
//! But versions are revisions of etcd, common to all ConfigMaps. If a revision R was seen *before* a quorum
//! read was sent, and that read returns an older version, this ConfigMap has not changed between R and the
//! read, and a watch from R misses nothing. Each bookmark and each event of any watch contains such a
//! revision. docs/decisions/001-quorum-get-then-watch.md says why a read comes first.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use podweave_config_maps::object::ResourceVersion;
use podweave_config_maps::source::{FailureKind, SourceError};

/// The watch cache keeps what is younger than 75 s (`eventFreshDuration` in its cacher), unless it restarts.
const RECENT: Duration = Duration::from_secs(60);

/// The newest seen version.
#[derive(Default)]
pub(crate) struct RecentRevision {
    newest: Mutex<Option<(ResourceVersion, Instant)>>,
    /// The task that asks the API server for a version holds this lock.
    asking: tokio::sync::Mutex<()>,
}

impl RecentRevision {
    /// Records a version that the API server's watch cache has just sent.
    pub fn observe(&self, version: ResourceVersion) {
        let mut newest = self.newest.lock();
        if newest.is_none_or(|(newest, _)| version >= newest) {
            *newest = Some((version, Instant::now()));
        }
    }

    /// Forgets the version if this failure of a watch says that no watch can start from it any more. `at` is
    /// the version from which the watch should have started; `None` if it had started.
    pub fn invalidate(&self, at: Option<ResourceVersion>, error: &SourceError) {
        let mut newest = self.newest.lock();
        let is_void = match error.kind {
            FailureKind::Expired => newest.is_some_and(|(newest, _)| at.is_none_or(|at| newest <= at)),
            // The API server may restart, and its cache with it, or return with another etcd.
            FailureKind::Unreachable => true,
            FailureKind::Refused | FailureKind::Busy | FailureKind::Broken => false,
        };
        if is_void {
            *newest = None;
        }
    }

    /// Returns the newest version from which a watch can still start.
    pub fn get(&self) -> Option<ResourceVersion> {
        let newest = *self.newest.lock();
        newest
            .filter(|(_, seen)| seen.elapsed() < RECENT)
            .map(|(version, _)| version)
    }

    /// Returns the same; if there is none, what `ask` finds. Of many callers that come at once, one asks, and
    /// all use its result.
    pub async fn get_or(
        &self,
        ask: impl Future<Output = Option<ResourceVersion>>,
    ) -> Option<ResourceVersion> {
        if let Some(version) = self.get() {
            return Some(version);
        }
        match self.asking.try_lock() {
            Ok(_asking) => {
                if let Some(version) = ask.await {
                    self.observe(version);
                }
            }
            Err(_) => drop(self.asking.lock().await),
        }
        self.get()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{advance, sleep};

    use super::RecentRevision;
    use podweave_config_maps::object::ResourceVersion;
    use podweave_config_maps::source::{FailureKind, SourceError};

    #[tokio::test(start_paused = true)]
    async fn the_newest_version_counts_for_a_minute() {
        let recent_revision = RecentRevision::default();
        assert_eq!(recent_revision.get(), None);
        recent_revision.observe(ResourceVersion(7));
        advance(Duration::from_secs(40)).await;
        recent_revision.observe(ResourceVersion(5));
        assert_eq!(recent_revision.get(), Some(ResourceVersion(7)));
        advance(Duration::from_secs(20)).await;
        assert_eq!(recent_revision.get(), None);
        recent_revision.observe(ResourceVersion(7));
        assert_eq!(recent_revision.get(), Some(ResourceVersion(7)));
    }

    #[tokio::test]
    async fn a_version_that_failed_counts_no_more() {
        let recent_revision = RecentRevision::default();
        let (expired, unreachable) = (
            SourceError::new(FailureKind::Expired, ""),
            SourceError::new(FailureKind::Unreachable, ""),
        );
        recent_revision.observe(ResourceVersion(7));
        recent_revision.invalidate(Some(ResourceVersion(6)), &expired);
        recent_revision.invalidate(Some(ResourceVersion(7)), &SourceError::new(FailureKind::Busy, ""));
        assert_eq!(recent_revision.get(), Some(ResourceVersion(7)));
        recent_revision.invalidate(Some(ResourceVersion(7)), &expired);
        assert_eq!(recent_revision.get(), None);
        recent_revision.observe(ResourceVersion(7));
        recent_revision.invalidate(None, &unreachable);
        assert_eq!(recent_revision.get(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_one_asks() {
        let (recent_revision, asked) = (RecentRevision::default(), Cell::new(0));
        let ask = async || {
            asked.set(asked.get() + 1);
            sleep(Duration::from_millis(1)).await;
            Some(ResourceVersion(9))
        };
        let found = join_all((0..100).map(|_| recent_revision.get_or(ask()))).await;
        assert!(found.iter().all(|&found| found == Some(ResourceVersion(9))));
        assert_eq!(asked.get(), 1);
    }
}
