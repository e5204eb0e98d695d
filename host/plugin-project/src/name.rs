//! Checks the name of a project, which is also the name of its directory, of a package in any of the
//! languages, and of the plugin in annotations.

use std::fmt;
use std::str::FromStr;

/// The name of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName(String);

/// Why a text cannot be the name of a project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectNameError {
    /// A language or an annotation would refuse it.
    #[error(
        "a plugin name consists of lower-case letters, digits and single '-', begins with a letter, and has at most {MOST_BYTES} characters, such as database-url"
    )]
    Form,
    /// It already has another meaning in a project.
    #[error("{0:?} has another meaning in a project; choose another name")]
    Taken(String),
}

/// The longest DNS label. That is the strictest of the limits.
const MOST_BYTES: usize = 63;

/// Names of packages in a project or its toolchain.
const TAKEN: [&str; 8] = [
    "alloc",
    "core",
    "plugin",
    "podweave",
    "podweave-plugin",
    "sdk",
    "std",
    "test",
];

impl ProjectName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectName {
    type Err = ProjectNameError;

    fn from_str(text: &str) -> Result<Self, ProjectNameError> {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_well_formed = text.len() <= MOST_BYTES
            && text.bytes().all(is_known)
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
            && !text.ends_with('-')
            && !text.contains("--");
        if !is_well_formed {
            return Err(ProjectNameError::Form);
        }
        if TAKEN.contains(&text) {
            return Err(ProjectNameError::Taken(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_in_all_languages_and_annotations() {
        for good in ["a", "database-url", "x2", &"a".repeat(63)] {
            assert_eq!(
                good.parse::<ProjectName>().map(|name| name.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in [
            "",
            "A",
            "2x",
            "-a",
            "a-",
            "a--b",
            "a_b",
            "a.b",
            "a/b",
            "../a",
            "ä",
            "a b",
            "a\n",
            &"a".repeat(64),
        ] {
            assert_eq!(bad.parse::<ProjectName>(), Err(ProjectNameError::Form), "{bad:?}");
        }
    }

    #[test]
    fn names_that_a_project_uses_itself_are_refused() {
        assert_eq!(
            "sdk".parse::<ProjectName>(),
            Err(ProjectNameError::Taken("sdk".to_owned()))
        );
    }
}
