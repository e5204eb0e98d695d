//! Errors of writing and removing rendered files.

use podweave_core::text;
use podweave_core::text::human_size;

use crate::directory::DirectoryError;

/// The reason why files cannot be written or removed.
#[derive(Debug, thiserror::Error)]
pub enum VolumesError {
    /// The file system.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A name that could lead elsewhere.
    #[error("{name} is not a valid {what}, which is {rule}")]
    Name {
        /// What it names.
        what: &'static str,
        /// The name, quoted.
        name: String,
        /// What a valid name is.
        rule: &'static str,
    },
    /// A path that could lead elsewhere.
    #[error("rendered file {path} cannot be written: {problem}")]
    Path {
        /// The path, quoted.
        path: String,
        /// The problem of the path.
        problem: &'static str,
    },
    /// Too many directories.
    #[error(
        "the rendered files of the container need more than {limit} directories; put more of them into one"
    )]
    Directories {
        /// The limit.
        limit: usize,
    },
    /// The state of a container is too large.
    #[error(
        "the state of the container's files has {size}, more than the limit of {limit}; after a restart of the agent the files stay as they are until the container is created again"
    )]
    State {
        /// Its size.
        size: String,
        /// The limit.
        limit: String,
    },
    /// The files of all pods together are too large.
    #[error(
        "the rendered files of the container take {}, and those of other containers of this node take {}, more than the limit of {} for the node; render fewer or smaller ones, or raise limits.nodeFiles in the agent's configuration",
        size(*.wanted), size(*.used), size(*.limit)
    )]
    Full {
        /// The size of this container's files.
        wanted: u64,
        /// The size of the others' files.
        used: u64,
        /// The limit.
        limit: u64,
    },
}

impl VolumesError {
    pub(super) fn name(what: &'static str, name: &str, rule: &'static str) -> Self {
        Self::Name {
            what,
            name: text::quoted(name),
            rule,
        }
    }
}

fn size(bytes: u64) -> String {
    human_size(usize::try_from(bytes).unwrap_or(usize::MAX))
}
