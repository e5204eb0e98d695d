//! `podweave history`.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::SystemTime;

use anyhow::{Result, anyhow, bail};
use podweave_agent::status::{ContainerStatus, HistoryEntry, NodeStatus, PodStatus, fetch};
use podweave_core::api::API_VERSION;
use podweave_core::outline::Part;
use podweave_core::text::{did_you_mean, list, printable, quoted};
use serde::Serialize;
use serde_json::json;

use crate::arguments::HistoryArguments;
use crate::messages::{FAINT, HEADING, NAME, styled};
use crate::shared_arguments::ReportOutput;
use crate::{EXIT_OK, Usage, change, messages};

/// The maximum length of a name that is shown.
const SHOWN_NAME_BYTES: usize = 300;

/// The length of a digest that is shown, as in `podweave status`.
const SHOWN_DIGEST_BYTES: usize = 19;

/// What a container was given at a time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    namespace: &'a str,
    pod: &'a str,
    uid: &'a str,
    container: &'a str,
    #[serde(flatten)]
    given: &'a HistoryEntry,
}

pub async fn run(arguments: HistoryArguments) -> Result<u8> {
    let status = fetch(&arguments.socket)
        .await
        .map_err(|error| anyhow!("{error}; {}", error.remedy()))?;
    let entries = entries(&status, &arguments)?;
    match arguments.output {
        ReportOutput::Table => messages::print(&table(&entries))?,
        ReportOutput::Json => {
            let document = json!({ "apiVersion": API_VERSION, "kind": "HistoryList", "items": entries });
            messages::print_raw(&format!("{}\n", serde_json::to_string_pretty(&document)?))?;
        }
    }
    Ok(EXIT_OK)
}

/// Lists what the containers were given, the latest first.
fn entries<'a>(status: &'a NodeStatus, arguments: &HistoryArguments) -> Result<Vec<Entry<'a>>> {
    let pods = pods(status, arguments)?;
    let containers = containers(&pods, arguments)?;
    let mut entries: Vec<Entry<'_>> = containers
        .into_iter()
        .filter_map(|(pod, container)| Some((pod, container, container.change.as_ref()?)))
        .flat_map(|(pod, container, change)| {
            change.history.iter().map(|given| Entry {
                namespace: &pod.namespace,
                pod: &pod.name,
                uid: &pod.uid,
                container: &container.name,
                given,
            })
        })
        .collect();
    if entries.is_empty() {
        let (whose, what) = match &arguments.container {
            Some(container) => (format!("container {} of ", quoted(container)), "it does not run"),
            None => (String::new(), "none of its containers runs"),
        };
        bail!(
            "{whose}pod {} has no history: {what}, or files do not follow changes on this node; podweave doctor says whether they do",
            quoted(&arguments.pod)
        );
    }
    // The sort is stable: entries of the same second keep the order that the agent gives them.
    entries.sort_by_key(|entry| Reverse(SystemTime::from(entry.given.at)));
    Ok(entries)
}

/// Finds the pod by its name: several if one takes the place of another.
fn pods<'a>(status: &'a NodeStatus, arguments: &HistoryArguments) -> Result<Vec<&'a PodStatus>> {
    let is_asked_for = |pod: &&PodStatus| {
        let namespace = arguments.namespace.as_ref();
        pod.name == arguments.pod && namespace.is_none_or(|namespace| pod.namespace == *namespace)
    };
    let pods: Vec<&PodStatus> = status.pods.iter().filter(is_asked_for).collect();
    let namespaces: BTreeSet<&str> = pods.iter().map(|pod| pod.namespace.as_str()).collect();
    if namespaces.len() > 1 {
        return Err(Usage(format!(
            "pods of the name {} are in the namespaces {}; choose one with -n",
            quoted(&arguments.pod),
            list(namespaces)
        ))
        .into());
    }
    if pods.is_empty() {
        let place = match &arguments.namespace {
            Some(namespace) => format!(" in namespace {}", quoted(namespace)),
            None => String::new(),
        };
        bail!(
            "node {} has no opted-in pod {}{place}; podweave status lists those that it has",
            quoted(&status.agent.node),
            quoted(&arguments.pod)
        );
    }
    Ok(pods)
}

fn containers<'a>(
    pods: &[&'a PodStatus],
    arguments: &HistoryArguments,
) -> Result<Vec<(&'a PodStatus, &'a ContainerStatus)>> {
    let all = || {
        pods.iter()
            .flat_map(|pod| pod.containers.iter().map(|container| (*pod, container)))
    };
    let Some(name) = &arguments.container else {
        return Ok(all().collect());
    };
    let found: Vec<_> = all().filter(|(_, container)| container.name == *name).collect();
    if found.is_empty() {
        let known = all().map(|(_, container)| container.name.as_str());
        bail!(
            "pod {} has no container {}{}",
            quoted(&arguments.pod),
            quoted(name),
            did_you_mean(name, known)
        );
    }
    Ok(found)
}

fn table(entries: &[Entry<'_>]) -> String {
    let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
    let heading = ["TIME", "CONTAINER", "OUTCOME", "FILES", "CAUSES"];
    let widths: Vec<usize> = heading
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(name.len())
        })
        .collect();
    let mut text = String::new();
    let mut line = |cells: [&str; 5], style: &dyn Fn(usize, &str) -> String| {
        for (column, cell) in cells.iter().enumerate() {
            let is_last = column + 1 == cells.len();
            let padding = if is_last {
                0
            } else {
                widths[column] + 2 - cell.chars().count()
            };
            let _ = write!(text, "{}{}", style(column, cell), " ".repeat(padding));
        }
        text.push('\n');
    };
    line(heading, &|_, name| styled(HEADING, name));
    for row in &rows {
        line(row.each_ref().map(String::as_str), &|column, cell| match column {
            1 => styled(NAME, cell),
            3 => styled(FAINT, cell),
            _ => cell.to_owned(),
        });
    }
    text
}

fn row(entry: &Entry<'_>) -> [String; 5] {
    let given = entry.given;
    let files = Part::parse(&given.files).map_or_else(|| given.files.clone(), |part| part.digest.to_string());
    let causes: Vec<String> = given.causes.iter().map(change::cause).collect();
    [
        given.at.to_string(),
        printable(entry.container, SHOWN_NAME_BYTES),
        given.outcome.name().to_owned(),
        printable(&files, SHOWN_DIGEST_BYTES),
        if causes.is_empty() {
            "-".to_owned()
        } else {
            causes.join(", ")
        },
    ]
}
