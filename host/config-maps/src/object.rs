//! Defines a ConfigMap as a source has it: its contents and its version.

use std::fmt;
use std::sync::Arc;

use podweave_core::config_map::ConfigMap;

use crate::room::{Room, Share};
use crate::source_error::SourceError;

/// A version of an object. The API server's are comparable numbers for its own kinds (KEP-5504).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ResourceVersion(pub u64);

impl ResourceVersion {
    /// Parses the text of `metadata.resourceVersion`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // "+5" and "05" are not versions, though they parse as numbers.
        let canonical =
            text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        if canonical {
            text.parse().ok().map(Self)
        } else {
            None
        }
    }
}

impl fmt::Display for ResourceVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A ConfigMap in one of its versions. Clones share the contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The contents.
    pub config_map: Arc<ConfigMap>,
    /// `metadata.uid`: a recreated ConfigMap of the same name has another.
    pub uid: Arc<str>,
    /// `metadata.resourceVersion`.
    pub resource_version: ResourceVersion,
    /// `immutable`: its contents stay until it is deleted.
    pub immutable: bool,
    /// The memory that it takes, counted in [`crate::room`].
    pub share: Share,
}

impl Object {
    /// Reserves the memory that it needs.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn admitted(self, room: &Room) -> Result<Self, SourceError> {
        let share = room.reserve(&self.config_map.namespace, self.config_map.memory_bytes())?;
        Ok(Self { share, ..self })
    }

    /// Returns the bytes of its keys and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.config_map.size()
    }
}
