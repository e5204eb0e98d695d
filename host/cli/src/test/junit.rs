//! Writes the JUnit report.

use std::path::Path;

use anyhow::{Context as _, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::verdict::{Outcome, Verdict};
use crate::{files, printed};

/// Writes the report of some cases, without colours.
pub fn write(path: &Path, outcomes: &[Outcome]) -> Result<()> {
    let mut suite = TestSuite::new("podweave");
    for outcome in outcomes {
        let status = match &outcome.verdict {
            Verdict::Passed | Verdict::Updated(_) => TestCaseStatus::success(),
            Verdict::Skipped(reason) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(reason.as_str());
                status
            }
            Verdict::Failed { reason, details } => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let description = format!("{reason}\n{details}");
                status
                    .set_message(reason.as_str())
                    .set_description(printed::plain(&description));
                status
            }
        };
        let mut case = TestCase::new(outcome.name.as_str(), status);
        case.set_classname("podweave").set_time(outcome.time);
        suite.add_test_case(case);
    }
    suite.set_time(outcomes.iter().map(|outcome| outcome.time).sum());
    let mut report = Report::new("podweave test");
    report
        .set_time(outcomes.iter().map(|outcome| outcome.time).sum())
        .add_test_suite(suite);
    files::write_atomically(
        path,
        &report.to_string().context("cannot create the JUnit report")?,
    )
}
