//! Formats what is known of a container's changes, for `podweave status` and `podweave history`.

use std::time::SystemTime;

use podweave_agent::status::{CauseStatus, ChangeState, ChangeStatus, NodeStatus};
use podweave_core::outline::Difference;
use podweave_core::text::printable;

use crate::status::{SHOWN_BYTES, age};

/// The maximum number of names in one list that are shown.
const SHOWN_NAMES: usize = 10;

/// The maximum length of such a name that is shown.
const SHOWN_NAME_BYTES: usize = 200;

/// A line below a container: its label and its text.
pub type Row = (&'static str, String);

/// Describes why a container does not have what would be rendered now, and what the difference is. There is
/// nothing to say of one that has it.
pub fn rows(change: &ChangeStatus, now: SystemTime) -> Vec<Row> {
    let Some(meaning) = meaning(change.state) else {
        return Vec::new();
    };
    let mut rows = vec![("since", format!("{} ago: {meaning}", age(change.since, now)))];
    if !change.would.is_empty() {
        rows.push(("would", difference(&change.would)));
    }
    for cause in change.causes.iter().take(SHOWN_NAMES) {
        let when = cause
            .at
            .map(|at| format!(" {} ago", age(at, now)))
            .unwrap_or_default();
        rows.push(("cause", format!("ConfigMap {}{when}", self::cause(cause))));
        if let Some(hold) = &cause.hold {
            rows.push(("hold", printable(hold, SHOWN_BYTES)));
        }
    }
    let more = change.causes.len().saturating_sub(SHOWN_NAMES) + change.more_causes;
    if more > 0 {
        rows.push(("cause", format!("and {more} more ConfigMaps")));
    }
    if !change.node_labels.is_empty() {
        rows.push(("cause", format!("node labels {}", names(&change.node_labels))));
    }
    if change.state == ChangeState::Outdated && change.causes.is_empty() && change.node_labels.is_empty() {
        let other = "no change of a ConfigMap; a plugin or podweave was upgraded, for example";
        rows.push(("cause", other.to_owned()));
    }
    if let Some(failure) = &change.failure {
        rows.push(("failure", printable(failure, SHOWN_BYTES)));
    }
    rows
}

/// Formats a ConfigMap that has changed as `namespace/name@version (keys) by WRITER`.
pub fn cause(cause: &CauseStatus) -> String {
    let shown = |text: &str| printable(text, SHOWN_NAME_BYTES);
    let version = cause.resource_version.as_deref().unwrap_or("deleted");
    let keys = match cause.keys.as_slice() {
        [] => String::new(),
        keys => format!(" ({})", names(keys)),
    };
    let writer = cause
        .by
        .as_deref()
        .map(|by| format!(" by {}", shown(by)))
        .unwrap_or_default();
    format!(
        "{}/{}@{}{keys}{writer}",
        shown(&cause.namespace),
        shown(&cause.config_map),
        shown(version)
    )
}

/// Counts the running containers by state: `2 current`, `1 held`.
pub fn sums(status: &NodeStatus) -> Vec<String> {
    let containers = status.pods.iter().flat_map(|pod| &pod.containers);
    let states: Vec<ChangeState> = containers
        .filter_map(|container| container.change.as_ref().map(|change| change.state))
        .collect();
    let count = |state: ChangeState| states.iter().filter(|other| **other == state).count();
    ChangeState::ALL
        .into_iter()
        .map(|state| (count(state), state))
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{count} {}", state.name()))
        .collect()
}

/// Says what a state means; `None` if the container has what would be rendered now.
fn meaning(state: ChangeState) -> Option<&'static str> {
    match state {
        ChangeState::Current => None,
        ChangeState::Waiting => Some("its files are about to be replaced"),
        ChangeState::Held => Some("it keeps what it has until podweave.dev/hold is removed"),
        ChangeState::Outdated => Some("only a new container gets what is rendered now"),
        ChangeState::Failing => Some("the render fails now; it keeps what it has"),
        ChangeState::Pinned => Some("it does not follow changes (podweave.dev/follow: none)"),
        ChangeState::Unknown => Some("the agent cannot tell whether it has what is rendered now"),
    }
}

fn difference(would: &Difference) -> String {
    let mut parts = Vec::new();
    let mut add = |what: &str, list: &[String]| {
        if !list.is_empty() {
            parts.push(format!("{what} {}", names(list)));
        }
    };
    add("variables", &would.env);
    add("mounts", &would.mounts);
    add("files", &would.files);
    if would.args {
        parts.push("arguments".to_owned());
    }
    format!("change {}", parts.join("; "))
}

fn names(all: &[String]) -> String {
    let mut shown: Vec<String> = all
        .iter()
        .take(SHOWN_NAMES)
        .map(|name| printable(name, SHOWN_NAME_BYTES))
        .collect();
    if all.len() > SHOWN_NAMES {
        shown.push(format!("and {} more", all.len() - SHOWN_NAMES));
    }
    shown.join(", ")
}
