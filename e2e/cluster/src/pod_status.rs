//! What the status of a pod says.

use std::net::IpAddr;

use k8s_openapi::api::core::v1 as core;

pub(crate) fn phase(pod: &core::Pod) -> &str {
    pod.status
        .as_ref()
        .and_then(|status| status.phase.as_deref())
        .unwrap_or_default()
}

pub(crate) fn is_ready(pod: &core::Pod) -> bool {
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    conditions
        .iter()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

pub(crate) fn address(pod: &core::Pod) -> Option<IpAddr> {
    pod.status.as_ref()?.pod_ip.as_deref()?.parse().ok()
}

/// Returns the statuses of all containers of all kinds.
fn statuses(pod: &core::Pod) -> impl Iterator<Item = &core::ContainerStatus> {
    let status = pod.status.as_ref();
    let lists = status.map(|status| {
        [
            &status.init_container_statuses,
            &status.container_statuses,
            &status.ephemeral_container_statuses,
        ]
    });
    lists.into_iter().flatten().flatten().flatten()
}

pub(crate) fn status(pod: &core::Pod, container: &str) -> Option<core::ContainerStatus> {
    statuses(pod).find(|status| status.name == container).cloned()
}

pub(crate) fn waiting(pod: &core::Pod, container: &str) -> Option<(String, String)> {
    let waiting = status(pod, container)?.state?.waiting?;
    Some((
        waiting.reason.unwrap_or_default(),
        waiting.message.unwrap_or_default(),
    ))
}

/// Describes the phase and the state of each container, for a message.
pub(crate) fn states(pod: &core::Pod) -> String {
    let containers = statuses(pod).map(|status| {
        format!(
            "{}: {}",
            status.name,
            serde_json::to_string(&status.state).unwrap_or_default()
        )
    });
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let conditions = conditions
        .filter(|condition| condition.status != "True")
        .map(|condition| format!("not {}", condition.type_));
    std::iter::once(phase(pod).to_owned())
        .chain(conditions)
        .chain(containers)
        .collect::<Vec<_>>()
        .join(", ")
}
