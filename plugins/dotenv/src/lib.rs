//! The dotenv plugin that ships with podweave: sets environment variables from documents in ConfigMaps.
//! docs/plugins/dotenv.md is its manual.
//!
//! A value is always text: no `$` in it reaches podweave as a reference, so that someone who can write a
//! ConfigMap cannot read a container's Secrets through it.

mod glob;
mod names;
mod params;
mod plugin;
mod variables;

pub use plugin::describe;
pub use variables::variables;
