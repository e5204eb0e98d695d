//! The reasons why renders of one container cannot be merged.

/// Why the renders of a container conflict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Two renders set arguments.
    #[error(
        "two renders of the container (plugins {first} and {second}) set its arguments; leave that to one of them"
    )]
    Args {
        /// The earlier plugin.
        first: String,
        /// The later plugin.
        second: String,
    },
    /// Two renders make the same file, or one makes a file where the other has a directory.
    #[error(
        "file {path} of plugin {plugin} collides with {other} of another render; give one of the renders another directory (files)"
    )]
    File {
        /// The path in the container.
        path: String,
        /// The later plugin.
        plugin: String,
        /// The path in the container of the other file.
        other: String,
    },
    /// One directory of rendered files is inside another.
    #[error(
        "the directory of rendered files {inner} is inside {outer}, which is also a directory of rendered files; give one of the renders another directory (files)"
    )]
    Directory {
        /// The inner one.
        inner: String,
        /// The outer one.
        outer: String,
    },
    /// A file mount refers to a file that was not rendered.
    #[error(
        "file-mounts puts {rendered} at {target}, but plugin {plugin} did not render it; it rendered {made}"
    )]
    MountOfNothing {
        /// The relative path of the file.
        rendered: String,
        /// Where it should appear.
        target: String,
        /// The plugin.
        plugin: String,
        /// The files that the render made, as text.
        made: String,
    },
    /// A file mount is in a directory of rendered files, or where another path needs a directory.
    #[error("file-mounts puts a file at {target}, which collides with {other}; give it another path")]
    MountCollides {
        /// The path.
        target: String,
        /// The directory or the other file mount.
        other: String,
    },
    /// Two file mounts have the same path.
    #[error("two rendered files have the same path {target}; give one of them another path")]
    MountTwice {
        /// The path.
        target: String,
    },
    /// A variable that is completed refers to another one.
    #[error(
        "environment variable {name:?} refers to $({other}), which is itself completed after the render; write out its parts instead"
    )]
    Chain {
        /// The variable.
        name: String,
        /// What it refers to.
        other: String,
    },
    /// All renders together exceed what a process can get.
    #[error(
        "the rendered environment and arguments of all renders together exceed the limit of {limit} for one container"
    )]
    Limit {
        /// The limit.
        limit: String,
    },
}
