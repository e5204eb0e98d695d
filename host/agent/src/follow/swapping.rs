//! Replaces the files of a running container, and keeps what it was given.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use podweave_config_maps::NamespacedName;
use podweave_core::change::{Decision, Delivered};
use podweave_core::merge::Rendered;
use podweave_core::outputs::File;
use tokio::time::sleep;
use tracing::{info, warn};

use super::metrics::Outcome;
use super::shown::{Causes, entry};
use super::state::Kept;
use super::tracked::{Tracked, remember};
use super::{Following, owner_of_files};
use crate::renders::Attempt;
use crate::status::HistoryOutcome;
use crate::volumes::{Followed, NewFiles, Volumes, VolumesError};

/// Files, by their directory in the container and their path in it.
type Directories = BTreeMap<String, BTreeMap<String, File>>;

impl Following {
    /// Replaces the files of a container with those of a result, and notes that it has them.
    ///
    /// # Errors
    /// Why they could not be replaced, for people. They are as before, or another call completes them.
    pub(super) async fn swap(
        &self,
        container: &Tracked,
        attempt: &Arc<Attempt>,
        decision: &Decision,
    ) -> Result<(), String> {
        let next = self.next(container, attempt, decision);
        // Before the files: an agent that ends in between must not take this change for one that is still to
        // come, since it may render with another plugin by then. Its first check compares the files themselves.
        self.write_state(container, &next, attempt.number).await;
        let followed = self.replace(container, Arc::clone(attempt)).await;
        let followed = followed.map_err(|error| error.to_string())?;
        match followed {
            // A container of this name is being created with a later result, or its files are gone: this one
            // does not run any more.
            Followed::Superseded | Followed::Gone => return Ok(()),
            Followed::Swapped => self.remove_old_later(container, attempt.number),
            Followed::Unchanged => {}
        }
        let causes = next
            .history
            .first()
            .map(|entry| entry.causes.clone())
            .unwrap_or_default();
        let changed = {
            let mut state = container.state();
            state.is_verified = true;
            state.sequence = Some(attempt.number);
            state.running.started = Some(next.started);
            state.running.in_place = Some(next.in_place);
            state.history = next.history;
            state.take_room(&self.room);
            state.changed.take()
        };
        if decision.swap && followed == Followed::Swapped {
            self.metrics.count(Outcome::Followed);
            if let Some(changed) = changed {
                self.metrics.observe(changed.elapsed());
            }
            let (pod, name) = (&container.pod, &container.key.container);
            info!(%pod, uid = pod.uid, container = name, "rendered files followed a change");
            self.publish_followed(container, &causes);
        }
        Ok(())
    }

    /// What is kept of a container whose files are those of an attempt.
    fn next(&self, container: &Tracked, attempt: &Attempt, decision: &Decision) -> Kept {
        let state = container.state();
        let mut history = state.history.clone();
        if decision.swap {
            let causes = Causes::of(&decision.causes, &self.parts.config_maps).config_maps;
            let (outcome, used) = (HistoryOutcome::Followed, attempt.config_maps());
            let latest = entry(outcome, causes, &attempt.delivered, used, &self.parts.config_maps);
            remember(&mut history, latest);
        }
        // The fixed part stays that of the start, so the result as a whole does if that differs.
        let started = state
            .running
            .started
            .clone()
            .filter(|_| decision.would.is_fixed());
        Kept {
            id: container.id.clone(),
            user: state.user,
            started: started.unwrap_or_else(|| attempt.delivered.clone()),
            in_place: attempt.delivered.clone(),
            history,
        }
    }

    async fn replace(&self, container: &Tracked, attempt: Arc<Attempt>) -> Result<Followed, VolumesError> {
        let (volumes, key) = (Arc::clone(&self.parts.volumes), container.key.clone());
        let (user, started) = {
            let state = container.state();
            (state.user, state.running.started.clone())
        };
        let work = move || match &attempt.result {
            Ok(rendered) => {
                let directories = mounted(rendered, started.as_ref());
                let new = NewFiles {
                    directories: &directories,
                    owner: owner_of_files(rendered, user),
                    sequence: attempt.number,
                };
                volumes.follow(&key.uid, &key.container, &new)
            }
            Err(_) => Ok(Followed::Superseded),
        };
        // The files are on a tmpfs, so this takes microseconds; but a container may have a thousand of them.
        self.blocking(work).await.unwrap_or(Ok(Followed::Gone))
    }

    /// Removes the replaced files when readers that have them open have had their time.
    fn remove_old_later(&self, container: &Tracked, sequence: u64) {
        let (volumes, key) = (Arc::clone(&self.parts.volumes), container.key.clone());
        let linger = self.settings.load().linger;
        self.parts.threads.spawn(async move {
            sleep(linger).await;
            let removed = tokio::task::spawn_blocking(move || {
                if let Err(error) = volumes.remove_old(&key.uid, &key.container, sequence) {
                    warn!(uid = key.uid, container = key.container, %error, "cannot remove replaced files");
                }
            });
            // A panic is logged where it happens.
            let _ = removed.await;
        });
    }

    /// Notes that a container has what would be rendered now, though something that was read may have
    /// changed.
    pub(super) async fn note_current(&self, container: &Tracked, delivered: &Delivered) {
        {
            let mut state = container.state();
            if state.running.started.as_ref() == Some(delivered) && state.is_verified {
                return;
            }
            state.is_verified = true;
            state.running.started = Some(delivered.clone());
            state.running.in_place = Some(delivered.clone());
            state.take_room(&self.room);
        }
        self.keep_state(container).await;
    }

    /// Notes what a container is created with, and the ConfigMaps that were used for it.
    pub(super) async fn note_created(&self, container: &Tracked, used: Vec<NamespacedName>) {
        {
            let mut state = container.state();
            let Some(started) = state.running.started.clone() else {
                return;
            };
            let (outcome, used) = (HistoryOutcome::Created, used.into_iter());
            let entry = entry(outcome, Vec::new(), &started, used, &self.parts.config_maps);
            remember(&mut state.history, entry);
            state.take_room(&self.room);
        }
        self.keep_state(container).await;
    }

    /// Keeps beside the files what a container was given, as it is known now.
    async fn keep_state(&self, container: &Tracked) {
        let (kept, sequence) = {
            let state = container.state();
            let (Some(started), Some(in_place)) = (&state.running.started, &state.running.in_place) else {
                return;
            };
            let kept = Kept {
                id: container.id.clone(),
                user: state.user,
                started: started.clone(),
                in_place: in_place.clone(),
                history: state.history.clone(),
            };
            // What another process has rendered is older than everything of this one.
            (kept, state.sequence.unwrap_or_default())
        };
        self.write_state(container, &kept, sequence).await;
    }

    async fn write_state(&self, container: &Tracked, kept: &Kept, sequence: u64) {
        let (volumes, key) = (Arc::clone(&self.parts.volumes), container.key.clone());
        let document = kept.to_json();
        let work = move || volumes.keep_state(&key.uid, &key.container, sequence, &document);
        if let Some(Err(error)) = self.blocking(work).await {
            let (pod, name) = (&container.pod, &container.key.container);
            warn!(%pod, uid = pod.uid, container = name, %error, "cannot keep what the container was given; after a restart of the agent its files stay as they are until it is created again");
        }
    }

    /// Reads what was kept of a container.
    pub(super) async fn kept(&self, uid: &str, container: &str, id: &str) -> Option<Kept> {
        let (volumes, uid, container, id) = (
            Arc::clone(&self.parts.volumes),
            uid.to_owned(),
            container.to_owned(),
            id.to_owned(),
        );
        let read = move || read(&volumes, &uid, &container, &id);
        self.blocking(read).await.flatten()
    }

    /// Does something that waits for the disk; `None` if it panicked, which is in the log.
    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        self.parts.threads.spawn_blocking(work).await.ok()
    }
}

fn read(volumes: &Volumes, uid: &str, container: &str, id: &str) -> Option<Kept> {
    match volumes.state(uid, container) {
        Ok(document) => Kept::read(&document?, id),
        Err(error) => {
            warn!(uid, container, %error, "cannot read what the container was given");
            None
        }
    }
}

/// The directories of a result that a container has mounted: those that it was created with.
fn mounted<'a>(rendered: &'a Rendered, started: Option<&Delivered>) -> Cow<'a, Directories> {
    let is_mounted =
        |directory: &String| started.is_some_and(|started| started.outline.directories.contains(directory));
    if rendered.directories.keys().all(is_mounted) {
        return Cow::Borrowed(&rendered.directories);
    }
    let mut directories = rendered.directories.clone();
    directories.retain(|directory, _| is_mounted(directory));
    Cow::Owned(directories)
}
