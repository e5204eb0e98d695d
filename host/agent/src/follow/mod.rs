//! Lets rendered files follow their ConfigMaps while containers run.
//!
//! A render is pure and recorded what it read, so the agent knows which containers would get something else
//! now, and in which part. `core::change` decides what happens to them; this module carries it out.
//!
//! 1. `listening` hears which ConfigMaps change, waits until a change has settled (`pace`), and wakes the
//!    containers that use them;
//! 2. `containers` has the running containers, each with a task of its own, and what each was given;
//! 3. `checking` is that task: render through the same path as creations do, decide, wait for the turn that
//!    `spread` gives; `swapping` replaces the files;
//! 4. `baseline` is what a container was created with, and `state` what is kept of it beside the files, so
//!    that a restarted agent knows it again;
//! 5. `shown` is what `status` shows of it, `events` publishes Events, `metrics` counts.
//!
//! Invariants: files are replaced only by a result whose inputs the API server has confirmed to this process.
//! What cannot be known changes nothing. Nothing here adds a directory to a container or removes one, and
//! nothing brings back the files of an earlier render (`volumes::following`).

mod baseline;
mod checking;
mod containers;
mod events;
mod listening;
mod metrics;
mod pace;
mod settings;
mod shown;
mod state;
mod swapping;
mod tracked;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use podweave_config_maps::{ConfigMaps, Follower, NamespacedName};
use podweave_core::change::Follow;
use podweave_core::merge::Rendered;
use podweave_core::pod::ContainerKind;
use prometheus_client::registry::Registry;
use tokio::runtime::Handle;
use tokio::time::sleep;

use self::baseline::Baseline;
use self::containers::{Containers, Key};
use self::metrics::Metrics;
use self::tracked::Tracked;
use crate::directory::Owner;
use crate::events::Events;
use crate::mark::{IGNORED, MARK, SKIPPED};
use crate::renders::{Attempt, PodRenders, PodSandbox, Renders};
use crate::room::Room;
use crate::status::ChangeStatus;
use crate::volumes::Volumes;

pub use self::containers::{Found, Given};
pub use self::settings::FollowSettings;

/// The size up to which a container's results always have room, in bytes: some sixty variables, files and keys.
const SMALL: usize = 8 * 1024;

/// The limit of all larger ones of a node together, in bytes. Beyond it a container is not followed.
const LARGE: usize = 16 * 1024 * 1024;

/// How long after a creation the container is looked at. A change in between is noticed then.
const AFTER_CREATION: Duration = Duration::from_millis(100);

/// What [`Following`] works with.
pub struct FollowParts {
    /// The results of renders.
    pub renders: Renders,
    /// The ConfigMaps of the node's pods.
    pub config_maps: ConfigMaps,
    /// Where files are written.
    pub volumes: Arc<Volumes>,
    /// The Events for the pods' owners.
    pub events: Events,
    /// The threads on which plugins run. Files of running containers are replaced there, too.
    pub threads: Handle,
}

/// Follows changes for the running containers of the node.
pub struct Following {
    parts: FollowParts,
    settings: ArcSwap<FollowSettings>,
    follower: Follower,
    /// The pods whose ConfigMaps are followed, by UID. Locked while the follower changes.
    followed: Mutex<HashMap<String, Weak<PodRenders>>>,
    containers: Arc<Containers>,
    /// The memory of what is known of containers.
    room: Room,
    metrics: Metrics,
}

impl Following {
    /// Creates it without any containers. [`Following::listen`] has to run for changes to be noticed.
    #[must_use]
    pub fn new(parts: FollowParts, settings: FollowSettings) -> Arc<Self> {
        let containers = Arc::new(Containers::default());
        Arc::new(Self {
            follower: parts.config_maps.follower(),
            metrics: Metrics::new(Arc::downgrade(&containers)),
            followed: Mutex::default(),
            settings: ArcSwap::from_pointee(settings),
            containers,
            room: Room::new(SMALL, LARGE),
            parts,
        })
    }

    /// Takes other settings. Everything that was held back by them is checked again.
    pub fn configure(&self, settings: FollowSettings) {
        let before = self.settings.swap(Arc::new(settings));
        if *before == settings {
            return;
        }
        for container in self.containers.list() {
            if settings.is_enabled {
                container.wake(false);
            } else {
                self.unfollow(&container.key.uid);
            }
        }
    }

    /// Takes a container that is about to be created with the result of an attempt.
    pub fn created(self: &Arc<Self>, given: &Given<'_>, attempt: &Attempt) {
        self.start(given, Baseline::of(attempt), attempt.config_maps().collect());
    }

    /// Takes a container that is about to be created without what would have been rendered for it
    /// (`on-failure: ignore`).
    pub fn created_without(self: &Arc<Self>, given: &Given<'_>) {
        self.start(given, Baseline::nothing(), Vec::new());
    }

    fn start(self: &Arc<Self>, given: &Given<'_>, baseline: Baseline, config_maps: Vec<NamespacedName>) {
        let container = Arc::new(Tracked::new(given.pod.identity(), given, baseline));
        container.state().take_room(&self.room);
        self.containers.add(Arc::clone(&container));
        let (this, kept) = (Arc::clone(self), Arc::clone(&container));
        let task = self.parts.threads.spawn(async move {
            // After the answer to the runtime, and not while it may ask for more: a creation waits for the pod's files
            // while its state is written.
            sleep(AFTER_CREATION).await;
            this.note_created(&kept, config_maps).await;
            this.keep(kept).await;
        });
        container.set_task(task.abort_handle());
    }

    /// Takes the running containers that the runtime has. Those that are known already stay as they are.
    pub fn synchronize(self: &Arc<Self>, sandboxes: &BTreeMap<String, PodSandbox>, found: Vec<Found>) {
        let running = containers::running(sandboxes, found);
        let keys: BTreeSet<&Key> = running.iter().map(|(key, _)| key).collect();
        self.containers.retain(|container| keys.contains(&container.key));
        for (key, found) in &running {
            let marks = found.marks.clone().unwrap_or_default();
            if self.containers.has(key, &found.id) || marks.get(MARK).is_some_and(|mark| mark == SKIPPED) {
                continue;
            }
            let given = Given {
                pod: &sandboxes[&found.sandbox],
                sandbox: &found.sandbox,
                id: &found.id,
                container: &found.container,
                user: None,
            };
            self.recall(&given, marks);
        }
    }

    /// Takes a container that an earlier process has answered for.
    fn recall(self: &Arc<Self>, given: &Given<'_>, marks: BTreeMap<String, String>) {
        if marks.get(MARK).is_some_and(|mark| mark == IGNORED) {
            self.start(given, Baseline::nothing(), Vec::new());
            return;
        }
        let container = Arc::new(Tracked::new(
            given.pod.identity(),
            given,
            Baseline::marked(&marks),
        ));
        self.containers.add(Arc::clone(&container));
        let (this, recalled) = (Arc::clone(self), Arc::clone(&container));
        let task = self.parts.threads.spawn(async move {
            let Key { uid, container } = &recalled.key;
            if let Some(kept) = this.kept(uid, container, &recalled.id).await {
                recalled.recall(&kept, Baseline::kept(&kept, &marks), &this.room);
            }
            this.keep(recalled).await;
        });
        container.set_task(task.abort_handle());
    }

    /// Forgets the containers of a pod.
    pub fn forget_pod(&self, uid: &str) {
        self.containers.retain(|container| container.key.uid != uid);
        self.unfollow(uid);
    }

    /// Forgets the containers of a PodSandbox that was stopped or removed.
    pub fn forget_sandbox(&self, sandbox: &str) {
        let of_sandbox: BTreeSet<String> = self
            .containers
            .list()
            .into_iter()
            .filter(|container| container.sandbox == sandbox)
            .map(|container| container.key.uid.clone())
            .collect();
        self.containers.retain(|container| container.sandbox != sandbox);
        for uid in of_sandbox {
            if !self.containers.has_pod(&uid) {
                self.unfollow(&uid);
            }
        }
    }

    /// Checks the containers whose results depend on the node's labels.
    pub fn labels_changed(&self) {
        for container in self.containers.list() {
            if container.reads_node_labels() {
                container.wake(false);
            }
        }
    }

    /// Returns what is known of the changes of a container; `None` if it does not run, or nothing follows.
    #[must_use]
    pub fn status(&self, uid: &str, container: &str) -> Option<ChangeStatus> {
        let container = self.containers.get(uid, container)?;
        self.settings.load().is_enabled.then(|| container.status())
    }

    /// Registers its metrics, under the prefix `podweave_follow`.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    /// Whether a container of this kind follows changes. Init containers end, and ephemeral ones are there for a
    /// look.
    #[must_use]
    pub fn follows(kind: ContainerKind) -> bool {
        matches!(kind, ContainerKind::App | ContainerKind::Sidecar)
    }

    /// Begins to follow the ConfigMaps of a pod, unless they are followed already: each container of it asks for
    /// that.
    fn follow(&self, pod: &Arc<PodRenders>) {
        let uid = &pod.identity.uid;
        let mut followed = self.followed.lock();
        if followed
            .get(uid)
            .is_some_and(|known| known.as_ptr() == Arc::as_ptr(pod))
        {
            return;
        }
        // It may have been forgotten meanwhile, and then nothing would end this.
        if !self.containers.has_pod(uid) {
            return;
        }
        let following = pod.each_container();
        let following = following.filter(|container| container.binding.follow != Follow::None);
        let names: BTreeSet<(&str, &str)> = following.flat_map(|container| container.config_maps()).collect();
        let names = names.into_iter();
        let names = names.map(|(namespace, name)| NamespacedName::new(namespace, name));
        self.follower.set(uid, names.collect());
        followed.insert(uid.clone(), Arc::downgrade(pod));
    }

    /// Ends to follow the ConfigMaps of a pod.
    fn unfollow(&self, uid: &str) {
        let mut followed = self.followed.lock();
        followed.remove(uid);
        self.follower.remove(uid);
    }
}

/// Returns who files of a container belong to: a file that is not readable by every user belongs to the
/// container's user, so that a process that is not root can read it, too. It can do no more with it: the mount
/// is read-only.
pub fn owner_of_files(rendered: &Rendered, user: Owner) -> Owner {
    const READABLE_BY_ALL: u32 = 0o004;
    let mut files = rendered.directories.values().flat_map(BTreeMap::values);
    user.filter(|_| files.any(|file| file.mode & READABLE_BY_ALL == 0))
}
