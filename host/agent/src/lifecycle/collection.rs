//! Removes what pods leave behind: their files and their records.
//!
//! Both stay as long as the API server has the pod or the runtime has a PodSandbox of it. The rest is removed
//! once both have reported everything that they have, also after a restart.

use std::collections::HashSet;
use std::sync::Arc;

use tracing::warn;

use super::sandboxes::Sandboxes;
use crate::records::Records;
use crate::renders::Renders;
use crate::volumes::Volumes;

/// Removes files and records that nothing needs any more.
pub(super) struct Collector {
    renders: Renders,
    sandboxes: Arc<Sandboxes>,
    volumes: Arc<Volumes>,
    records: Arc<Records>,
}

impl Collector {
    pub(super) fn new(
        renders: Renders,
        sandboxes: Arc<Sandboxes>,
        volumes: Arc<Volumes>,
        records: Arc<Records>,
    ) -> Self {
        Self {
            renders,
            sandboxes,
            volumes,
            records,
        }
    }

    /// Removes what is kept for pods that neither the API server nor the runtime has, once both have reported
    /// everything.
    pub(super) fn remove_orphans(&self) {
        if !self.renders.watch().has_listed() || !self.sandboxes.is_complete() {
            return;
        }
        let mut kept: HashSet<String> = self.volumes.pod_uids().into_iter().collect();
        kept.extend(self.records.uids());
        kept.retain(|uid| !self.sandboxes.has_pod(uid) && !self.renders.is_alive(uid));
        self.remove(kept.into_iter().collect());
    }

    /// Removes what is kept for a pod that the API server does not have any more, unless the runtime has a
    /// PodSandbox of it.
    pub(super) fn remove_unless_used(&self, uid: String) {
        if self.sandboxes.is_complete() && !self.sandboxes.has_pod(&uid) {
            self.remove(vec![uid]);
        }
    }

    /// Removes what is kept for a pod that has no PodSandbox any more, unless the API server has the pod.
    pub(super) fn remove_without_sandbox(&self, uid: String) {
        // While the API server is away, the pod may still exist: the next list decides.
        if self.renders.watch().has_listed() && !self.renders.is_alive(&uid) {
            self.remove(vec![uid]);
        }
    }

    /// Removes what is kept for pods, on a thread that may wait for the disk.
    fn remove(&self, uids: Vec<String>) {
        if uids.is_empty() {
            return;
        }
        let (volumes, records) = (Arc::clone(&self.volumes), Arc::clone(&self.records));
        tokio::task::spawn_blocking(move || {
            for uid in uids {
                if let Err(error) = volumes.remove_pod(&uid) {
                    warn!(uid, %error, "cannot remove the files of a deleted pod");
                }
                if let Err(error) = records.remove(&uid) {
                    warn!(uid, %error, "cannot remove the record of a deleted pod");
                }
            }
        });
    }
}
