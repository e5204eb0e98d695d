//! The languages in which podweave creates and builds projects.

use std::fmt;
use std::path::Path;

/// A language in which podweave creates and builds projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Rust, for a target without WASI.
    Rust,
    /// Go, with its own compiler.
    Go,
    /// JavaScript on QuickJS.
    JavaScript,
    /// Python on CPython.
    Python,
    /// C with clang and wasi-libc.
    C,
}

/// The language is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unsupported language; use rust, go, js, python or c")]
pub struct UnknownLanguage;

impl Language {
    /// All languages.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Go, Self::JavaScript, Self::Python, Self::C];

    /// Finds the language of this name.
    ///
    /// # Errors
    /// There is no such language.
    pub fn named(name: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL
            .into_iter()
            .find(|language| language.name() == name)
            .ok_or(UnknownLanguage)
    }

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Go => "go",
            Self::JavaScript => "js",
            Self::Python => "python",
            Self::C => "c",
        }
    }

    /// The language's own build file, by which a project is recognized.
    #[must_use]
    pub fn build_file(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::Go => "go.mod",
            Self::JavaScript => "package.json",
            Self::Python => "pyproject.toml",
            Self::C => "Makefile",
        }
    }

    /// The languages whose build files are in a directory.
    pub(crate) fn found_in(directory: &Path) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|language| directory.join(language.build_file()).is_file())
            .collect()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rust => "Rust",
            Self::Go => "Go",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::C => "C",
        })
    }
}
