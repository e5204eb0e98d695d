//! The layers plugin that ships with podweave: merges documents from several ConfigMaps and keys in order,
//! and writes them into files. docs/plugins/layers.md is its manual.

mod files;
mod params;
mod plugin;

pub use files::{File, files};
pub use plugin::describe;
