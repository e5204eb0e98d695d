//! Defines where ConfigMaps come from.

use std::ops::ControlFlow;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::object::{Object, ResourceVersion};
use podweave_core::identity::NamespacedName;

pub use crate::source_error::{FailureKind, SourceError};

/// How fresh the answer to a read must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// What a quorum of the store agrees on, at some time after the read was sent.
    Quorum,
    /// What the API server's watch cache has (`resourceVersion=0`): cheap, and possibly older than an earlier
    /// answer.
    Cached,
}

/// Where a watch starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the current state, by a quorum read.
    Fresh,
    /// After this version, with what has changed since.
    After(ResourceVersion),
}

/// An event of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The current state, read with a quorum: the beginning of a fresh watch.
    Current {
        /// The object; `None` if it does not exist.
        object: Option<Object>,
        /// A version at which this was true, if the source reports it: an object has only its own version.
        at: Option<ResourceVersion>,
        /// When the read was sent. The state includes everything that happened before.
        sent: Instant,
    },
    /// From now on changes are reported as they happen.
    Live,
    /// The object was created or changed.
    Applied(Object),
    /// The object was deleted, in this version.
    Deleted(ResourceVersion),
    /// All changes up to this version have been reported.
    Bookmark(ResourceVersion),
}

/// Receives the events of a watch. `Break` ends the watch.
pub type Observer<'a> = dyn FnMut(Event) -> ControlFlow<()> + Send + 'a;

/// Reads and watches ConfigMaps.
///
/// Dropping a future that one of these returned cancels the request and frees its resources.
pub trait Source: Send + Sync + 'static {
    /// Reads one ConfigMap; `None` if it does not exist.
    ///
    /// # Errors
    /// Why there is no answer. A failure is final for this read: the caller decides when to try again.
    fn get<'a>(
        &'a self,
        name: &'a NamespacedName,
        read: Read,
    ) -> BoxFuture<'a, Result<Option<Object>, SourceError>>;

    /// Follows one ConfigMap and calls `observe` with each event in the order of the versions, until the
    /// observer breaks or the source ends the watch, as sources do from time to time. A fresh watch begins
    /// with [`Event::Current`]; another one can come before the first [`Event::Live`], if the first read had
    /// no version to continue from.
    ///
    /// # Errors
    /// Why the watch broke. Events that were reported before stay true.
    fn watch<'a>(
        &'a self,
        name: &'a NamespacedName,
        start: Start,
        observe: &'a mut Observer<'_>,
    ) -> BoxFuture<'a, Result<(), SourceError>>;
}
