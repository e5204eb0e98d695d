//! Keeps a document beside a container's files: what they are, for the time after a restart of the agent. It
//! is on the same tmpfs, so it is there as long as the files are.

use podweave_core::text::human_size;
use rustix::fs::{self, AtFlags};

use super::usage::pages;
use super::{Held, Volumes, VolumesError, check_names};
use crate::directory::{Directory, DirectoryError, PRIVATE};

/// The name of the document. It is beside the volumes, so no container sees it.
pub(super) const NAME: &str = ".state";

/// Its name while it is being written.
pub(super) const UNFINISHED: &str = ".state_tmp";

/// The maximum size of the document, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

impl Volumes {
    /// Keeps a container's state, and replaces the one that it had. Does nothing if the pod was removed
    /// meanwhile, or if files of a later render were written.
    ///
    /// # Errors
    /// It is too large, there is no room for it, a name is not valid, or the file system fails. The old state
    /// is removed then: it would say what is not so any more.
    pub fn keep_state(
        &self,
        pod_uid: &str,
        container: &str,
        sequence: u64,
        state: &[u8],
    ) -> Result<(), VolumesError> {
        check_names(pod_uid, Some(container))?;
        self.with_known_pod(pod_uid, |pod| {
            let before = pod.containers.get(container).copied().unwrap_or_default();
            if before.sequence > sequence {
                return Ok(());
            }
            let kept = self.write_state(pod_uid, container, before, state);
            let place = || {
                self.root
                    .find(pod_uid)?
                    .map_or(Ok(None), |pod| pod.find(container))
            };
            let after = match &kept {
                Ok(after) => *after,
                Err(_) => {
                    if let Ok(Some(place)) = place() {
                        let _ = place.remove(NAME);
                    }
                    self.release(before.state);
                    Held { state: 0, ..before }
                }
            };
            pod.containers.insert(container.to_owned(), after);
            kept.map(|_| ())
        })
        .map(Option::unwrap_or_default)
    }

    fn write_state(
        &self,
        pod_uid: &str,
        container: &str,
        before: Held,
        state: &[u8],
    ) -> Result<Held, VolumesError> {
        if state.len() > MAX_BYTES {
            return Err(VolumesError::State {
                size: human_size(state.len()),
                limit: human_size(MAX_BYTES),
            });
        }
        let after = Held {
            state: pages(state.len() as u64),
            ..before
        };
        self.reserve(before.bytes(), after.bytes())?;
        let place = self
            .root
            .make(pod_uid, PRIVATE)
            .and_then(|pod| pod.make(container, PRIVATE));
        let written = place.and_then(|place| replace(&place, state));
        if let Err(error) = written {
            self.release(after.bytes());
            self.bytes
                .fetch_add(before.bytes(), std::sync::atomic::Ordering::Relaxed);
            return Err(error.into());
        }
        Ok(after)
    }

    /// Reads a container's state; `None` if it has none.
    ///
    /// # Errors
    /// A name is not valid, the document is too large, or the file system fails.
    pub fn state(&self, pod_uid: &str, container: &str) -> Result<Option<Vec<u8>>, VolumesError> {
        check_names(pod_uid, Some(container))?;
        let Some(place) = self.root.find(pod_uid)? else {
            return Ok(None);
        };
        let Some(place) = place.find(container)? else {
            return Ok(None);
        };
        Ok(place.read(NAME, MAX_BYTES as u64)?)
    }
}

/// Writes the document in one step. A crash leaves the old one, and a name that the next call takes again.
fn replace(place: &Directory, state: &[u8]) -> Result<(), DirectoryError> {
    place.remove(UNFINISHED)?;
    place.write(UNFINISHED, state, 0o600, None, |_| Ok(()))?;
    place.replace(UNFINISHED, place, NAME)
}

/// Counts the bytes of a container's state on disk.
pub(super) fn on_disk(pod: &Directory, container: &str) -> Result<u64, DirectoryError> {
    let Some(place) = pod.find(container)? else {
        return Ok(0);
    };
    let stat = fs::statat(place.handle(), NAME, AtFlags::SYMLINK_NOFOLLOW);
    Ok(stat.map_or(0, |stat| pages(u64::try_from(stat.st_size).unwrap_or(0))))
}
