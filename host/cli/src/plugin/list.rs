//! `podweave plugin list`: lists the pulled plugins, or the tags in a registry.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use anyhow::Result;
use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::status::Time;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_core::text::Shown as _;
use podweave_core::text::human_size;
use podweave_core::text::printable;
use podweave_plugin_store::{ArtifactRecord, ArtifactStore};
use podweave_plugin_store::{CachedCode, CodeCache};
use serde::Serialize;
use serde_json::json;

use crate::messages::{FAINT, HEADING, NAME, styled};
use crate::plugin::arguments::ListArguments;
use crate::plugin::registry;
use crate::session::Session;
use crate::shared_arguments::{RenderEnvironment, ReportOutput};
use crate::status::age;
use crate::{EXIT_OK, messages};

/// A pulled plugin.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    /// Registry and repository.
    name: String,
    /// The tags that pointed to it when the registry was last asked.
    tags: Vec<String>,
    manifest: Digest,
    component: Digest,
    size: u64,
    /// The number of its signatures; `null` if the registry was not asked for them.
    signatures: Option<usize>,
    /// Whether its code is compiled for this version of podweave.
    compiled: bool,
    compile_milliseconds: Option<u64>,
    last_used: Time,
}

pub async fn run(arguments: ListArguments) -> Result<u8> {
    match &arguments.repository {
        Some(repository) => tags(&arguments, repository).await,
        None => kept(&arguments),
    }
}

async fn tags(arguments: &ListArguments, repository: &OciReference) -> Result<u8> {
    let access = registry::access(&arguments.registry, repository).await?;
    let tags = registry::client()?.tags(repository, &access).await?;
    match arguments.output {
        ReportOutput::Table => messages::print(
            &tags
                .iter()
                .map(|tag| printable(tag, 128) + "\n")
                .collect::<String>(),
        )?,
        ReportOutput::Json => messages::print_raw(&format!(
            "{}\n",
            serde_json::to_string_pretty(&json!({ "name": repository.name(), "tags": tags }))?
        ))?,
    }
    Ok(EXIT_OK)
}

fn kept(arguments: &ListArguments) -> Result<u8> {
    let session = Session::new(&RenderEnvironment::default())?;
    let of_node = arguments
        .node
        .then(|| AgentConfiguration::read(arguments.config.as_deref()))
        .transpose()?
        .map(|configuration| configuration.directories);
    let (library, cache) = match &of_node {
        Some(node) => (
            &ArtifactStore::bounded(node.plugins.clone(), ArtifactStore::DEFAULT_BYTES),
            &CodeCache::new(node.code.clone()),
        ),
        None => (session.store.artifacts(), session.store.cache()),
    };
    let entries = entries(library, cache, &session.sandbox.engine_id());
    match arguments.output {
        ReportOutput::Table if entries.is_empty() => messages::note(&format!(
            "there are no pulled plugins in {}",
            library.directory().shown()
        )),
        ReportOutput::Table => messages::print(&table(&entries, SystemTime::now()))?,
        ReportOutput::Json => messages::print_raw(&format!(
            "{}\n",
            serde_json::to_string_pretty(&json!({ "items": entries }))?
        ))?,
    }
    Ok(EXIT_OK)
}

/// Lists the pulled plugins, the last used one first.
fn entries(library: &ArtifactStore, cache: &CodeCache, engine: &str) -> Vec<Entry> {
    let codes = cache.entries(engine).into_iter().filter(|code| code.is_current);
    let codes: BTreeMap<Digest, CachedCode> = codes.map(|code| (code.component, code)).collect();
    let (pulls, tags) = library.records();
    let tags_of = |record: &ArtifactRecord| {
        let mine = tags.iter().filter(|tag| tag.manifest == record.manifest);
        let mut mine: Vec<String> = mine
            .filter_map(|tag| {
                tag.reference
                    .strip_prefix(&format!("{}:", record.name))
                    .map(str::to_owned)
            })
            .collect();
        mine.sort();
        mine
    };
    let entry = |(record, used): (ArtifactRecord, SystemTime)| {
        let code = codes.get(&record.component);
        let used = code.map_or(used, |code| code.used.max(used));
        Entry {
            tags: tags_of(&record),
            signatures: record.signatures.as_ref().map(Vec::len),
            compiled: code.is_some(),
            compile_milliseconds: code
                .and_then(|code| code.compiled_in)
                .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            last_used: used.into(),
            name: record.name,
            manifest: record.manifest,
            component: record.component,
            size: record.size,
        }
    };
    let mut entries: Vec<Entry> = pulls.into_iter().map(entry).collect();
    entries.sort_by_key(|entry| (Reverse(SystemTime::from(entry.last_used)), entry.name.clone()));
    entries
}

fn table(entries: &[Entry], now: SystemTime) -> String {
    let mut text = String::new();
    for entry in entries {
        let _ = writeln!(text, "{}", styled(HEADING, &printable(&entry.name, 400)));
        let mut row = |label: &str, value: &str| {
            let _ = writeln!(
                text,
                "  {}{}{value}",
                styled(NAME, label),
                " ".repeat(12 - label.len())
            );
        };
        row(
            "tags",
            &if entry.tags.is_empty() {
                styled(FAINT, "none known")
            } else {
                printable(&entry.tags.join(", "), 1000)
            },
        );
        row("digest", &entry.manifest.to_string());
        row(
            "component",
            &format!(
                "{} ({})",
                entry.component,
                human_size(usize::try_from(entry.size).unwrap_or(usize::MAX))
            ),
        );
        row(
            "compiled",
            &match (entry.compiled, entry.compile_milliseconds) {
                (true, Some(milliseconds)) => format!("in {milliseconds} ms"),
                (true, None) => "yes".to_owned(),
                (false, _) => styled(FAINT, "not for this version"),
            },
        );
        row("last use", &format!("{} ago", age(entry.last_used, now)));
        row(
            "signatures",
            &match entry.signatures {
                None => styled(FAINT, "not looked for"),
                Some(0) => "none".to_owned(),
                Some(count) => count.to_string(),
            },
        );
    }
    text
}
