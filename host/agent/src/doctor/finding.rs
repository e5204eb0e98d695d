//! The document of `podweave doctor`: the findings of its checks.

use podweave_core::api::API_VERSION;
use serde::Serialize;

/// The findings of all checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// `podweave.dev/v1alpha1`.
    pub api_version: &'static str,
    /// `NodeDiagnosis`.
    pub kind: &'static str,
    /// The worst of the findings.
    pub verdict: Verdict,
    /// The findings, in the order in which the checks build on each other.
    pub findings: Vec<Finding>,
}

/// The finding of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The name of the check.
    pub check: &'static str,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was found, and what it means.
    pub message: String,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works and could be better, or it could not be checked.
    Warning,
    /// Pods do not start, or would not be protected.
    Problem,
}

impl Diagnosis {
    /// Collects findings; the verdict is the worst of theirs.
    #[must_use]
    pub fn new(findings: Vec<Finding>) -> Self {
        let verdict = findings
            .iter()
            .map(|finding| finding.verdict)
            .max()
            .unwrap_or(Verdict::Ok);
        Self {
            api_version: API_VERSION,
            kind: "NodeDiagnosis",
            verdict,
            findings,
        }
    }
}

impl Finding {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            message: message.into(),
            remedy: None,
        }
    }

    pub(super) fn warning(
        check: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            check,
            verdict: Verdict::Warning,
            message: message.into(),
            remedy: Some(remedy.into()),
        }
    }

    pub(super) fn problem(
        check: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            check,
            verdict: Verdict::Problem,
            message: message.into(),
            remedy: Some(remedy.into()),
        }
    }
}

impl Verdict {
    /// The verdict's name in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}
