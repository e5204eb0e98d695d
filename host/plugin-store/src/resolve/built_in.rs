//! The built-in plugins, which the build script compiles from source.

use podweave_core::digest::Digest;

/// A plugin that ships with podweave.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The name under which annotations refer to it.
    pub name: &'static str,
    /// The component's digest.
    pub digest: Digest,
    /// The component.
    pub component: &'static [u8],
}

impl BuiltIn {
    /// All built-in plugins.
    pub const ALL: &'static [Self] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

    /// Finds the built-in plugin of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|built_in| built_in.name == name)
    }
}
