//! The handlebars plugin that ships with podweave: environment variables, arguments and files from Handlebars templates
//! over the bound ConfigMaps. docs/plugins/handlebars.md is its manual.
//!
//! The templates are read into a tree by [`syntax`] and evaluated by [`render`], which asks the [`Host`] for a fact or a
//! ConfigMap's key only when an expression that is really evaluated needs it. What is right is what Handlebars.js does; why this is no crate's
//! work is in docs/decisions/004-handlebars-evaluator.md.

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
mod value;

pub use host::Host;
pub use outputs::run;
pub use plugin::describe;
