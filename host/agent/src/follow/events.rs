//! What a pod's owner is told: that files followed a change, or why they did not.

use std::time::Duration;

use podweave_core::identity::PodIdentity;
use tokio::time::sleep;

use super::Following;
use super::tracked::Tracked;
use crate::events::Reason;
use crate::status::CauseStatus;

/// Over how long the Events about a followed change are spread: all nodes of a cluster may follow it at once.
const JITTER: Duration = Duration::from_secs(30);

impl Following {
    /// Tells the pod's owner that files followed a change, unless many pods did. Later, and not at once with
    /// all other nodes.
    pub(super) fn tell_followed(&self, container: &Tracked, causes: &[CauseStatus]) {
        if !container.is_told() {
            return;
        }
        let (events, pod, name) = (
            self.parts.events.clone(),
            container.pod.clone(),
            container.key.container.clone(),
        );
        let note = format!("replaced its rendered files{}", because(causes));
        self.parts.threads.spawn(async move {
            sleep(JITTER.mul_f64(fastrand::f64())).await;
            events.publish(pod, &name, Reason::Followed, &note);
        });
    }

    /// Tells the pod's owner why files do not follow. They stay as they are.
    pub(super) fn tell_failed(&self, container: &Tracked, failure: &str) {
        let pod: PodIdentity = container.pod.clone();
        self.parts.events.publish(
            pod,
            &container.key.container,
            Reason::FollowFailed,
            &format!("the rendered files stay as they are: {failure}"),
        );
    }
}

fn because(causes: &[CauseStatus]) -> String {
    if causes.is_empty() {
        return String::new();
    }
    let named: Vec<String> = causes
        .iter()
        .map(|cause| {
            let keys = if cause.keys.is_empty() {
                String::new()
            } else {
                format!(" ({})", cause.keys.join(", "))
            };
            let version = cause.resource_version.as_deref().unwrap_or("deleted");
            format!("{}/{}@{version}{keys}", cause.namespace, cause.config_map)
        })
        .collect();
    format!(" after a change of {}", named.join(", "))
}
