//! Holds what is known of one ConfigMap, and the rule that it never goes back: once a version was shown to
//! any caller, no caller sees an older one, no matter how it arrived.

use std::sync::Arc;

use tokio::time::Instant;

use crate::object::{Object, ResourceVersion};
use crate::source::{Event, Read, SourceError};

/// What is known of a ConfigMap. Each change creates a new one, and readers share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Knowledge {
    pub content: Content,
    /// The newest known version, including that of a deletion.
    newest: ResourceVersion,
    /// Counts the changes of the content, so that a read can detect a change that came while it was running.
    pub revision: u64,
    /// The content was true at this time or later.
    pub as_of: Option<Instant>,
    /// When the last quorum read was sent that confirmed or set the content.
    pub quorum_as_of: Option<Instant>,
    pub watch: WatchPhase,
    /// When a pod last started to refer to it.
    pub referenced_at: Option<Instant>,
    /// What was known before this time is not served as fresh: a pod came, or the watch had been ended for
    /// idleness.
    pub not_before: Option<Instant>,
    /// Why it is not fresher; `None` after a success.
    pub failure: Option<Arc<Failure>>,
}

/// The content of a ConfigMap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Content {
    /// It has not been read yet.
    #[default]
    Unknown,
    Absent,
    Present(Object),
}

/// The phase of its watch; `strategy::watching` draws how they follow each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WatchPhase {
    /// No watch: reads keep it fresh, or the watch was ended because it is immutable or idle.
    #[default]
    None,
    /// A watch is being opened, for the first time or again.
    Opening,
    /// A watch reports each change.
    Live,
}

/// A read or watch that failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub error: Arc<SourceError>,
    pub at: Instant,
    /// No other attempt is made before this time.
    pub retry_at: Instant,
}

/// What happened to the answer of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is the content now.
    Applied,
    /// It is the content now, and a watch that is behind it may still report older states.
    AppliedAheadOfWatch,
    /// It is older than the content, or may be.
    Older,
}

/// The answer of a read.
#[derive(Debug)]
pub(crate) struct ReadAnswer {
    pub object: Option<Object>,
    /// A version at which this was true, if known.
    pub at: Option<ResourceVersion>,
    pub read: Read,
    pub sent: Instant,
    /// [`Knowledge::revision`] when the read was sent.
    pub revision: u64,
}

impl Knowledge {
    pub(crate) fn is_known(&self) -> bool {
        self.content != Content::Unknown
    }

    pub(crate) fn object(&self) -> Option<&Object> {
        match &self.content {
            Content::Present(object) => Some(object),
            Content::Unknown | Content::Absent => None,
        }
    }

    /// Whether it is immutable. Such a ConfigMap needs no watch: it can only be deleted and recreated under
    /// the same name.
    pub(crate) fn is_immutable(&self) -> bool {
        self.object().is_some_and(|object| object.immutable)
    }

    /// Whether it was true at `since` or later.
    pub(crate) fn is_as_of(&self, since: Instant) -> bool {
        self.is_known() && (self.watch == WatchPhase::Live || self.as_of.is_some_and(|as_of| as_of >= since))
    }

    /// Whether a quorum read that was sent at `since` or later confirmed it.
    pub(crate) fn is_quorum_as_of(&self, since: Instant) -> bool {
        self.is_known() && self.quorum_as_of.is_some_and(|as_of| as_of >= since)
    }

    pub(crate) fn apply_read(&mut self, answer: ReadAnswer) -> Outcome {
        let outcome = match answer.object {
            Some(object) if object.resource_version < self.newest => return Outcome::Older,
            Some(object) => {
                self.set_present(object);
                Outcome::Applied
            }
            None => match self.apply_absence(answer.read, answer.at, answer.revision) {
                Outcome::Older => return Outcome::Older,
                applied => applied,
            },
        };
        self.as_of = self.as_of.max(Some(answer.sent));
        if answer.read == Read::Quorum {
            self.quorum_as_of = self.quorum_as_of.max(Some(answer.sent));
        }
        self.failure = None;
        outcome
    }

    /// An answer without an object does not say in which version: it may be from before the object was
    /// created.
    fn apply_absence(&mut self, read: Read, at: Option<ResourceVersion>, revision: u64) -> Outcome {
        match (&self.content, at) {
            (Content::Absent, _) => {}
            (_, Some(at)) if at < self.newest => return Outcome::Older,
            (_, Some(_)) | (Content::Unknown, None) => self.set(Content::Absent),
            (Content::Present(_), None) if read == Read::Cached || revision != self.revision => {
                return Outcome::Older;
            }
            (Content::Present(_), None) => {
                self.set(Content::Absent);
                // The deletion has a version of its own, later than the object's.
                self.newest.0 += 1;
                self.newest = self.newest.max(at.unwrap_or_default());
                return if self.watch == WatchPhase::None {
                    Outcome::Applied
                } else {
                    Outcome::AppliedAheadOfWatch
                };
            }
        }
        self.newest = self.newest.max(at.unwrap_or_default());
        Outcome::Applied
    }

    /// Takes an event of a watch, except [`Event::Current`], which is a read.
    pub(crate) fn apply_event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Applied(object) if object.resource_version > self.newest => self.set_present(object),
            Event::Deleted(version) if version > self.newest => {
                self.newest = version;
                if self.object().is_some() {
                    self.set(Content::Absent);
                }
            }
            // A read that was ahead of the watch has already reported it.
            Event::Applied(_) | Event::Deleted(_) | Event::Bookmark(_) | Event::Current { .. } => {}
            Event::Live => self.watch = WatchPhase::Live,
        }
        self.as_of = self.as_of.max(Some(now));
        self.failure = None;
    }

    /// Records the end of a watch that had reported everything up to this time.
    pub(crate) fn end_watch(&mut self, reported_until: Option<Instant>, watch: WatchPhase) {
        if self.watch == WatchPhase::Live {
            self.as_of = self.as_of.max(reported_until);
        }
        self.watch = watch;
    }

    fn set_present(&mut self, mut object: Object) {
        self.newest = self.newest.max(object.resource_version);
        if let Some(known) = self.object() {
            // A version is one state of one object: there is no need to compare the contents.
            if known.resource_version == object.resource_version {
                return;
            }
            // An edit of the metadata alone leaves the contents where they are, and what readers know of them.
            if known.config_map == object.config_map {
                object.config_map = Arc::clone(&known.config_map);
            }
        }
        self.set(Content::Present(object));
    }

    fn set(&mut self, content: Content) {
        self.content = content;
        self.revision += 1;
    }
}

#[cfg(test)]
mod tests {
    use podweave_core::config_map::ConfigMap;

    use super::*;

    /// An object in a version.
    fn object(version: u64) -> Object {
        let config_map = Arc::new(ConfigMap::new("ns", "name"));
        Object::new(config_map, "uid", ResourceVersion(version))
    }

    /// The answer of a quorum read that is sent now.
    fn read(known: &Knowledge, object: Option<Object>, at: Option<u64>) -> ReadAnswer {
        ReadAnswer {
            object,
            at: at.map(ResourceVersion),
            read: Read::Quorum,
            sent: Instant::now(),
            revision: known.revision,
        }
    }

    fn knowing(version: u64) -> Knowledge {
        let mut known = Knowledge::default();
        known.apply_read(read(&Knowledge::default(), Some(object(version)), None));
        known
    }

    fn version(known: &Knowledge) -> Option<u64> {
        known.object().map(|object| object.resource_version.0)
    }

    #[test]
    fn an_object_that_was_seen_to_be_gone_does_not_come_back_in_the_same_version() {
        let mut known = knowing(5);
        known.apply_read(read(&known, None, None));
        assert_eq!(version(&known), None);
        known.apply_event(Event::Applied(object(5)), Instant::now());
        assert_eq!(
            known.apply_read(read(&known, Some(object(5)), None)),
            Outcome::Older
        );
        assert_eq!(version(&known), None);
        known.apply_event(Event::Applied(object(7)), Instant::now());
        assert_eq!(version(&known), Some(7));
    }

    #[test]
    fn an_absence_in_an_older_version_says_nothing() {
        let mut known = knowing(5);
        assert_eq!(known.apply_read(read(&known, None, Some(4))), Outcome::Older);
        assert_eq!(version(&known), Some(5));
        assert_eq!(known.apply_read(read(&known, None, Some(9))), Outcome::Applied);
        assert_eq!(version(&known), None);
        assert_eq!(
            known.apply_read(read(&known, Some(object(8)), None)),
            Outcome::Older,
            "version 9 deleted it"
        );
    }

    #[test]
    fn an_absence_that_was_read_before_the_object_was_made_says_nothing() {
        let mut known = knowing(5);
        let late = read(&known, None, None);
        known.apply_event(Event::Deleted(ResourceVersion(6)), Instant::now());
        known.apply_event(Event::Applied(object(7)), Instant::now());
        assert_eq!(known.apply_read(late), Outcome::Older);
        assert_eq!(version(&known), Some(7));
    }

    #[test]
    fn what_a_watch_tells_late_says_nothing() {
        let mut known = knowing(9);
        known.apply_event(Event::Applied(object(7)), Instant::now());
        known.apply_event(Event::Deleted(ResourceVersion(8)), Instant::now());
        assert_eq!(version(&known), Some(9));
    }
}
