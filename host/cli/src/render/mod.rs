//! `podweave render`.

mod directory;
mod env;
mod rounds;
mod table;
mod template;

use std::sync::Arc;

use anyhow::{Result, bail};
use podweave_core::manifest::Manifests;
use podweave_core::report::{Item, RenderList};
use podweave_core::text::Shown as _;
use podweave_core::{text, yaml};

use crate::arguments::{Output, RenderArguments};
use crate::cluster::{Cluster, Workload};
use crate::input::Paths;
use crate::record::Recording;
use crate::resolved::Resolved;
use crate::session::{Failure, Renders, Session, Subject};
use crate::{EXIT_FAILED, EXIT_OK, Usage, input, messages};

pub async fn run(arguments: RenderArguments) -> Result<u8> {
    let paths = arguments.files.and(&arguments.manifests)?;
    if arguments.watch && paths.have_standard_input() {
        return Err(Usage(
            "--watch: standard input cannot be watched; name a file or a directory".to_owned(),
        )
        .into());
    }
    let recording = arguments
        .record
        .as_deref()
        .map(Recording::into_directory)
        .transpose()?;
    // Report a mistake in a template before anything is rendered, unless it is in a pipe, which can be read
    // only once.
    if let Output::Template(given) = &arguments.output
        && template::file(given).is_none_or(|path| path.is_file() || !path.exists())
    {
        template::parse(given)?;
    }
    let session = Session::new(&arguments.environment)?;
    let cluster = match arguments.from_cluster {
        true => Some(Cluster::find(arguments.context.as_deref(), arguments.watch).await?),
        false => None,
    };
    if arguments.watch {
        rounds::run(&session, &arguments, &paths, cluster.as_ref()).await?;
        return Ok(EXIT_OK);
    }
    let Some((renders, manifests)) = all(&session, &arguments, &paths, cluster.as_ref()).await? else {
        return Ok(EXIT_FAILED);
    };
    show_messages(&session, &renders);
    let recorded = match recording {
        Some(recording) => recording.write(&session, &manifests, &renders).await,
        None => Ok(()),
    };
    // Show the result even if it could not be recorded.
    let list = whole(renders);
    if let Some(list) = &list {
        print(&arguments.output, list)?;
    }
    recorded?;
    Ok(if list.is_some() { EXIT_OK } else { EXIT_FAILED })
}

/// Shows what plugins logged, and errors.
fn show_messages(session: &Session, renders: &Renders) {
    session.show_log(&renders.log);
    for Failure { text, .. } in &renders.errors {
        messages::error(text);
    }
}

/// Returns the result; `None` if there are errors: half a result in a file or a pipe would look like a whole
/// one.
fn whole(renders: Renders) -> Option<RenderList> {
    renders.errors.is_empty().then(|| RenderList::new(renders.items))
}

/// Renders everything that the arguments name. `None` if the cluster did not provide the necessary objects;
/// the error was shown.
async fn all(
    session: &Session,
    arguments: &RenderArguments,
    paths: &Paths,
    cluster: Option<&Cluster>,
) -> Result<Option<(Renders, Arc<Manifests>)>> {
    let mut manifests = match cluster {
        Some(cluster) => {
            let namespace = arguments
                .environment
                .namespace
                .as_deref()
                .unwrap_or(cluster.namespace());
            cluster.read(paths, namespace).await?
        }
        None => read_files(arguments, paths)?,
    };
    input::require_pod(&manifests)?;
    let only = arguments.container.as_deref();
    input::require_container(&manifests, only)?;
    if let Some(cluster) = cluster {
        let errors = cluster
            .complete(&mut manifests, only, &arguments.environment.facts)
            .await;
        errors.iter().for_each(|error| messages::error(error));
        if !errors.is_empty() {
            return Ok(None);
        }
    }
    let subject = Subject {
        manifests: Arc::new(manifests),
        only,
        facts: &[],
    };
    let renders = session.render(&subject, &Resolved::new(session)).await;
    require_something(&subject, &renders.items, &renders.errors)?;
    Ok(Some((renders, subject.manifests)))
}

fn read_files(arguments: &RenderArguments, paths: &Paths) -> Result<Manifests> {
    // The user may have forgotten --from-cluster.
    if let Some(path) = arguments
        .manifests
        .iter()
        .find(|path| !input::is_standard_input(path) && path.symlink_metadata().is_err())
        && let Ok(workload) = Workload::parse(&path.to_string_lossy())
    {
        bail!(
            "there is no file {}; to use {} of the cluster, add --from-cluster",
            text::quoted(&path.to_string_lossy()),
            workload.shown()
        );
    }
    paths.read(arguments.environment.namespace())
}

/// Fails if nothing is rendered: the user has probably forgotten the annotations.
pub fn require_something(subject: &Subject<'_>, items: &[Item], errors: &[Failure]) -> Result<()> {
    if !items.is_empty() || !errors.is_empty() {
        return Ok(());
    }
    if let Some(only) = subject.only {
        bail!("nothing is rendered for container {only}; name it in podweave.dev/containers");
    }
    let pods: Vec<String> = subject.manifests.pods.iter().map(|pod| pod.identity()).collect();
    bail!(
        "nothing is rendered: no annotation of {} starts with podweave.dev/. Name a plugin in the pod's annotations: podweave.dev/plugin: handlebars",
        text::list(pods.iter().map(String::as_str))
    )
}

fn print(output: &Output, list: &RenderList) -> Result<()> {
    match output {
        Output::Table => messages::print(&table::table(list))?,
        Output::Env => messages::print_raw(&env::env(list)?)?,
        Output::Json => messages::print_raw(&format!("{}\n", serde_json::to_string_pretty(list)?))?,
        Output::Yaml => messages::print_raw(&yaml::to_string(list)?)?,
        Output::Template(template) => messages::print_raw(&template::parse(template)?.render(list)?)?,
        Output::Directory(path) => {
            let written = directory::write(path, list)?;
            messages::note(&format!("wrote {written} files below {}", path.shown()));
        }
    }
    Ok(())
}
