//! The plugins that ship with podweave, compiled from source by the build script.

use podweave_core::digest::Digest;

/// A plugin that ships with podweave.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The name by which annotations refer to it.
    pub name: &'static str,
    /// The component's digest.
    pub digest: Digest,
    /// The component.
    pub component: &'static [u8],
}

impl BuiltIn {
    /// All of them.
    pub const ALL: &'static [Self] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

    /// The one of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|built_in| built_in.name == name)
    }
}
