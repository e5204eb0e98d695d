//! The dotenv plugin that ships with podweave: environment variables from documents in ConfigMaps. docs/plugins/dotenv.md is its
//! manual.
//!
//! A value is text whatever it says: no `$` in it reaches podweave as a reference, so that nobody who can write a ConfigMap
//! can read a container's Secrets through it.

mod glob;
mod names;
mod params;
mod plugin;
mod variables;

pub use plugin::describe;
pub use variables::variables;
