//! Publishes Events on pods: that files followed a change, or why they did not.

use std::time::Duration;

use tokio::time::sleep;

use super::Following;
use super::tracked::Tracked;
use crate::events::Reason;
use crate::status::CauseStatus;

/// Over how long the Events about a followed change are spread: all nodes of a cluster may follow it at once.
const JITTER: Duration = Duration::from_secs(30);

impl Following {
    /// Publishes that files followed a change, unless many pods follow it. Later, and not at the same time as all
    /// other nodes.
    pub(super) fn publish_followed(&self, container: &Tracked, causes: &[CauseStatus]) {
        if !container.is_announced() {
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

    /// Publishes why files do not follow. They stay as they are.
    pub(super) fn publish_failed(&self, container: &Tracked, failure: &str) {
        self.parts.events.publish(
            container.pod.clone(),
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
