//! What is kept beside a container's files: what it was given, for the time after a restart of the agent.
//!
//! Only podweave's user can read the document, and no container sees it. It has digests of values, but no
//! value. What cannot be read is as if it were not there: the container's mark decides then.

use std::sync::Arc;

use podweave_core::change::{Delivered, Sources};
use podweave_core::outline::Outline;
use serde::{Deserialize, Serialize};

use crate::directory::Owner;
use crate::status::HistoryEntry;

/// The version of the document. Another one counts as unknown.
const VERSION: u32 = 1;

/// What a container was given.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// The runtime's ID of the container.
    pub id: String,
    /// The user and group that the container's process runs as.
    pub user: Owner,
    /// What it was created with.
    pub started: Delivered,
    /// The result whose files it has.
    pub in_place: Delivered,
    /// What it was given when, the latest first.
    pub history: Vec<HistoryEntry>,
}

/// The document, as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    version: u32,
    id: &'a str,
    user: Owner,
    started: Described<&'a Outline, &'a Sources>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_place: Option<Described<&'a Outline, &'a Sources>>,
    history: &'a [HistoryEntry],
}

/// The document, as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    version: u32,
    id: String,
    user: Owner,
    started: Described<Outline, Sources>,
    #[serde(default)]
    in_place: Option<Described<Outline, Sources>>,
    history: Vec<HistoryEntry>,
}

/// A result.
#[derive(Serialize, Deserialize)]
struct Described<O, S> {
    outline: O,
    sources: S,
}

impl<'a> Described<&'a Outline, &'a Sources> {
    fn of(delivered: &'a Delivered) -> Self {
        Self {
            outline: &delivered.outline,
            sources: &delivered.sources,
        }
    }
}

impl Described<Outline, Sources> {
    fn delivered(self) -> Delivered {
        Delivered {
            outline: Arc::new(self.outline),
            sources: Arc::new(self.sources),
        }
    }
}

impl Kept {
    /// Writes the document.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let written = Written {
            version: VERSION,
            id: &self.id,
            user: self.user,
            started: Described::of(&self.started),
            in_place: (self.in_place != self.started).then(|| Described::of(&self.in_place)),
            history: &self.history,
        };
        // Its keys are strings, and it has no floats: this cannot fail.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Reads the document of a container; `None` if it is broken, of another version, or of an earlier
    /// container of the same name.
    pub(super) fn read(document: &[u8], id: &str) -> Option<Self> {
        let read: Read = serde_json::from_slice(document).ok()?;
        if read.version != VERSION || read.id != id {
            return None;
        }
        let started = read.started.delivered();
        Some(Self {
            id: read.id,
            user: read.user,
            in_place: read
                .in_place
                .map_or_else(|| started.clone(), Described::delivered),
            started,
            history: read.history,
        })
    }
}

#[cfg(test)]
mod tests {
    use podweave_core::change::Source;
    use podweave_core::digest::Digest;

    use super::*;

    fn delivered(value: &str) -> Delivered {
        let mut outline = Outline::default();
        outline
            .env
            .insert("PORT".to_owned(), Digest::of(value.as_bytes()));
        let source = Source::parse("key shop/web port").unwrap();
        Delivered {
            outline: Arc::new(outline),
            sources: Arc::new(Sources([(source, Some(Digest::of(value.as_bytes())))].into())),
        }
    }

    fn kept(in_place: &str) -> Kept {
        Kept {
            id: "c1".to_owned(),
            user: Some((1000, 2000)),
            started: delivered("1"),
            in_place: delivered(in_place),
            history: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for in_place in ["1", "2"] {
            let document = kept(in_place).to_json();
            let read = Kept::read(&document, "c1").unwrap();
            assert_eq!(
                (read.started, read.in_place),
                (delivered("1"), delivered(in_place))
            );
            assert_eq!(read.user, Some((1000, 2000)));
        }
    }

    #[test]
    fn a_state_of_another_container_or_version_or_a_broken_one_is_none() {
        let document = String::from_utf8(kept("2").to_json()).unwrap();
        assert!(Kept::read(document.as_bytes(), "c2").is_none());
        let other = document.replacen("\"version\":1", "\"version\":2", 1);
        assert!(Kept::read(other.as_bytes(), "c1").is_none());
        for end in 0..document.len() {
            assert!(
                Kept::read(&document.as_bytes()[..end], "c1").is_none(),
                "{end} bytes"
            );
        }
        for broken in ["null", "[]", "{}", "{\"version\":1,\"id\":\"c1\"}"] {
            assert!(Kept::read(broken.as_bytes(), "c1").is_none(), "{broken}");
        }
    }

    #[test]
    fn a_state_has_no_value() {
        let document = String::from_utf8(kept("a-planted-value").to_json()).unwrap();
        assert!(!document.contains("a-planted-value"), "{document}");
    }
}
