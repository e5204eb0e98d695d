//! Why a project could not be built, and what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why a project could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No build file of a language.
    #[error("there is no plugin project in {}: it would have one of Cargo.toml, go.mod, package.json, pyproject.toml and Makefile; podweave plugin new --lang LANGUAGE NAME makes one", directory.display())]
    NoProject {
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// The build files of two languages.
    #[error("{} has {first} and {second}: one directory holds one plugin; give each its own", directory.display())]
    Ambiguous {
        /// The project's directory.
        directory: PathBuf,
        /// A build file.
        first: &'static str,
        /// Another one.
        second: &'static str,
    },
    /// A tool of the language is not here.
    #[error("there is no {program} here, which {purpose}. {remedy}")]
    MissingTool {
        /// The program.
        program: String,
        /// What it is needed for.
        purpose: &'static str,
        /// How to get it.
        remedy: String,
    },
    /// The project lacks something that its README says how to get.
    #[error("{what}. {remedy}")]
    NotReady {
        /// What is missing.
        what: String,
        /// How to get it.
        remedy: String,
    },
    /// A tool failed.
    #[error("{command} failed ({status}); what it said stands above")]
    Tool {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A tool could not be started.
    #[error("cannot start {program}: {cause}")]
    Start {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A tool answered what nobody can read.
    #[error("{command} answered {reason}; is it another program of that name?")]
    Answer {
        /// The command.
        command: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The build file does not say what is needed.
    #[error("{}: {reason}", path.display())]
    BuildFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The module cannot become a component.
    #[error("{} cannot become a plugin: {reason}", module.display())]
    Component {
        /// The module.
        module: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        cause: io::Error,
    },
}

impl BuildError {
    pub(crate) fn file(path: &Path, cause: io::Error) -> Self {
        Self::File { path: path.to_owned(), cause }
    }
}
