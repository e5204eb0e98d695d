//! `podweave plugin push`.

use std::fs::File;

use anyhow::{Context as _, Result, anyhow};
use podweave_core::text::Shown as _;
use podweave_plugin_store::Component;
use podweave_registry::NewArtifact;
use podweave_sandbox::compile::CompileLimits;
use podweave_sandbox::inspect::Interface;
use serde_json::json;

use crate::plugin::arguments::PushArguments;
use crate::plugin::registry;
use crate::progress::Progress;
use crate::session::Session;
use crate::shared_arguments::{RenderEnvironment, ReportOutput};
use crate::{EXIT_OK, Usage, messages};

pub async fn run(arguments: PushArguments) -> Result<u8> {
    let PushArguments {
        file: path,
        reference,
        ..
    } = &arguments;
    if reference.digest().is_some() {
        return Err(Usage(format!(
            "{reference}: push to a tag instead of a digest, which results from the push; write {}:TAG",
            reference.name()
        ))
        .into());
    }
    let shown = path.shown();
    let session = Session::new(&RenderEnvironment::default())?;
    let component = Component::from_file(path, CompileLimits::default().component_bytes)?;
    // A component that no node runs is useless in a registry.
    let inspection = session.store.inspect(&component, &shown).await?;
    if !inspection.refused.is_empty() {
        return Err(anyhow!(
            "did not push {shown}, because the sandbox would not run it: {}",
            inspection.refused.join("; ")
        ));
    }
    let names = |interfaces: &[Interface]| {
        interfaces
            .iter()
            .map(|interface| interface.name.clone())
            .collect()
    };
    let artifact = NewArtifact {
        title: path.file_name().map(|name| name.to_string_lossy().into_owned()),
        imports: names(&inspection.imports),
        exports: names(&inspection.exports),
        annotations: arguments.annotations.iter().cloned().collect(),
    };
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let access = registry::access(&arguments.registry, reference).await?;
    let progress = Progress::new("pushing");
    let manifest = registry::client()?
        .push(reference, &file, &artifact, &access, |pushed| {
            progress.show(pushed.done, pushed.total)
        })
        .await?;
    drop(progress);
    let pushed = reference.with_digest(manifest);
    match arguments.output {
        ReportOutput::Table => messages::print(&format!("{pushed}\n"))?,
        ReportOutput::Json => {
            let document = json!({ "reference": pushed.to_string(), "manifest": manifest.to_string(), "component": inspection.digest.to_string(), "size": inspection.size });
            messages::print_raw(&format!("{}\n", serde_json::to_string_pretty(&document)?))?;
        }
    }
    messages::note(&format!(
        "to use exactly this component in a pod, set the annotation podweave.dev/plugin: {pushed}"
    ));
    Ok(EXIT_OK)
}
