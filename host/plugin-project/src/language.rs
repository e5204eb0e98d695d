//! The languages that podweave makes projects for.

use std::fmt;
use std::path::Path;

/// A language that podweave makes and builds projects in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Rust, for the bare target.
    Rust,
    /// Go, as its own compiler makes it.
    Go,
    /// JavaScript on QuickJS.
    JavaScript,
    /// Python on CPython.
    Python,
    /// C with clang and wasi-libc.
    C,
}

/// No language that podweave makes projects for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no language that podweave makes projects for")]
pub struct UnknownLanguage;

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Go, Self::JavaScript, Self::Python, Self::C];

    /// The language of a name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(name: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.name() == name).ok_or(UnknownLanguage)
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

    /// The language's own build file, by which a project is known.
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

    /// The languages whose build file lies in a directory.
    pub(crate) fn found_in(directory: &Path) -> Vec<Self> {
        Self::ALL.into_iter().filter(|language| directory.join(language.build_file()).is_file()).collect()
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
