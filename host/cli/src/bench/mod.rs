//! `podweave bench`.

pub mod arguments;
mod comparison;
mod history;
mod measure;
mod report;
mod statistics;

use std::sync::Arc;

use anyhow::Result;

use crate::session::{self, Session};
use crate::shared_arguments::ReportOutput;
use crate::{EXIT_OK, input, messages, render};
use arguments::BenchArguments;
use comparison::Comparison;
use history::{Kept, Place};
use measure::Subject;
use report::Row;

pub async fn run(arguments: BenchArguments) -> Result<u8> {
    let paths = arguments.files.and(&arguments.manifests)?;
    let manifests = Arc::new(paths.read(arguments.environment.namespace())?);
    input::require_pod(&manifests)?;
    let only = arguments.container.as_deref();
    input::require_container(&manifests, only)?;
    let session = Session::new(&arguments.environment)?;
    let all = session::Subject {
        manifests: Arc::clone(&manifests),
        only,
        facts: &[],
    };
    let mut rows = Vec::new();
    for pod in session.pods(&all) {
        let mut bindings = podweave_pipeline::bindings(&pod)?;
        bindings.retain(|binding| only.is_none_or(|only| only == binding.container));
        for binding in &bindings {
            let subject = Subject {
                manifests: &manifests,
                pod: &pod,
                binding,
            };
            let measured = subject.measure(&arguments.environment, arguments.time).await?;
            // Without a lasting directory there is no last run.
            let place = session::cache_directory()
                .map(|cache| Place::of(&cache, &paths.paths, &pod, &binding.container));
            let last = place.as_ref().and_then(Place::last).map(|last| {
                let comparison = Comparison::of(&measured.warm, &last.warm);
                (last, comparison)
            });
            let kept = Kept {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                plugins: measured.plugins.clone(),
                warm: measured.warm.clone(),
            };
            if let Some(Err(error)) = place.map(|place| place.keep(&kept)) {
                messages::warning(&format!(
                    "cannot store this run for the next comparison: {error:#}"
                ));
            }
            rows.push(Row {
                namespace: pod.namespace.clone(),
                pod: pod.manifest_name.clone(),
                container: binding.container.clone(),
                measured,
                last,
            });
        }
    }
    if rows.is_empty() {
        render::require_something(&all, &[], &[])?;
    }
    match arguments.output {
        ReportOutput::Table => messages::print(&report::table(&rows))?,
        ReportOutput::Json => messages::print_raw(&format!(
            "{}\n",
            serde_json::to_string_pretty(&report::document(&rows))?
        ))?,
    }
    Ok(EXIT_OK)
}
