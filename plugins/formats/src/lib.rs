//! Reads and writes configuration documents for the plugins that ship with podweave: `.env`, INI, JSON, Java
//! `.properties`, TOML and YAML, each read into one tree and written from it.
//!
//! A scalar keeps its text from the document, and every value keeps its line: a number is written as it was
//! read, and a mistake names the line where it is. No message and no `{:?}` contains a value, because a
//! ConfigMap's values must not reach logs. Depth, number and size of values are limited, even if a document
//! has aliases.

mod dotenv;
mod format;
mod ini;
mod json;
mod kind;
mod leaves;
mod limits;
mod merge;
mod mistake;
mod number;
pub mod params;
mod properties;
mod reference;
mod sources;
mod spring;
mod toml;
mod tree;
mod yaml;

pub use format::Format;
pub use kind::Kind;
pub use leaves::{Leaf, Segment, leaves};
pub use merge::{Layer, Lists, indices_to_lists, merge};
pub use mistake::{Mistake, Place, quoted};
pub use reference::Reference;
pub use sources::{Podweave, Read, Sources};
pub use tree::{Map, Node, Scalar, Value};
// For a plugin that uses only some formats, and should not contain the others.
pub use json::{read as read_json, write as write_json};
pub use toml::write as write_toml;
pub use yaml::{read as read_yaml, write as write_yaml};
