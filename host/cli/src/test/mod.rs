//! `podweave test`.

pub mod case;
mod discovery;
pub mod golden;
mod junit;
pub mod verdict;

use std::fmt::Write as _;

use anyhow::{Result, bail};
use podweave_core::text::{Shown as _, printable};

use crate::arguments::TestArguments;
use crate::messages::{BAD, FAINT, GOOD, styled};
use crate::resolved::Resolved;
use crate::session::{Session, show_log};
use crate::watch::{Watched, watch};
use crate::{EXIT_FAILED, EXIT_OK, messages};
use case::Settings;
use verdict::{Outcome, Verdict};

pub async fn run(arguments: TestArguments) -> Result<u8> {
    let session = Session::new(&arguments.environment)?;
    if !arguments.watch {
        return once(&session, &arguments).await;
    }
    let round = async || match once(&session, &arguments).await {
        Err(error) => messages::error_and_go_on(error),
        Ok(_) => Ok(()),
    };
    watch(|| watched(&arguments), std::future::pending, round).await?;
    Ok(EXIT_OK)
}

async fn once(session: &Session, arguments: &TestArguments) -> Result<u8> {
    let found = discovery::find(&arguments.directories)?;
    if found.cases.is_empty() {
        let below: Vec<String> = arguments
            .directories
            .iter()
            .map(|directory| directory.shown())
            .collect();
        bail!(
            "there is no case in {} or below: a case is a directory with {}, configmaps.yaml and {}",
            below.join(", "),
            case::POD,
            case::EXPECTED
        );
    }
    for link in &found.leading_out {
        messages::note(&format!(
            "{} leads out of the directory that was named, and is not searched; if it has cases, name its target",
            link.shown()
        ));
    }
    let resolved = Resolved::new(session);
    let mut outcomes = Vec::with_capacity(found.cases.len());
    for place in &found.cases {
        let outcome = verdict::check(session, &resolved, place, arguments.update).await;
        show(session, &outcome)?;
        outcomes.push(outcome);
    }
    // Before the summary, which is the last output.
    if let Some(path) = &arguments.junit {
        junit::write(path, &outcomes)?;
    }
    let count = |is: fn(&Verdict) -> bool| outcomes.iter().filter(|outcome| is(&outcome.verdict)).count();
    let failed = count(|verdict| matches!(verdict, Verdict::Failed { .. }));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    let mut summary = format!("{} passed, {failed} failed", outcomes.len() - failed - skipped);
    if skipped > 0 {
        // Writing to a String cannot fail.
        let _ = write!(summary, ", {skipped} skipped");
    }
    messages::print(&format!(
        "{}\n",
        styled(if failed > 0 { BAD } else { GOOD }, &summary)
    ))?;
    Ok(if failed > 0 { EXIT_FAILED } else { EXIT_OK })
}

/// Shows the outcome of a case, unless it passed.
fn show(session: &Session, outcome: &Outcome) -> Result<()> {
    let name = &outcome.name;
    match &outcome.verdict {
        Verdict::Passed => {}
        Verdict::Updated(file) => messages::print(&format!("{} {name}/{file}\n", styled(GOOD, "updated")))?,
        Verdict::Skipped(reason) => messages::print(&format!(
            "{} {name}: {}\n",
            styled(FAINT, "skipped"),
            printable(reason, 400)
        ))?,
        Verdict::Failed { reason, details } => {
            messages::print(&format!("{} {name}: {reason}\n{details}", styled(BAD, "failed")))?
        }
    }
    // The reason of a failure may be in any line of the log.
    if session.environment.verbose || matches!(outcome.verdict, Verdict::Failed { .. }) {
        show_log(&outcome.log, true);
    }
    Ok(())
}

/// Returns all files of the cases, and all plugins that are files.
fn watched(arguments: &TestArguments) -> Watched {
    let mut watched = Watched::default();
    watched
        .files
        .extend(arguments.environment.plugins.iter().map(|(_, path)| path.clone()));
    watched.directories.extend(arguments.directories.iter().cloned());
    // If something cannot be found now, the round shows the error.
    let Ok(found) = discovery::find(&arguments.directories) else {
        return watched;
    };
    for case in &found.cases {
        watched
            .files
            .extend(case::FILES.map(|name| case.directory.join(name)));
        watched
            .files
            .extend(Settings::read(case).unwrap_or_default().plugins.into_values());
    }
    watched.directories.extend(found.directories);
    watched
}
