//! `podweave render --watch`.

use std::fs;

use anyhow::Result;
use podweave_core::yaml;

use super::{all, print, show_messages, whole};
use crate::arguments::{Output, RenderArguments};
use crate::cluster::Cluster;
use crate::session::Session;
use crate::watch::{Watched, watch};
use crate::{diff, input, messages};

/// Prints a result, and what changes in it whenever a manifest or a plugin is saved or a ConfigMap of the cluster changes.
pub async fn run(session: &Session, arguments: &RenderArguments, cluster: Option<&Cluster>) -> Result<()> {
    let mut last: Option<String> = None;
    let round = async || match once(session, arguments, cluster, &mut last).await {
        Err(error) => messages::error_and_go_on(error),
        ok => ok,
    };
    let elsewhere = async || match cluster {
        Some(cluster) => cluster.changed().await,
        None => std::future::pending().await,
    };
    watch(|| watched(arguments), elsewhere, round).await
}

/// `last` is the latest good result, which errors leave as it is.
async fn once(session: &Session, arguments: &RenderArguments, cluster: Option<&Cluster>, last: &mut Option<String>) -> Result<()> {
    let Some((renders, _)) = all(session, arguments, cluster).await? else { return Ok(()) };
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

fn watched(arguments: &RenderArguments) -> Watched {
    let besides = if arguments.from_cluster { " and ConfigMaps of the cluster" } else { "" };
    let mut watched = Watched { besides, ..Watched::default() };
    watched.files.extend(arguments.environment.plugins.iter().map(|(_, path)| path.clone()));
    for path in &arguments.manifests {
        // A directory that has become empty, or unreadable, is an error that the round shows.
        watched.files.extend(input::files_of(path).unwrap_or_default());
        if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            watched.directories.insert(path.clone());
        }
    }
    watched
}
