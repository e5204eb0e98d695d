//! Replaces the files of a running container, whose mounts stay
//! (docs/decisions/019-files-follow-by-swap.md).

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use podweave_core::outputs::File;
use tracing::warn;

use super::layout::{Layout, Prepared};
use super::metrics::WriteOutcome;
use super::usage::Usage;
use super::{Held, Volumes, VolumesError, check_names, state, volume_name};
use crate::directory::{Directory, DirectoryError, Owner};

/// The maximum number of directories for the files of one container. Creating one costs more than a file.
const MAX_DIRECTORIES: usize = 1024;

/// The files of a render.
#[derive(Debug, Clone, Copy)]
pub struct NewFiles<'a> {
    /// The files, by their directory in the container and their path in it.
    pub directories: &'a BTreeMap<String, BTreeMap<String, File>>,
    /// Who they belong to; `None`: podweave's user.
    pub owner: Owner,
    /// The number of the render in this process: later renders have higher ones.
    pub sequence: u64,
}

/// What became of the files of a running container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// They were replaced. The old ones are there until [`Volumes::remove_old`].
    Swapped,
    /// They are the same already.
    Unchanged,
    /// Files of a later render are there.
    Superseded,
    /// The container's files were removed.
    Gone,
}

impl NewFiles<'_> {
    /// Checks names and paths. Returns the bytes that the files take.
    pub(super) fn check(&self, pod_uid: &str, container: &str) -> Result<u64, VolumesError> {
        check_names(pod_uid, Some(container))?;
        let usage = Usage::of(self.directories)?;
        if usage.directories > MAX_DIRECTORIES {
            return Err(VolumesError::Directories {
                limit: MAX_DIRECTORIES,
            });
        }
        Ok(usage.bytes)
    }
}

impl Volumes {
    /// Replaces the files of a running container, each directory in one step, one right after the other.
    /// Never adds or removes a directory, since the container's mounts stay, and never brings back the files
    /// of an earlier render or those of a removed pod.
    ///
    /// # Errors
    /// The files exceed the limit of the node, a name is not valid, or the file system fails. Each directory
    /// has its old files or its new ones then, and another call completes it.
    pub fn follow(
        &self,
        pod_uid: &str,
        container: &str,
        new: &NewFiles<'_>,
    ) -> Result<Followed, VolumesError> {
        let followed = self.try_follow(pod_uid, container, new);
        self.metrics.count_write(match &followed {
            Ok(Followed::Swapped) => WriteOutcome::Followed,
            Ok(Followed::Unchanged) => WriteOutcome::Unchanged,
            Ok(Followed::Superseded | Followed::Gone) => return followed,
            Err(VolumesError::Full { .. }) => WriteOutcome::Full,
            Err(_) => WriteOutcome::Failed,
        });
        followed
    }

    fn try_follow(
        &self,
        pod_uid: &str,
        container: &str,
        new: &NewFiles<'_>,
    ) -> Result<Followed, VolumesError> {
        let wanted = new.check(pod_uid, container)?;
        let followed = self.with_known_pod(pod_uid, |pod| {
            let Some(before) = pod.containers.get(container).copied() else {
                return Ok(Followed::Gone);
            };
            if before.sequence > new.sequence {
                return Ok(Followed::Superseded);
            }
            let new_alone = Held {
                files: wanted,
                old: 0,
                sequence: new.sequence,
                swapped: new.sequence,
                ..before
            };
            // One old set at most is there. Without room for it, readers that have it open lose it at once.
            let both = Held {
                old: before.files,
                ..new_alone
            };
            let after = match self.reserve(before.bytes(), both.bytes()) {
                Ok(()) => both,
                Err(_) => self
                    .reserve(before.bytes(), new_alone.bytes())
                    .map(|()| new_alone)?,
            };
            let followed = self.swap(pod_uid, container, new, after.old == 0);
            let now = match followed {
                Ok(Followed::Swapped) => after,
                Ok(Followed::Unchanged) => Held {
                    sequence: new.sequence,
                    ..before
                },
                // What was there is there now, or leftovers that the next call removes.
                _ => before,
            };
            self.release(after.bytes());
            self.bytes.fetch_add(now.bytes(), Ordering::Relaxed);
            pod.containers.insert(container.to_owned(), now);
            followed
        });
        followed.map(|followed| followed.unwrap_or(Followed::Gone))
    }

    fn swap(
        &self,
        pod_uid: &str,
        container: &str,
        new: &NewFiles<'_>,
        removes_old: bool,
    ) -> Result<Followed, VolumesError> {
        let pod = self.root.find(pod_uid)?;
        let Some(place) = pod.map_or(Ok(None), |pod| pod.find(container))? else {
            return Ok(Followed::Gone);
        };
        let mut prepared: Vec<Prepared<'_>> = Vec::with_capacity(new.directories.len());
        for (directory, files) in new.directories {
            let volume = self
                .layout
                .prepare(&place, &volume_name(directory), files, new.owner)?;
            match volume {
                Some(volume) => prepared.push(volume),
                None => return Ok(Followed::Gone),
            }
        }
        for volume in &prepared {
            self.layout.swap(volume)?;
        }
        if !prepared.iter().any(Prepared::is_new) {
            return Ok(Followed::Unchanged);
        }
        if removes_old {
            remove_old_sets(&self.layout, &place)?;
        }
        Ok(Followed::Swapped)
    }

    /// Removes the files that a container had before a swap. Does nothing if a later render has replaced them
    /// meanwhile, or if the pod is gone.
    ///
    /// # Errors
    /// A name is not valid, or the file system fails. The next write of the container removes what is left.
    pub fn remove_old(&self, pod_uid: &str, container: &str, swapped: u64) -> Result<(), VolumesError> {
        check_names(pod_uid, Some(container))?;
        self.with_known_pod(pod_uid, |pod| {
            let Some(held) = pod
                .containers
                .get_mut(container)
                .filter(|held| held.swapped == swapped)
            else {
                return Ok(());
            };
            let of_pod = self.root.find(pod_uid)?;
            if let Some(place) = of_pod.map_or(Ok(None), |pod| pod.find(container))? {
                remove_old_sets(&self.layout, &place)?;
            }
            self.release(std::mem::take(&mut held.old));
            Ok(())
        })
        .map(Option::unwrap_or_default)
    }

    /// Notes a container that has no rendered files, so that its state can be kept.
    ///
    /// # Errors
    /// A name is not valid.
    pub fn add_without_files(&self, pod_uid: &str, container: &str) -> Result<(), VolumesError> {
        check_names(pod_uid, Some(container))?;
        self.with_pod(pod_uid, |pod| {
            pod.containers.entry(container.to_owned()).or_default();
        });
        Ok(())
    }
}

/// Removes what a crash has left of a container: files that were replaced, a state that was not finished.
pub(super) fn tidy(layout: &Layout, pod: &Directory, container: &str) {
    let tidied = pod.find(container).and_then(|place| match place {
        Some(place) => {
            place.remove(state::UNFINISHED)?;
            remove_old_sets(layout, &place)
        }
        None => Ok(()),
    });
    if let Err(error) = tidied {
        // Not fatal: existing pods must still be served. The next write removes them.
        warn!(container, %error, "cannot remove replaced files");
    }
}

/// Removes everything of a container's volumes but their current files.
fn remove_old_sets(layout: &Layout, place: &Directory) -> Result<(), DirectoryError> {
    for volume in place.names()?.iter().filter_map(|name| name.to_str()) {
        if volume != state::NAME {
            layout.remove_old(place, volume)?;
        }
    }
    Ok(())
}
