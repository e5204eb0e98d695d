//! The calls of a plugin that end its render.

/// A call that ends the render. Names are quoted and cut; the error contains no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// A name that a variable cannot have.
    #[error("environment variable {name}: the name cannot be used: {problem}")]
    EnvName {
        /// The name, quoted.
        name: String,
        /// Why.
        problem: &'static str,
    },
    /// A value that a process cannot get.
    #[error("{what}: {problem}")]
    String {
        /// Which variable or argument.
        what: String,
        /// Why.
        problem: String,
    },
    /// One variable was set twice.
    #[error("environment variable {name} is set twice, to different values; set it once")]
    EnvTwice {
        /// The name, quoted.
        name: String,
    },
    /// Arguments were appended and replaced.
    #[error("arguments are replaced and appended in one render, or replaced twice; do one of them once")]
    ArgsTwice,
    /// Arguments cannot be replaced, because the spec does not show them.
    #[error(
        "arguments cannot be replaced: the container's spec has neither command nor args, so the image's entry point and arguments are unknown. Give the container a command or args, or append instead"
    )]
    NothingToReplace,
    /// A path that a rendered file cannot have.
    #[error("file {path}: the path cannot be used: {problem}")]
    Path {
        /// The path, quoted.
        path: String,
        /// Why.
        problem: &'static str,
    },
    /// One path for two different things.
    #[error("file {path} collides with file {other} of the same render; give one of them another path")]
    PathTwice {
        /// The path, quoted.
        path: String,
        /// The other, quoted.
        other: String,
    },
    /// A mode above 0o777.
    #[error("file {path}: mode {mode:#o} is not allowed; at most 0o777")]
    Mode {
        /// The path, quoted.
        path: String,
        /// The mode.
        mode: u32,
    },
    /// A mode for a file that does not exist.
    #[error("file {path}: set its mode after the file, not before it")]
    NoFile {
        /// The path, quoted.
        path: String,
    },
    /// The node's policy does not let this plugin set it.
    #[error(
        "{what} is not allowed for this plugin; allow it in the agent's configuration (trust or plugins)"
    )]
    NotAllowed {
        /// The variable, the arguments or the file.
        what: String,
    },
    /// Too many bytes or files.
    #[error("{what} exceed the limit of {limit} for one container")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: String,
    },
}
