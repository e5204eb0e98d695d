//! Says which version of a ConfigMap is known.

use std::sync::Arc;

use crate::knowledge::{Content, Knowledge};
use crate::object::Writer;

/// Which version of a ConfigMap is known, without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `metadata.resourceVersion`; 0 if it does not exist.
    pub resource_version: u64,
    /// Whether it exists.
    pub is_present: bool,
    /// Why its changes wait; `None` if they do not.
    pub hold: Option<Arc<str>>,
    /// Who wrote it last, if the source says so.
    pub writer: Option<Writer>,
    /// Whether the source has said in this process that it is so now: by an open watch, or by a read that the
    /// strategy still trusts. With [`crate::Strategy::Get`] it is never confirmed.
    pub is_confirmed: bool,
}

impl Version {
    /// Returns the version of what is known; `None` if nothing is.
    pub(crate) fn of(known: &Knowledge, is_confirmed: bool) -> Option<Self> {
        let object = match &known.content {
            Content::Unknown => return None,
            Content::Absent => None,
            Content::Present(object) => Some(object),
        };
        Some(Self {
            resource_version: object.map_or(0, |object| object.resource_version.0),
            is_present: object.is_some(),
            hold: object.and_then(|object| object.hold.clone()),
            writer: object.and_then(|object| object.writer.clone()),
            is_confirmed,
        })
    }
}
