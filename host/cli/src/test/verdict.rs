//! Checks one case.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use podweave_core::report::RenderList;
use podweave_core::text::Shown as _;
use podweave_core::yaml;

use super::case::{Case, EXPECTED, EXPECTED_ERROR, Expected, Place};
use super::golden;
use crate::resolved::{Resolved, WithFiles};
use crate::session::{ContainerLog, Failure, Renders, Session, Subject};
use crate::{diff, render};

/// The outcome of a case.
pub struct Outcome {
    /// Its directory.
    pub name: String,
    pub verdict: Verdict,
    /// What its plugins logged.
    pub log: Vec<ContainerLog>,
    pub time: Duration,
}

/// The verdict on a case.
pub enum Verdict {
    Passed,
    /// It passes now, because this file was written.
    Updated(&'static str),
    /// Skipped for the reason in its `case.yaml`.
    Skipped(String),
    Failed {
        /// The reason, in one line.
        reason: String,
        /// A diff in colour, or an empty text.
        details: String,
    },
}

/// Checks the case in a directory.
pub async fn check(session: &Session, resolved: &Resolved<'_>, place: &Place, update: bool) -> Outcome {
    let started = Instant::now();
    let mut log = Vec::new();
    // An error in the case itself fails it like any other error.
    let verdict = verdict(session, resolved, place, update, &mut log)
        .await
        .unwrap_or_else(|error| failed(format!("{error:#}"), String::new()));
    Outcome {
        name: shown(&place.directory),
        verdict,
        log,
        time: started.elapsed(),
    }
}

fn shown(directory: &Path) -> String {
    let shown = directory.strip_prefix(".").unwrap_or(directory).shown();
    if shown.is_empty() { ".".to_owned() } else { shown }
}

fn failed(reason: impl Into<String>, details: String) -> Verdict {
    Verdict::Failed {
        reason: reason.into(),
        details,
    }
}

async fn verdict(
    session: &Session,
    resolved: &Resolved<'_>,
    place: &Place,
    update: bool,
    log: &mut Vec<ContainerLog>,
) -> Result<Verdict> {
    let case = Case::read(place, session.environment.namespace())?;
    if let Some(reason) = case.settings.skip {
        return Ok(Verdict::Skipped(reason));
    }
    let subject = Subject {
        manifests: case.manifests,
        only: None,
        facts: &case.settings.facts,
    };
    let source = WithFiles {
        resolved,
        files: &case.settings.plugins,
    };
    let first = session.render(&subject, &source).await;
    let second = session.render(&subject, &source).await;
    *log = first.log;
    // A missing plugin always fails the case, even if an error is expected: it does not test the plugin.
    if let Some(Failure { text, .. }) = first.errors.iter().find(|failure| failure.without_plugin) {
        bail!("{text}");
    }
    render::require_something(&subject, &first.items, &first.errors)?;
    let first = Renders {
        log: Vec::new(),
        ..first
    };
    let errors = golden::error_text(first.errors.iter().map(|failure| failure.text.as_str()));
    let list = RenderList::new(first.items);
    if let Some(details) = nondeterminism(&list, &errors, second)? {
        return Ok(failed(
            "two renders of the same inputs differ; a plugin's result must depend on its inputs only",
            details,
        ));
    }
    match (&case.expected, errors.is_empty()) {
        (Expected::Result(_), false) => {
            let reason = format!(
                "the render failed; if this is expected, replace {EXPECTED} with an empty {EXPECTED_ERROR} and run podweave test --update"
            );
            Ok(failed(reason, errors))
        }
        (Expected::Error(_), true) => {
            let reason = format!(
                "the render did not fail; if this is expected, remove {EXPECTED_ERROR} and run podweave test --update"
            );
            Ok(failed(reason, String::new()))
        }
        (Expected::Error(expected), false) => error_compared(expected, errors).verdict(place, update),
        (Expected::Result(expected), true) => {
            result_compared(expected.as_deref(), list.without_provenance(), update)?.verdict(place, update)
        }
    }
}

/// What a case has rendered, compared with the file that holds what is expected.
struct Compared {
    file: &'static str,
    /// What the file would have to contain.
    text: String,
    /// How both differ: a reason, and details.
    difference: Option<(&'static str, String)>,
}

impl Compared {
    fn verdict(self, place: &Place, update: bool) -> Result<Verdict> {
        match self.difference {
            None => Ok(Verdict::Passed),
            Some(_) if update => {
                place.write(self.file, &self.text)?;
                Ok(Verdict::Updated(self.file))
            }
            Some((reason, details)) => Ok(failed(reason, details)),
        }
    }
}

fn error_compared(expected: &str, errors: String) -> Compared {
    let difference = golden::error_difference(expected, &errors);
    Compared {
        file: EXPECTED_ERROR,
        text: errors,
        difference: difference.map(|diff| ("the error is not the expected one", diff)),
    }
}

fn result_compared(expected: Option<&str>, list: RenderList, update: bool) -> Result<Compared> {
    let difference = match expected {
        None => Some((
            "it has no expected.yaml; run podweave test --update to write it",
            String::new(),
        )),
        Some(expected) => match golden::difference(expected, &list) {
            // A text that is not valid YAML any more is replaced, too.
            Err(_) if update => Some(("", String::new())),
            difference => difference?.map(|diff| ("the result is not the expected one", diff)),
        },
    };
    Ok(Compared {
        file: EXPECTED,
        text: golden::text(&list)?,
        difference,
    })
}

/// Returns how a second render differs in anything, including provenance.
fn nondeterminism(list: &RenderList, errors: &str, second: Renders) -> Result<Option<String>> {
    let second_errors = golden::error_text(second.errors.iter().map(|failure| failure.text.as_str()));
    let second = RenderList::new(second.items);
    if errors == second_errors && serde_json::to_string(list)? == serde_json::to_string(&second)? {
        return Ok(None);
    }
    let shown = |list: &RenderList, errors: &str| {
        Ok::<_, anyhow::Error>(format!("{errors}{}", yaml::to_string(list)?))
    };
    Ok(Some(diff::unified(
        "first render",
        &shown(list, errors)?,
        "second render",
        &shown(&second, &second_errors)?,
    )))
}
