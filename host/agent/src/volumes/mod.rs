//! Writes rendered files where containers can mount them: on a tmpfs, in the layout of the kubelet's
//! ConfigMap volumes.
//!
//! ```text
//! ROOT/POD-UID/CONTAINER/.state                                    what the files are; no container sees it
//! ROOT/POD-UID/CONTAINER/VOLUME/..1764146468.123456789/app.conf    the files
//!                               ..data -> ..1764146468.123456789   which of them are current; replaced in one rename
//!                               app.conf -> ..data/app.conf        what the container reads
//! ```
//!
//! A container mounts VOLUME, one for each directory of rendered files. Every user can read VOLUME, since
//! containers run as any user. Only podweave's user can enter the directories above it. Files are written
//! where no container sees them, and moved into the volume when they are complete, so that a reader sees one
//! set of files or the other. The next write repairs what a crash leaves behind.
//!
//! - `layout` writes one volume, `comparison` finds out whether that is necessary;
//! - `following` replaces the files of a running container, `state` keeps beside them what they are;
//! - `trash` removes trees, `usage` counts the space that they take, `label` is for nodes with SELinux.
//!
//! docs/decisions/008-files-at-creation.md says why files are written when the container is created.

mod comparison;
#[cfg(test)]
mod crash;
mod error;
mod following;
mod label;
mod layout;
mod metrics;
mod state;
mod trash;
mod usage;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};
use podweave_core::digest::Digest;
use podweave_core::names;
use prometheus_client::registry::Registry;

use crate::directory::{Directory, PRIVATE};

use layout::Layout;
use metrics::{Metrics, WriteOutcome};

pub use error::VolumesError;
pub use following::{Followed, NewFiles};

/// The rendered files of a node.
#[derive(Debug)]
pub struct Volumes {
    root: Directory,
    layout: Layout,
    limit: u64,
    bytes: Arc<AtomicU64>,
    pods: Mutex<HashMap<String, Arc<Mutex<Pod>>>>,
    metrics: Metrics,
}

/// A pod's containers. Locked during a write or removal.
#[derive(Debug, Default)]
struct Pod {
    containers: HashMap<String, Held>,
    is_removed: bool,
}

/// What a container has on disk.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    /// The bytes of its current files.
    files: u64,
    /// The bytes of the files that it had before, which stay for a moment.
    old: u64,
    /// The bytes of its state.
    state: u64,
    /// The number of the render whose files these are. Files of a lower number never replace them.
    sequence: u64,
    /// The number of the render by which the old files were replaced.
    swapped: u64,
}

impl Held {
    fn bytes(&self) -> u64 {
        self.files + self.old + self.state
    }
}

/// The paths of a container's files on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    volumes: BTreeMap<String, Volume>,
    is_new: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Volume {
    path: PathBuf,
    /// The directory of the files themselves.
    files: PathBuf,
}

impl Written {
    /// Returns what to mount, by the directory in the container.
    pub fn directories(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.volumes
            .iter()
            .map(|(directory, volume)| (directory.as_str(), volume.path.as_path()))
    }

    /// Returns the path of a file that is mounted by itself. A mount needs a path without links, and gets the
    /// file that is current now.
    #[must_use]
    pub fn file(&self, directory: &str, path: &str) -> Option<PathBuf> {
        self.volumes.get(directory).map(|volume| volume.files.join(path))
    }

    /// Whether something was written; otherwise all files existed already.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }
}

impl Volumes {
    /// Opens the root, creates it if it is missing, and counts the files in it. `limit` is for the files of
    /// all pods together.
    ///
    /// # Errors
    /// The root is not private to this process's user, a symbolic link is on the way to it, or the file
    /// system fails.
    pub fn open(root: &Path, limit: u64) -> Result<Self, VolumesError> {
        let root = Directory::private(root)?;
        let layout = Layout::below(&root)?;
        let (mut pods, mut bytes) = (HashMap::new(), 0);
        for uid in root
            .names()?
            .iter()
            .filter_map(|name| name.to_str())
            .filter(|name| is_pod_uid(name))
        {
            let Some(directory) = root.find(uid)? else {
                continue;
            };
            let mut pod = Pod::default();
            for container in directory.names()?.iter().filter_map(|name| name.to_str()) {
                following::tidy(&layout, &directory, container);
                let held = Held {
                    files: usage::on_disk(&directory, container)?,
                    state: state::on_disk(&directory, container)?,
                    ..Held::default()
                };
                bytes += held.bytes();
                pod.containers.insert(container.to_owned(), held);
            }
            pods.insert(uid.to_owned(), Arc::new(Mutex::new(pod)));
        }
        let bytes = Arc::new(AtomicU64::new(bytes));
        Ok(Self {
            root,
            layout,
            limit,
            metrics: Metrics::new(Arc::clone(&bytes), limit),
            bytes,
            pods: Mutex::new(pods),
        })
    }

    /// Writes the files of a container, by their directory in the container and their path in it, and
    /// replaces those that it had. Each directory changes in one step. Unchanged files stay, and so do their
    /// paths. The files belong to `owner`, or to podweave's user. For a container that is about to be created:
    /// a running one would lose the directories that it has no files for any more.
    ///
    /// # Errors
    /// They exceed the limit of the node, a name is not valid, or the file system fails. Each directory has
    /// its old files or its new ones then.
    pub fn write(&self, pod_uid: &str, container: &str, new: &NewFiles<'_>) -> Result<Written, VolumesError> {
        let written = self.try_write(pod_uid, container, new);
        self.metrics.count_write(match &written {
            Ok(written) if written.is_new => WriteOutcome::Written,
            Ok(_) => WriteOutcome::Unchanged,
            Err(VolumesError::Full { .. }) => WriteOutcome::Full,
            Err(_) => WriteOutcome::Failed,
        });
        written
    }

    fn try_write(&self, pod_uid: &str, container: &str, new: &NewFiles<'_>) -> Result<Written, VolumesError> {
        let wanted = new.check(pod_uid, container)?;
        self.with_pod(pod_uid, |pod| {
            let before = pod.containers.get(container).copied().unwrap_or_default();
            let after = Held {
                files: wanted,
                old: 0,
                sequence: before.sequence.max(new.sequence),
                ..before
            };
            self.reserve(before.bytes(), after.bytes())?;
            pod.containers.insert(container.to_owned(), after);
            let written = self.write_container(pod_uid, container, new);
            if written.is_err() {
                // The directory has its old files, or leftovers that the next write removes.
                self.release(after.bytes());
                self.bytes.fetch_add(before.bytes(), Ordering::Relaxed);
                pod.containers.insert(container.to_owned(), before);
            }
            written
        })
    }

    fn write_container(
        &self,
        pod_uid: &str,
        container: &str,
        new: &NewFiles<'_>,
    ) -> Result<Written, VolumesError> {
        let place = self.root.make(pod_uid, PRIVATE)?.make(container, PRIVATE)?;
        let mut written = Written {
            volumes: BTreeMap::new(),
            is_new: false,
        };
        let mut names = Vec::with_capacity(new.directories.len());
        for (directory, files) in new.directories {
            let name = volume_name(directory);
            let (files, is_new) = self.layout.write(&place, &name, files, new.owner)?;
            written.is_new |= is_new;
            written.volumes.insert(
                directory.clone(),
                Volume {
                    path: place.path().join(&name),
                    files,
                },
            );
            names.push(name);
        }
        for stale in place.names()?.iter().filter(|there| {
            let is_kept = |name: &str| there.as_os_str() == name;
            !is_kept(state::NAME) && !names.iter().any(|name| is_kept(name))
        }) {
            self.layout.remove(&place, stale)?;
        }
        Ok(written)
    }

    /// Removes the files of a pod, if it has any. No container of it may be created at the same time: its
    /// files would be removed, too.
    ///
    /// # Errors
    /// The name is not valid, or the file system fails. A later call or the next [`Volumes::open`] removes
    /// what is left.
    pub fn remove_pod(&self, pod_uid: &str) -> Result<(), VolumesError> {
        check_names(pod_uid, None)?;
        self.with_known_pod(pod_uid, |pod| {
            self.layout.remove(&self.root, pod_uid)?;
            pod.is_removed = true;
            self.release(pod.containers.drain().map(|(_, held)| held.bytes()).sum());
            self.pods().remove(pod_uid);
            Ok(())
        })
        .map(Option::unwrap_or_default)
    }

    /// Removes the files of one container, if it has any.
    ///
    /// # Errors
    /// As [`Volumes::remove_pod`].
    pub fn remove_container(&self, pod_uid: &str, container: &str) -> Result<(), VolumesError> {
        check_names(pod_uid, Some(container))?;
        self.with_known_pod(pod_uid, |pod| {
            if let Some(place) = self.root.find(pod_uid)? {
                self.layout.remove(&place, container)?;
            }
            self.release(pod.containers.remove(container).unwrap_or_default().bytes());
            Ok(())
        })
        .map(Option::unwrap_or_default)
    }

    /// Lists the UIDs of the pods that have files here, sorted.
    #[must_use]
    pub fn pod_uids(&self) -> Vec<String> {
        let mut uids: Vec<String> = self.pods().keys().cloned().collect();
        uids.sort_unstable();
        uids
    }

    /// Returns the bytes that all files take: whole pages, and one for each directory, about as a tmpfs
    /// counts.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Registers its metrics under the prefix `podweave_volumes`.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    fn pods(&self) -> MutexGuard<'_, HashMap<String, Arc<Mutex<Pod>>>> {
        locked(&self.pods)
    }

    /// Runs `work` on a pod while no other thread works on it.
    fn with_pod<T>(&self, uid: &str, work: impl FnOnce(&mut Pod) -> T) -> T {
        loop {
            let pod = Arc::clone(self.pods().entry(uid.to_owned()).or_default());
            let mut pod = locked(&pod);
            // It was removed between the two locks: start again with a new one.
            if !pod.is_removed {
                return work(&mut pod);
            }
        }
    }

    /// As [`Volumes::with_pod`], if there is such a pod; `None` if there is none. A pod that was removed is
    /// not created again.
    fn with_known_pod<T>(
        &self,
        uid: &str,
        work: impl FnOnce(&mut Pod) -> Result<T, VolumesError>,
    ) -> Result<Option<T>, VolumesError> {
        loop {
            let Some(pod) = self.pods().get(uid).cloned() else {
                return Ok(None);
            };
            let mut pod = locked(&pod);
            if !pod.is_removed {
                return work(&mut pod).map(Some);
            }
        }
    }

    /// Reserves bytes in exchange for those that a container had before.
    fn reserve(&self, before: u64, wanted: u64) -> Result<(), VolumesError> {
        let fits = |used: u64| {
            Some(used.saturating_sub(before) + wanted)
                .filter(|after| *after <= self.limit || wanted <= before)
        };
        let reserved = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits);
        reserved.map(|_| ()).map_err(|used| VolumesError::Full {
            wanted,
            used: used.saturating_sub(before),
            limit: self.limit,
        })
    }

    fn release(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// Turns a path of any length into one file name.
fn volume_name(directory: &str) -> String {
    let mut name = Digest::of(directory.as_bytes()).hex();
    name.truncate(32);
    name
}

/// Whether a pod's UID can be a file name: the API server's are UUIDs, those of static pods hexadecimal.
pub(crate) fn is_pod_uid(uid: &str) -> bool {
    (1..=128).contains(&uid.len())
        && uid
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn check_names(pod_uid: &str, container: Option<&str>) -> Result<(), VolumesError> {
    if !is_pod_uid(pod_uid) {
        return Err(VolumesError::name(
            "pod UID",
            pod_uid,
            "1 to 128 letters, digits and '-'",
        ));
    }
    match container {
        Some(container) if !names::is_dns_label(container) => {
            Err(VolumesError::name("container", container, "a DNS label"))
        }
        _ => Ok(()),
    }
}
