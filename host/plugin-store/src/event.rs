//! What a store tells while it works.

use std::path::Path;

use podweave_sandbox::compiled::NotUsable;

/// Something that a person may want to see while a plugin is made ready.
#[derive(Debug)]
pub enum Event<'a> {
    /// A component is being compiled, which takes a while.
    Compiling {
        /// The plugin, as it was asked for.
        plugin: &'a str,
        /// Bytes of the component.
        size: usize,
    },
    /// It is compiled.
    Compiled {
        /// The plugin, as it was asked for.
        plugin: &'a str,
    },
    /// Code was there and could not be used; it is made anew.
    CacheUnusable {
        /// The plugin, as it was asked for.
        plugin: &'a str,
        /// Why.
        reason: &'a NotUsable,
    },
    /// Code could not be kept; the next process compiles again.
    CacheNotWritten {
        /// The cache's directory.
        directory: &'a Path,
        /// Why.
        reason: String,
    },
}
