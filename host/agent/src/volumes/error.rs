//! Why files are not where a container could mount them.

use podweave_core::limits::human_size;
use podweave_core::text;

use crate::directory::DirectoryError;

/// Why files cannot be written or removed.
#[derive(Debug, thiserror::Error)]
pub enum VolumesError {
    /// The file system.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A name that could lead elsewhere.
    #[error("{name} is no {what}, which is {rule}")]
    Name {
        /// What it names.
        what: &'static str,
        /// The name, quoted.
        name: String,
        /// What it would have to be.
        rule: &'static str,
    },
    /// A path that could lead elsewhere.
    #[error("rendered file {path} cannot be written: {problem}")]
    Path {
        /// The path, quoted.
        path: String,
        /// Why not.
        problem: &'static str,
    },
    /// Too many directories.
    #[error("the rendered files of the container need more than {limit} directories; put more of them into one")]
    Directories {
        /// The limit.
        limit: usize,
    },
    /// The files of all pods together are too large.
    #[error(
        "the rendered files of the container take {}, and those of other containers of this node {} of the {} that are allowed; render fewer or smaller ones, or raise limits.nodeFiles in the agent's configuration",
        size(*.wanted), size(*.used), size(*.limit)
    )]
    Full {
        /// What this container would take.
        wanted: u64,
        /// What the others take.
        used: u64,
        /// The limit.
        limit: u64,
    },
}

impl VolumesError {
    pub(super) fn name(what: &'static str, name: &str, rule: &'static str) -> Self {
        Self::Name { what, name: text::quoted(name), rule }
    }
}

fn size(bytes: u64) -> String {
    human_size(usize::try_from(bytes).unwrap_or(usize::MAX))
}
