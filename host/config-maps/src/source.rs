//! Where ConfigMaps come from.

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::name::NamespacedName;
use crate::object::{Object, ResourceVersion};

/// How fresh the answer to a read is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// What a quorum of the store agrees on, at some time after the read was sent.
    Quorum,
    /// What the API server's watch cache has (`resourceVersion=0`): cheap, and possibly older than what it said before.
    Cached,
}

/// Where a watch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the current state, by a quorum read.
    Fresh,
    /// After this version, with what has changed since.
    After(ResourceVersion),
}

/// What a watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The current state, read with a quorum: the beginning of a fresh watch.
    Current {
        /// The object; `None` if there is none.
        object: Option<Object>,
        /// A version at which this was so, where the source tells: an object alone has its own.
        at: Option<ResourceVersion>,
        /// When the read was sent. What happened before is in it.
        sent: Instant,
    },
    /// From now on changes are told as they happen.
    Live,
    /// The object was created or changed.
    Applied(Object),
    /// The object was deleted, in this version.
    Deleted(ResourceVersion),
    /// All changes up to this version have been told.
    Bookmark(ResourceVersion),
}

/// What kind of failure it is: what a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The version to go on from is too old (410 Gone, Expired): begin afresh.
    Expired,
    /// The source refuses (401, 403): it will go on doing so until somebody mends the permissions.
    Refused,
    /// The source asks for patience (429, 503).
    Busy,
    /// No connection, a cut connection, or no answer in time.
    Unreachable,
    /// The answer makes no sense, or the source failed inside (5xx).
    Broken,
}

/// A read or a watch that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// What happened and what to do, without the name of the ConfigMap. Nothing of its contents.
    pub message: String,
    /// How long the source asks to wait before the next try.
    pub retry_after: Option<Duration>,
    /// When the source was last heard of on the connection that failed: up to then, a watch had told everything.
    pub last_heard: Option<Instant>,
}

impl SourceError {
    /// A failure that says no more than its kind and a message.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, last_heard: None }
    }
}

/// Takes the events of a watch. `Break` ends the watch.
pub type Observer<'a> = dyn FnMut(Event) -> ControlFlow<()> + Send + 'a;

/// Answers for ConfigMaps.
///
/// Dropping a future that one of these returned cancels the request and frees what it held.
pub trait Source: Send + Sync + 'static {
    /// Reads one ConfigMap; `None` if it does not exist.
    ///
    /// # Errors
    /// Why there is no answer. A failure is final for this read: the caller decides when to try again.
    fn get<'a>(&'a self, name: &'a NamespacedName, read: Read) -> BoxFuture<'a, Result<Option<Object>, SourceError>>;

    /// Follows one ConfigMap and tells `observe` of each event in the order of the versions, until the observer breaks or
    /// the source ends the watch, as sources do from time to time. A fresh watch begins with [`Event::Current`]; another one can come
    /// before the first [`Event::Live`], where what was read first had no version to go on from.
    ///
    /// # Errors
    /// Why the watch broke. What was told before stays true.
    fn watch<'a>(&'a self, name: &'a NamespacedName, start: Start, observe: &'a mut Observer<'_>) -> BoxFuture<'a, Result<(), SourceError>>;
}
