//! What people see of a container's changes: whether it has what would be rendered now, why not, and what
//! changed before. Names, versions and digests only, never a value.

use std::collections::BTreeMap;

use podweave_core::outline::Difference;
use serde::{Deserialize, Serialize};

use super::Time;

/// The names of each sort that are shown: a status is for people, and a container may have thousands of them.
pub const MOST_NAMES: usize = 32;

/// The ConfigMaps that are shown as causes.
pub const MOST_CAUSES: usize = 8;

/// The keys of a ConfigMap that are shown.
pub const MOST_KEYS: usize = 8;

/// The versions that an entry of a history has.
pub const MOST_VERSIONS: usize = 16;

/// Whether a running container has what would be rendered for it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeStatus {
    /// The state.
    pub state: ChangeState,
    /// Since when it is in this state.
    pub since: Time,
    /// What a new container would get differently: at most [`MOST_NAMES`] names of each sort.
    #[serde(default, skip_serializing_if = "Difference::is_empty")]
    pub would: Difference,
    /// The ConfigMaps that make the difference, at most [`MOST_CAUSES`], those that are held first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<CauseStatus>,
    /// How many more ConfigMaps make it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_causes: usize,
    /// The node's labels that make the difference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_labels: Vec<String>,
    /// Why it is failing or unknown, or why files could not be replaced yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What it was given, and each later change: the last 16, the latest one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
}

/// A state of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeState {
    /// It has what would be rendered now.
    Current,
    /// Its files are about to be replaced: the change waits for its turn, or for another attempt.
    Waiting,
    /// A ConfigMap that has changed is held.
    Held,
    /// Only a new container gets it.
    Outdated,
    /// The render fails now; the container keeps what it has.
    Failing,
    /// It would differ, and the container does not follow.
    Pinned,
    /// It is not known: what the container was given, or what is so now.
    Unknown,
}

/// A ConfigMap that makes a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CauseStatus {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub config_map: String,
    /// Its version; none if it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// The keys that were read and have changed, at most [`MOST_KEYS`]; none if it is the list of its keys that
    /// has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// How many more keys have changed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_keys: usize,
    /// Who wrote it last, as the API server has it (managedFields).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Why it is held (`podweave.dev/hold`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
}

/// What a container was given at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When.
    pub at: Time,
    /// Whether it was created then, or its files followed.
    pub outcome: HistoryOutcome,
    /// The ConfigMaps that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<CauseStatus>,
    /// The digest of its files.
    pub files: String,
    /// The versions of the ConfigMaps that were used, by `namespace/name`, at most [`MOST_VERSIONS`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resource_versions: BTreeMap<String, String>,
}

/// How a container got something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HistoryOutcome {
    /// It was created with it.
    Created,
    /// Its files were replaced.
    Followed,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl ChangeState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Current,
        Self::Waiting,
        Self::Held,
        Self::Outdated,
        Self::Failing,
        Self::Pinned,
        Self::Unknown,
    ];

    /// The state's name in the document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Outdated => "outdated",
            Self::Failing => "failing",
            Self::Pinned => "pinned",
            Self::Unknown => "unknown",
        }
    }
}

impl HistoryOutcome {
    /// The name in the document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Followed => "followed",
        }
    }
}

/// The memory of a text or a number with its place in a list.
const PART_BYTES: usize = 64;

impl CauseStatus {
    /// Estimates the memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.namespace, &self.config_map].into_iter().chain(&self.keys);
        let optional = [&self.resource_version, &self.by, &self.hold]
            .into_iter()
            .flatten();
        4 * PART_BYTES
            + texts
                .chain(optional)
                .map(|text| PART_BYTES + text.len())
                .sum::<usize>()
    }
}

impl HistoryEntry {
    /// Estimates the memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let versions = self.resource_versions.iter();
        let versions = versions.map(|(name, version)| 2 * PART_BYTES + name.len() + version.len());
        4 * PART_BYTES + self.causes.iter().map(CauseStatus::bytes).sum::<usize>() + versions.sum::<usize>()
    }
}
