//! `podweave render`.

mod directory;
mod env;
mod rounds;
mod table;

use std::sync::Arc;

use anyhow::{Result, bail};
use podweave_core::report::{Item, RenderList};
use podweave_core::{text, yaml};

use crate::arguments::{Output, RenderArguments};
use crate::resolved::Resolved;
use crate::session::{Failure, Renders, Session, Subject};
use crate::{EXIT_FAILED, EXIT_OK, Usage, input, messages};

pub async fn run(arguments: RenderArguments) -> Result<u8> {
    if arguments.watch && arguments.manifests.iter().any(|path| input::is_standard_input(path)) {
        return Err(Usage("--watch: standard input cannot be watched; name a file or a directory".to_owned()).into());
    }
    let session = Session::new(&arguments.environment)?;
    if arguments.watch {
        rounds::run(&session, &arguments).await?;
        return Ok(EXIT_OK);
    }
    let Some(list) = list(&session, &arguments).await? else { return Ok(EXIT_FAILED) };
    print(&arguments.output, &list)?;
    Ok(EXIT_OK)
}

/// Renders all that the arguments name, and shows errors. `None` if there are any: half a result in a file or a pipe
/// would look like a whole one.
async fn list(session: &Session, arguments: &RenderArguments) -> Result<Option<RenderList>> {
    let renders = all(session, arguments).await?;
    session.show_log(&renders.log);
    for Failure { text, .. } in &renders.errors {
        messages::error(text);
    }
    Ok(renders.errors.is_empty().then(|| RenderList::new(renders.items)))
}

async fn all(session: &Session, arguments: &RenderArguments) -> Result<Renders> {
    let manifests = input::read(&arguments.manifests, &arguments.environment.namespace)?;
    input::require_pod(&manifests)?;
    if let Some(only) = &arguments.container {
        let names = || manifests.pods.iter().flat_map(|pod| &pod.containers).map(|container| container.name.as_str());
        if !names().any(|name| name == only) {
            return Err(Usage(format!(
                "--container: there is no container {}{}; there are {}",
                text::quoted(only),
                text::did_you_mean(only, names()),
                text::list(names())
            ))
            .into());
        }
    }
    let subject = Subject { manifests: Arc::new(manifests), only: arguments.container.as_deref(), facts: &[] };
    let renders = session.render(&subject, &Resolved::new(session)).await;
    require_something(&subject, &renders.items, &renders.errors)?;
    Ok(renders)
}

/// Fails where nothing was asked for: who renders a pod without annotations has forgotten them.
pub fn require_something(subject: &Subject<'_>, items: &[Item], errors: &[Failure]) -> Result<()> {
    if !items.is_empty() || !errors.is_empty() {
        return Ok(());
    }
    if let Some(only) = subject.only {
        bail!("container {only} is not rendered for; name it in podweave.dev/containers");
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
        Output::Directory(path) => {
            let written = directory::write(path, list)?;
            messages::note(&format!("wrote {written} files below {}", path.display()));
        }
    }
    Ok(())
}
