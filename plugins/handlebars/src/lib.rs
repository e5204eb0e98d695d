//! The handlebars plugin that ships with podweave: renders environment variables, arguments and files from
//! Handlebars templates and the bound ConfigMaps. docs/plugins/handlebars.md is its manual.
//!
//! `syntax` parses templates into a tree. `render` evaluates the tree, and asks the [`Host`] for a fact or a
//! ConfigMap's key only when it evaluates an expression that needs it. The results are those of
//! Handlebars.js. docs/decisions/004-handlebars-evaluator.md says why no crate does this.

mod document;
mod escape;
mod failure;
mod helpers;
mod host;
mod number;
mod outputs;
mod params;
mod plugin;
mod render;
mod suggest;
mod syntax;
mod truth;
mod value;

pub use host::Host;
pub use outputs::run;
pub use plugin::describe;
