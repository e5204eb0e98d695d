//! Why a Get has no answer.

use std::sync::Arc;
use std::time::Duration;

use crate::name::NamespacedName;
use crate::source::SourceError;

/// A Get without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// No registered pod refers to it, or not the one that asks.
    // The kubelet's words, which its users know.
    #[error("object \"{}\"/\"{}\" not registered", name.namespace, name.name)]
    NotRegistered {
        /// What was asked for.
        name: NamespacedName,
    },
    /// The source refuses to tell.
    #[error("ConfigMap {name}: {}", self.reason())]
    Refused {
        /// What was asked for.
        name: NamespacedName,
        /// The refusal, and the remedy.
        error: Arc<SourceError>,
    },
    /// There was no answer in time.
    #[error("ConfigMap {name}: {}", self.reason())]
    Unavailable {
        /// What was asked for.
        name: NamespacedName,
        /// How long the caller waited.
        waited: Duration,
        /// The last failure; `None` if the source has not answered at all.
        error: Option<Arc<SourceError>>,
    },
    /// What is known is older than the caller accepts, and could not be confirmed in time.
    #[error("ConfigMap {name}: {}", self.reason())]
    TooOld {
        /// What was asked for.
        name: NamespacedName,
        /// The age of what is known.
        age: Duration,
        /// Why it is not newer.
        error: Option<Arc<SourceError>>,
    },
}

impl GetError {
    /// Whether the source did not answer in time: what somebody kept of an earlier answer may help. A refusal is an answer.
    #[must_use]
    pub fn is_for_want_of_an_answer(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::TooOld { .. })
    }

    /// What is wrong, without the name of the ConfigMap.
    #[must_use]
    pub fn reason(&self) -> String {
        let last = |error: &Option<Arc<SourceError>>| error.as_deref().map_or_else(|| "it did not answer yet".to_owned(), ToString::to_string);
        match self {
            Self::NotRegistered { .. } => "it is not registered".to_owned(),
            Self::Refused { error, .. } => error.to_string(),
            Self::Unavailable { waited, error, .. } => format!("no answer from the API server in {} ms: {}", waited.as_millis(), last(error)),
            Self::TooOld { age, error, .. } => {
                format!("what is known was confirmed {} s ago, which is more than was asked for: {}", age.as_secs(), last(error))
            }
        }
    }
}
