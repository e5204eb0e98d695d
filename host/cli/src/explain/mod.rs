//! `podweave explain`.

pub mod arguments;
mod document;
mod table;
mod unused;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use podweave_core::manifest::Manifests;
use podweave_core::text;
use podweave_explain::{Explainer, Explanation, Output};

use crate::resolved::Resolved;
use crate::session::{ContainerLog, Failure, Session, Subject};
use crate::shared_arguments::ReportOutput;
use crate::{EXIT_FAILED, EXIT_OK, Usage, input, messages};
use arguments::ExplainArguments;

/// An output of a container, explained.
struct Explained<'a> {
    explainer: &'a Explainer,
    output: Output,
    explanation: Explanation,
}

pub async fn run(arguments: ExplainArguments) -> Result<u8> {
    let (paths, name) = match &arguments.subject[..] {
        all if arguments.unused => (all, None),
        [paths @ .., name] if !paths.is_empty() || !arguments.files.filenames.is_empty() => {
            (paths, Some(name))
        }
        _ => {
            return Err(
                Usage("explain needs manifests and a name: podweave explain FILE|DIR... NAME, or podweave explain --unused FILE|DIR...".to_owned()).into()
            );
        }
    };
    let manifests = Arc::new(
        arguments
            .files
            .and(paths)?
            .read(arguments.environment.namespace())?,
    );
    input::require_pod(&manifests)?;
    input::require_container(&manifests, arguments.container.as_deref())?;
    let session = Session::new(&arguments.environment)?;
    let Some(explainers) = explainers(&session, &manifests, arguments.container.as_deref()).await? else {
        return Ok(EXIT_FAILED);
    };
    match name {
        None => unused::run(&manifests, &explainers, arguments.output)?,
        Some(name) => explain(&explainers, name, arguments.output, session.environment.verbose).await?,
    }
    Ok(EXIT_OK)
}

/// Renders all requested containers. `None` if one of them cannot be rendered; the error was shown.
async fn explainers(
    session: &Session,
    manifests: &Arc<Manifests>,
    only: Option<&str>,
) -> Result<Option<Vec<Explainer>>> {
    let subject = Subject {
        manifests: Arc::clone(manifests),
        only,
        facts: &[],
    };
    let resolved = Resolved::new(session);
    let (mut explainers, mut failures, mut log) = (Vec::new(), Vec::new(), Vec::new());
    for pod in session.pods(&subject) {
        let mut bindings = podweave_pipeline::bindings(&pod)?;
        bindings.retain(|binding| only.is_none_or(|only| only == binding.container));
        let plugins = podweave_pipeline::plugins(&resolved, &pod, &bindings).await?;
        for binding in bindings {
            let container = binding.container.clone();
            let made = Explainer::new(
                Arc::clone(&session.sandbox),
                session.limits.clone(),
                Arc::clone(manifests),
                Arc::clone(&pod),
                binding,
                plugins.clone(),
            )
            .await;
            let lines = match made {
                Ok(explainer) => {
                    let lines = explainer.log().to_vec();
                    explainers.push(explainer);
                    lines
                }
                Err((text, lines)) => {
                    failures.push(Failure {
                        text,
                        without_plugin: false,
                    });
                    lines
                }
            };
            log.push(ContainerLog {
                pod: pod.identity(),
                container,
                lines,
            });
        }
    }
    session.show_log(&log);
    failures.iter().for_each(|failure| messages::error(&failure.text));
    let items: Vec<_> = explainers
        .iter()
        .map(|explainer| explainer.item().clone())
        .collect();
    crate::render::require_something(&subject, &items, &failures)?;
    Ok(failures.is_empty().then_some(explainers))
}

async fn explain(explainers: &[Explainer], name: &Path, output: ReportOutput, verbose: bool) -> Result<()> {
    let name = name.to_string_lossy();
    let mut explained = Vec::new();
    for explainer in explainers {
        if let Some(output) = Output::find(&name, explainer.item())
            && let Some(explanation) = explainer.explain(&output).await
        {
            explained.push(Explained {
                explainer,
                output,
                explanation,
            });
        }
    }
    if explained.is_empty() {
        let mut names: Vec<String> = explainers
            .iter()
            .flat_map(|explainer| Output::names(explainer.item()))
            .collect();
        names.sort();
        names.dedup();
        let names = || names.iter().map(String::as_str);
        bail!(
            "no container gets {}{}; available are {}",
            text::quoted(&name),
            text::did_you_mean(&name, names()),
            text::list(names())
        );
    }
    match output {
        ReportOutput::Table => messages::print(&table::table(&explained, verbose)),
        ReportOutput::Json => messages::print_raw(&format!(
            "{}\n",
            serde_json::to_string_pretty(&document::document(&name, &explained))?
        )),
    }
}
