//! `podweave render --watch`.

use anyhow::Result;
use podweave_core::yaml;

use super::{all, print, show_messages, template, whole};
use crate::arguments::{Output, RenderArguments};
use crate::cluster::Cluster;
use crate::input::{Listing, Paths};
use crate::session::Session;
use crate::watch::{Watched, watch};
use crate::{diff, messages};

/// Prints a result, and what changes in it whenever a manifest or a plugin is saved or a ConfigMap of the
/// cluster changes.
pub async fn run(
    session: &Session,
    arguments: &RenderArguments,
    paths: &Paths,
    cluster: Option<&Cluster>,
) -> Result<()> {
    let mut last: Option<String> = None;
    let round = async || match once(session, arguments, paths, cluster, &mut last).await {
        Err(error) => messages::error_and_go_on(error),
        ok => ok,
    };
    let elsewhere = async || match cluster {
        Some(cluster) => cluster.changed().await,
        None => std::future::pending().await,
    };
    watch(|| watched(arguments, paths), elsewhere, round).await
}

/// `last` is the latest good result; errors do not change it.
async fn once(
    session: &Session,
    arguments: &RenderArguments,
    paths: &Paths,
    cluster: Option<&Cluster>,
    last: &mut Option<String>,
) -> Result<()> {
    let Some((renders, _)) = all(session, arguments, paths, cluster).await? else {
        return Ok(());
    };
    show_messages(session, &renders);
    let Some(list) = whole(renders) else { return Ok(()) };
    let text = yaml::to_string(&list.clone().without_provenance())?;
    match last {
        None => print(&arguments.output, &list)?,
        Some(last) if *last == text => messages::note("nothing changed"),
        Some(last) => {
            messages::print(&diff::unified("before", last, "now", &text))?;
            if matches!(arguments.output, Output::Directory(_)) {
                print(&arguments.output, &list)?;
            }
        }
    }
    *last = Some(text);
    Ok(())
}

fn watched(arguments: &RenderArguments, paths: &Paths) -> Watched {
    let besides = if arguments.from_cluster {
        " and ConfigMaps of the cluster"
    } else {
        ""
    };
    let mut watched = Watched {
        besides,
        ..Watched::default()
    };
    watched
        .files
        .extend(arguments.environment.plugins.iter().map(|(_, path)| path.clone()));
    if let Output::Template(template) = &arguments.output {
        watched.files.extend(template::file(template));
    }
    // If a directory has become empty or unreadable, the round shows the error.
    let Listing { files, directories } = paths.listing();
    watched.files.extend(files);
    watched.directories.extend(directories);
    watched
}
