//! The layers plugin that ships with podweave: documents from several ConfigMaps and keys, laid over each other in order, and
//! written into files. docs/plugins/layers.md is its manual.

mod files;
mod params;
mod plugin;

pub use files::{File, files};
pub use plugin::describe;
