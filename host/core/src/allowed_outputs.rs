//! Says which variables, arguments and files a plugin may set.

use std::sync::Arc;

use crate::pattern::Pattern;

/// What a plugin may set. The default is everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOutputs {
    /// The variables that the plugin may set, by patterns of their names; `None` allows any.
    pub env: Option<Arc<[Pattern]>>,
    /// Allows the plugin to append to the container's arguments, and to replace them.
    pub args: bool,
    /// The files that the plugin may set, by patterns of their relative paths; `None` allows any.
    pub files: Option<Arc<[Pattern]>>,
}

impl Default for AllowedOutputs {
    fn default() -> Self {
        Self {
            env: None,
            args: true,
            files: None,
        }
    }
}

impl AllowedOutputs {
    /// Whether the plugin may set a variable of this name.
    #[must_use]
    pub fn allows_env(&self, name: &str) -> bool {
        is_among(self.env.as_deref(), name)
    }

    /// Whether the plugin may write a file with this relative path.
    #[must_use]
    pub fn allows_file(&self, path: &str) -> bool {
        is_among(self.files.as_deref(), path)
    }
}

fn is_among(patterns: Option<&[Pattern]>, name: &str) -> bool {
    patterns.is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(name)))
}
