//! Errors of a build, each with its remedy.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why a project could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The directory has no build file of a language.
    #[error("no plugin project in {}: expected one of Cargo.toml, go.mod, package.json, pyproject.toml and Makefile; create a project with podweave plugin new --lang LANGUAGE NAME", directory.display())]
    NoProject {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory has build files of two languages.
    #[error("{} has {first} and {second}, but a directory can hold one plugin only; give each plugin its own directory", directory.display())]
    Ambiguous {
        /// The project's directory.
        directory: PathBuf,
        /// A build file.
        first: &'static str,
        /// Another one.
        second: &'static str,
    },
    /// A tool of the language is not installed.
    #[error("{program} is not installed; it {purpose}. {remedy}")]
    MissingTool {
        /// The program.
        program: String,
        /// What the program does for the build.
        purpose: &'static str,
        /// How to get it.
        remedy: String,
    },
    /// The project is not set up for the build.
    #[error("{what}. {remedy}")]
    NotReady {
        /// What is missing.
        what: String,
        /// How to get it.
        remedy: String,
    },
    /// A tool failed.
    #[error("{command} failed ({status}); see its output above")]
    Tool {
        /// The command.
        command: String,
        /// The exit status.
        status: ExitStatus,
    },
    /// A tool could not be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: PathBuf,
        /// The system's error.
        #[source]
        cause: io::Error,
    },
    /// The output of a tool cannot be parsed.
    #[error("cannot read the output of {command}: {reason}; check that it is the right program of that name")]
    Answer {
        /// The command.
        command: String,
        /// What is wrong with the output.
        reason: String,
    },
    /// The build file is invalid or incomplete.
    #[error("{}: {reason}", path.display())]
    BuildFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No component can be made of the module.
    #[error("cannot make a plugin of {}: {reason}", module.display())]
    Component {
        /// The module.
        module: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("cannot read or write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        cause: io::Error,
    },
}

impl BuildError {
    pub(crate) fn file(path: &Path, cause: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            cause,
        }
    }
}
