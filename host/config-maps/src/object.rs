//! Defines a ConfigMap as a source has it: its contents and its version.

use std::fmt;
use std::sync::Arc;

use podweave_core::config_map::ConfigMap;
use podweave_core::notes::Notes;

use crate::room::{Room, Share};
use crate::source_error::SourceError;

pub use podweave_core::notes::Writer;

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
    /// The annotation `podweave.dev/hold`: why its changes wait. At most 256 printable characters.
    pub hold: Option<Arc<str>>,
    /// The last entry of `metadata.managedFields`.
    pub writer: Option<Writer>,
    /// The memory that it takes, counted in [`crate::room`].
    pub share: Share,
}

impl Object {
    /// Creates an object in this version. Its memory is not counted yet.
    #[must_use]
    pub fn new(
        config_map: Arc<ConfigMap>,
        uid: impl Into<Arc<str>>,
        resource_version: ResourceVersion,
    ) -> Self {
        Self {
            config_map,
            uid: uid.into(),
            resource_version,
            immutable: false,
            hold: None,
            writer: None,
            share: Share::default(),
        }
    }

    /// Returns it with what its metadata notes.
    #[must_use]
    pub fn with_notes(self, notes: Notes) -> Self {
        let Notes { hold, writer } = notes;
        Self { hold, writer, ..self }
    }

    /// Reserves the memory that it needs.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn admitted(self, room: &Room) -> Result<Self, SourceError> {
        let share = room.reserve(&self.config_map.namespace, self.memory_bytes())?;
        Ok(Self { share, ..self })
    }

    /// Returns the bytes of memory that its contents and its notes take.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        // The two counts of an `Arc`, and what the allocator adds.
        const ALLOCATION: usize = 2 * size_of::<usize>() + 16;
        let text = |text: &Arc<str>| text.len() + ALLOCATION;
        let writer = |writer: &Writer| text(&writer.manager) + text(&writer.at);
        self.config_map.memory_bytes()
            + self.hold.as_ref().map_or(0, text)
            + self.writer.as_ref().map_or(0, writer)
    }

    /// Returns the bytes of its keys and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.config_map.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::NAMESPACE_BYTES;

    #[test]
    fn notes_are_counted_in_the_memory() {
        let config_map = Arc::new(ConfigMap::new("ns", "name"));
        let plain = Object::new(Arc::clone(&config_map), "uid", ResourceVersion(1));
        assert_eq!(plain.memory_bytes(), config_map.memory_bytes());
        let noted = Object {
            hold: Some("h".repeat(256).into()),
            writer: Some(Writer {
                manager: "m".repeat(128).into(),
                at: "2026-11-29T10:31:05Z".into(),
            }),
            ..plain.clone()
        };
        assert!(noted.memory_bytes() >= plain.memory_bytes() + 256 + 128 + 20);
        let room = Room::new(0);
        let rest = NAMESPACE_BYTES - plain.memory_bytes();
        let _others = room.reserve("ns", rest).unwrap();
        assert!(noted.admitted(&room).is_err());
        assert!(plain.admitted(&room).is_ok());
    }
}
