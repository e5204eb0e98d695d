//! `podweave render`.

mod directory;
mod env;
mod table;

use anyhow::{Result, bail};
use podweave_core::report::RenderList;
use podweave_core::{text, yaml};

use crate::arguments::{Output, RenderArguments};
use crate::session::{Renders, Session};
use crate::{EXIT_FAILED, EXIT_OK, Usage, input, messages};

pub async fn run(arguments: RenderArguments) -> Result<u8> {
    let session = Session::new(&arguments.environment)?;
    once(&session, &arguments).await
}

async fn once(session: &Session, arguments: &RenderArguments) -> Result<u8> {
    let renders = all(session, arguments).await?;
    // All or nothing: half a result in a file or a pipe would look like a whole one.
    if !renders.errors.is_empty() {
        for error in &renders.errors {
            messages::error(error);
        }
        return Ok(EXIT_FAILED);
    }
    print(&arguments.output, RenderList::new(renders.items))?;
    Ok(EXIT_OK)
}

/// Renders all that the arguments name.
async fn all(session: &Session, arguments: &RenderArguments) -> Result<Renders> {
    let manifests = input::read(&arguments.manifests, &arguments.environment.namespace)?;
    if manifests.pods.is_empty() {
        bail!("there is no pod and no workload with a pod template (Deployment, StatefulSet, DaemonSet, Job, CronJob) in these manifests");
    }
    if let Some(only) = &arguments.container {
        let names = || manifests.pods.iter().flat_map(|pod| &pod.containers).map(|container| container.name.as_str());
        if !names().any(|name| name == only) {
            return Err(Usage(format!("--container: there is no container {}{}; there are {}", text::quoted(only), text::did_you_mean(only, names()), text::list(names()))).into());
        }
    }
    let pods: Vec<String> = manifests.pods.iter().map(|pod| pod.identity()).collect();
    let renders = session.render(manifests, arguments.container.as_deref()).await;
    if renders.items.is_empty() && renders.errors.is_empty() {
        match &arguments.container {
            Some(only) => bail!("container {only} is not rendered for; name it in podweave.dev/containers"),
            None => bail!(
                "nothing is rendered: no annotation of {} starts with podweave.dev/. Name a plugin in the pod's annotations: podweave.dev/plugin: handlebars",
                text::list(pods.iter().map(String::as_str))
            ),
        }
    }
    Ok(renders)
}

fn print(output: &Output, list: RenderList) -> Result<()> {
    match output {
        Output::Table => messages::print(&table::table(&list))?,
        Output::Env => messages::print_raw(&env::env(&list)?)?,
        Output::Json => messages::print_raw(&format!("{}\n", serde_json::to_string_pretty(&list)?))?,
        Output::Yaml => messages::print_raw(&yaml::to_string(&list)?)?,
        Output::Directory(path) => {
            let written = directory::write(path, &list)?;
            messages::note(&format!("wrote {written} files below {}", path.display()));
        }
    }
    Ok(())
}
