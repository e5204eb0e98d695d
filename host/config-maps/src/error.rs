//! Says why a Get has no answer.

use std::sync::Arc;
use std::time::Duration;

use crate::source::SourceError;
use podweave_core::identity::NamespacedName;

/// Why a Get has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// No registered pod refers to it, or not the pod that asks.
    // The kubelet's words, which its users know.
    #[error("object \"{}\"/\"{}\" not registered", name.namespace, name.name)]
    NotRegistered {
        /// The requested ConfigMap.
        name: NamespacedName,
    },
    /// The source refuses to answer.
    #[error("ConfigMap {name}: {}", self.reason())]
    Refused {
        /// The requested ConfigMap.
        name: NamespacedName,
        /// The refusal, and the remedy.
        error: Arc<SourceError>,
    },
    /// The source did not answer in time.
    #[error("ConfigMap {name}: {}", self.reason())]
    Unavailable {
        /// The requested ConfigMap.
        name: NamespacedName,
        /// How long the caller waited.
        waited: Duration,
        /// The last failure; `None` if the source has not answered at all.
        error: Option<Arc<SourceError>>,
    },
    /// The last known state is older than the caller accepts, and could not be confirmed in time.
    #[error("ConfigMap {name}: {}", self.reason())]
    TooOld {
        /// The requested ConfigMap.
        name: NamespacedName,
        /// The age of the last known state.
        age: Duration,
        /// Why it is not newer.
        error: Option<Arc<SourceError>>,
    },
}

impl GetError {
    /// Whether the source did not answer in time, so that a recorded earlier answer may help. A refusal is an
    /// answer.
    #[must_use]
    pub fn is_for_want_of_an_answer(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::TooOld { .. })
    }

    /// Returns what is wrong, without the name of the ConfigMap.
    #[must_use]
    pub fn reason(&self) -> String {
        let last = |error: &Option<Arc<SourceError>>| {
            error
                .as_deref()
                .map_or_else(|| "it has not answered yet".to_owned(), ToString::to_string)
        };
        match self {
            Self::NotRegistered { .. } => "it is not registered".to_owned(),
            Self::Refused { error, .. } => error.to_string(),
            Self::Unavailable { waited, error, .. } => format!(
                "no answer from the API server in {} ms: {}",
                waited.as_millis(),
                last(error)
            ),
            Self::TooOld { age, error, .. } => {
                format!(
                    "the last known state was confirmed {} s ago, which is older than requested: {}",
                    age.as_secs(),
                    last(error)
                )
            }
        }
    }
}
