//! What a container was created with, as far as it is known.

use std::collections::BTreeMap;

use podweave_core::change::{Delivered, Running};
use podweave_core::digest::Digest;
use podweave_core::outline::Part;

use super::state::Kept;
use crate::mark;
use crate::renders::Attempt;

/// What a container was created with.
pub(super) struct Baseline {
    pub running: Running,
    /// The number of the render whose files are in place; `None` if another process rendered it.
    pub sequence: Option<u64>,
    /// The result's digest, by which a container is recognized whose state is not known.
    pub mark: Option<Digest>,
}

impl Baseline {
    /// What a container gets that is created with the result of an attempt.
    pub(super) fn of(attempt: &Attempt) -> Self {
        Self {
            running: running(&attempt.delivered, attempt.fixed),
            sequence: Some(attempt.number),
            mark: None,
        }
    }

    /// What a container has that started without its result: nothing, so that it is outdated.
    pub(super) fn nothing() -> Self {
        let nothing = Delivered::default();
        Self {
            running: running(&nothing, nothing.outline.fixed()),
            sequence: Some(0),
            mark: None,
        }
    }

    /// What the state beside a container's files says of it.
    pub(super) fn kept(kept: &Kept, marks: &BTreeMap<String, String>) -> Self {
        Self {
            running: Running {
                started: Some(kept.started.clone()),
                in_place: Some(kept.in_place.clone()),
                // Without the annotation it is not known what the container was created with.
                fixed: marks.get(mark::FIXED).and_then(|fixed| Part::parse(fixed)),
            },
            sequence: None,
            mark: None,
        }
    }

    /// What only the mark says of a container: the digest of what it was created with.
    pub(super) fn marked(marks: &BTreeMap<String, String>) -> Self {
        Self {
            running: Running::default(),
            sequence: None,
            mark: marks.get(mark::MARK).and_then(|mark| Digest::parse(mark)),
        }
    }
}

/// A container that has what it was created with.
pub(super) fn running(delivered: &Delivered, fixed: Part) -> Running {
    Running {
        fixed: Some(fixed),
        started: Some(delivered.clone()),
        in_place: Some(delivered.clone()),
    }
}
