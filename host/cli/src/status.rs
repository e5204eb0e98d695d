//! `podweave status`.

use std::fmt::Write as _;
use std::time::SystemTime;

use anyhow::{Result, anyhow};
use podweave_agent::status::{
    ChangeState, ChangeStatus, ContainerState, ContainerStatus, NodeStatus, PodStatus, RuntimeState, Time,
    fetch,
};
use podweave_core::text::printable;

use crate::arguments::StatusArguments;
use crate::messages::{BAD, FAINT, GOOD, HEADING, NAME, WARNING, styled};
use crate::shared_arguments::ReportOutput;
use crate::{EXIT_OK, change, messages};

/// The maximum length of a reason that is shown.
pub const SHOWN_BYTES: usize = 2000;

/// The title of the column of containers.
const CONTAINER: &str = "CONTAINER";

/// The length of the longest name of a change's state.
const CHANGE_WIDTH: usize = 8;

pub async fn run(arguments: StatusArguments) -> Result<u8> {
    let status = fetch(&arguments.socket)
        .await
        .map_err(|error| anyhow!("{error}; {}", error.remedy()))?;
    match arguments.output {
        ReportOutput::Table => messages::print(&table(&status, SystemTime::now()))?,
        ReportOutput::Json => messages::print_raw(&format!("{}\n", serde_json::to_string_pretty(&status)?))?,
    }
    Ok(EXIT_OK)
}

fn table(status: &NodeStatus, now: SystemTime) -> String {
    let mut text = String::new();
    let agent = &status.agent;
    let _ = writeln!(
        text,
        "{}",
        styled(HEADING, &format!("node {}", printable(&agent.node, 300)))
    );
    let mut row = |label: &str, value: String| {
        let _ = writeln!(
            text,
            "{}{}{value}",
            styled(NAME, label),
            " ".repeat(12 - label.len())
        );
    };
    row(
        "agent",
        format!(
            "podweave {}, for {}",
            printable(&agent.version, 80),
            age(agent.started_at, now)
        ),
    );
    row("runtime", runtime(status));
    row("API server", api_server(status, now));
    row("protection", protection(status));
    let counts = &status.counts;
    let sums = [
        (counts.rendered, ContainerState::Rendered),
        (counts.skipped, ContainerState::Skipped),
        (counts.ignored, ContainerState::Ignored),
        (counts.failed, ContainerState::Failed),
        (counts.waiting, ContainerState::Waiting),
    ];
    let sums: Vec<String> = sums
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{count} {}", state.name()))
        .collect();
    row(
        "pods",
        format!(
            "{} opted in, {} containers{}",
            counts.pods,
            counts.containers,
            sums.iter().map(|sum| format!(", {sum}")).collect::<String>()
        ),
    );
    let changes = change::sums(status);
    if !changes.is_empty() {
        row("changes", changes.join(", "));
    }
    pods(&mut text, &status.pods, now);
    text
}

fn runtime(status: &NodeStatus) -> String {
    let runtime = &status.agent.runtime;
    let shown = |text: &Option<String>| {
        text.as_deref()
            .map(|text| printable(text, 80))
            .unwrap_or_default()
    };
    match runtime.state {
        RuntimeState::Ready => {
            let nri = runtime
                .nri
                .as_ref()
                .map(|_| format!(", NRI {}", shown(&runtime.nri)))
                .unwrap_or_default();
            format!(
                "{} {} {}{nri}",
                styled(GOOD, "ready"),
                shown(&runtime.name),
                shown(&runtime.version)
            )
        }
        RuntimeState::Registering => styled(
            WARNING,
            "registering; until then no container of an opted-in pod is created",
        ),
        RuntimeState::Stopped => styled(WARNING, "the agent is stopping"),
        RuntimeState::Disconnected => {
            let reason = runtime
                .failure
                .as_deref()
                .map(|failure| format!(": {}", printable(failure, SHOWN_BYTES)))
                .unwrap_or_default();
            format!("{}{reason}", styled(BAD, "not connected"))
        }
    }
}

fn api_server(status: &NodeStatus, now: SystemTime) -> String {
    let server = &status.agent.api_server;
    let failure = server
        .failure
        .as_deref()
        .map(|failure| printable(failure, SHOWN_BYTES));
    let when = server
        .failed_at
        .map(|at| format!(" ({} ago)", age(at, now)))
        .unwrap_or_default();
    match (server.reachable, failure) {
        (true, None) => styled(GOOD, "reachable"),
        (true, Some(failure)) => format!("{}, last failure{when}: {failure}", styled(GOOD, "reachable")),
        (false, failure) => format!(
            "{}{when}{}",
            styled(BAD, "not reachable"),
            failure.map(|failure| format!(": {failure}")).unwrap_or_default()
        ),
    }
}

fn protection(status: &NodeStatus) -> String {
    let Some(seen) = &status.agent.protection else {
        return styled(FAINT, "unknown until a container is created");
    };
    let one = |name: &str, there: bool| {
        if there {
            styled(GOOD, name)
        } else {
            styled(BAD, &format!("no {name}"))
        }
    };
    let advice = if seen.guard && seen.validator {
        ""
    } else {
        "; podweave doctor says what to do"
    };
    format!(
        "{}, {}{advice}",
        one("guard", seen.guard),
        one("validator", seen.validator)
    )
}

fn pods(text: &mut String, pods: &[PodStatus], now: SystemTime) {
    let names = pods.iter().flat_map(|pod| &pod.containers).map(name);
    let Some(longest) = names.map(|name| name.chars().count()).max() else {
        return pods.iter().for_each(|pod| heading(text, pod));
    };
    let width = longest.max(CONTAINER.len());
    let titles = format!(
        "{CONTAINER}{}  CHANGE    RENDER",
        " ".repeat(width - CONTAINER.len())
    );
    let _ = writeln!(text, "\n  {}", styled(FAINT, &titles));
    for pod in pods {
        heading(text, pod);
        for container in &pod.containers {
            let name = name(container);
            let padding = " ".repeat(width - name.chars().count());
            let _ = writeln!(
                text,
                "  {}{padding}  {}  {}",
                styled(NAME, &name),
                change(container.change.as_ref()),
                self::container(container, now)
            );
            let rows = container
                .change
                .iter()
                .flat_map(|change| change::rows(change, now));
            for (label, value) in rows {
                let padding = " ".repeat(9 - label.len());
                let _ = writeln!(text, "    {}{padding}{value}", styled(FAINT, label));
            }
        }
    }
}

fn name(container: &ContainerStatus) -> String {
    printable(&container.name, 80)
}

fn heading(text: &mut String, pod: &PodStatus) {
    let _ = writeln!(
        text,
        "\n{}",
        styled(
            HEADING,
            &format!("{}/{}", printable(&pod.namespace, 80), printable(&pod.name, 300))
        )
    );
    if let Some(failure) = &pod.failure {
        let _ = writeln!(
            text,
            "  {} {}",
            styled(BAD, "failed"),
            printable(failure, SHOWN_BYTES)
        );
    }
}

/// Formats the column of a container's change.
fn change(change: Option<&ChangeStatus>) -> String {
    let (style, name) = match change.map(|change| change.state) {
        None => (FAINT, "-"),
        Some(state) => {
            let style = match state {
                ChangeState::Current => GOOD,
                ChangeState::Failing => BAD,
                ChangeState::Pinned => FAINT,
                ChangeState::Waiting | ChangeState::Held | ChangeState::Outdated | ChangeState::Unknown => {
                    WARNING
                }
            };
            (style, state.name())
        }
    };
    let padding = " ".repeat(CHANGE_WIDTH - name.len());
    format!("{}{padding}", styled(style, name))
}

fn container(container: &ContainerStatus, now: SystemTime) -> String {
    let style = match container.state {
        ContainerState::Rendered => GOOD,
        ContainerState::Skipped => FAINT,
        ContainerState::Ignored | ContainerState::Waiting => WARNING,
        ContainerState::Failed => BAD,
    };
    let mut line = styled(style, container.state.name());
    let plugins: Vec<String> = container
        .plugins
        .iter()
        .map(|plugin| printable(&plugin.reference, 200))
        .collect();
    if !plugins.is_empty() {
        let _ = write!(line, " by {}", plugins.join(", then "));
    }
    if let Some(at) = container.rendered_at {
        let _ = write!(line, " {} ago", age(at, now));
    }
    // The age is shown only if they are not fresh.
    if let Some(seconds) = container.oldest_input_seconds.filter(|seconds| *seconds > 0) {
        let _ = write!(line, ", from ConfigMaps of {} ago", duration(seconds));
    }
    if let Some(digest) = &container.output_digest {
        let _ = write!(line, " {}", styled(FAINT, &printable(digest, 19)));
    }
    if let Some(failure) = &container.failure {
        let _ = write!(line, ": {}", printable(failure, SHOWN_BYTES));
    }
    line
}

/// Formats how long ago something was.
pub fn age(time: Time, now: SystemTime) -> String {
    duration(now.duration_since(time.into()).unwrap_or_default().as_secs())
}

/// Formats an age as kubectl does, with the two largest units.
fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{}s", seconds % 60),
        (0, _, _) => format!("{hours}h{minutes}m"),
        _ => format!("{days}d{hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn ages_have_the_two_units_that_matter() {
        for (seconds, shown) in [
            (0, "0s"),
            (59, "59s"),
            (61, "1m1s"),
            (3600, "1h0m"),
            (90_061, "1d1h"),
        ] {
            assert_eq!(duration(seconds), shown);
        }
    }
}
