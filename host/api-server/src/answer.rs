//! Reads the API server's failure answers, and says what they mean for a caller.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use podweave_core::text;
use serde_json::Value;

use podweave_config_maps::source::{FailureKind, SourceError};

/// No server seriously asks to wait longer than this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The API server's description of a failure: the object `Status`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// The HTTP status.
    pub code: u16,
    reason: String,
    message: String,
    retry_after: Option<Duration>,
}

impl Status {
    /// Reads a `Status`. A missing or malformed field is empty.
    pub fn of(value: &Value) -> Self {
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let seconds = value["details"]["retryAfterSeconds"]
            .as_u64()
            .filter(|&seconds| seconds > 0);
        Self {
            code: value["code"]
                .as_u64()
                .and_then(|code| u16::try_from(code).ok())
                .unwrap_or(0),
            reason: text("reason"),
            message: text("message"),
            retry_after: seconds.map(Duration::from_secs),
        }
    }

    /// Reads the answer to a failed request.
    pub fn of_answer(code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let said = serde_json::from_slice::<Value>(body)
            .ok()
            .filter(|value| value["kind"] == "Status");
        let said = said.map(|value| Self::of(&value)).unwrap_or_default();
        let seconds = headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Self {
            code: code.as_u16(),
            retry_after: seconds.map(Duration::from_secs).or(said.retry_after),
            ..said
        }
    }

    /// Whether the object does not exist. A 404 of another server, such as a proxy, must not look like an
    /// absent ConfigMap.
    pub fn is_not_found(&self) -> bool {
        self.code == 404 && self.reason == "NotFound"
    }

    /// Whether the API server does not support streaming lists (KEP-3157).
    pub fn lacks_streaming_lists(&self) -> bool {
        matches!(self.code, 400 | 422)
            && ["sendInitialEvents", "resourceVersionMatch"]
                .iter()
                .any(|field| self.message.contains(field))
    }

    /// Returns what the failure means to a caller.
    pub fn failure(&self) -> SourceError {
        let kind = match (self.code, self.reason.as_str()) {
            (410, _) | (_, "Expired" | "Gone") => FailureKind::Expired,
            (401 | 403, _) => FailureKind::Refused,
            // 504: etcd or the watch cache lags behind ("Too large resource version").
            (429 | 503 | 504, _) => FailureKind::Busy,
            _ => FailureKind::Broken,
        };
        // `configmaps "NAME" is forbidden: User "..." cannot get resource "configmaps" in API group "" in the
        // namespace "..."`: the caller knows the name.
        let said = self
            .message
            .split_once(" is forbidden: ")
            .map_or(self.message.as_str(), |(_, said)| said);
        let said = text::printable(if said.is_empty() { &self.reason } else { said }, 400);
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {said}")
        };
        let code = self.code;
        let message = match code {
            401 => format!(
                "the API server does not accept the credentials (401){said}; check the kubeconfig's user, or the agent's ServiceAccount token"
            ),
            403 => format!(
                "the API server refuses (403){said}; bind a Role with get, list and watch on configmaps in that namespace to the agent's ServiceAccount \
                 (docs/rbac.md), or to the kubeconfig's user"
            ),
            410 => format!("the version to continue from is too old (410){said}"),
            429 | 503 | 504 => format!("the API server is busy ({code}){said}"),
            _ => format!("the API server answers {code}{said}"),
        };
        SourceError {
            retry_after: self.retry_after.map(|after| after.min(MAX_RETRY_AFTER)),
            ..SourceError::new(kind, message)
        }
    }
}
