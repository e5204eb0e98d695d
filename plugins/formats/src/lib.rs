//! Configuration documents as the plugins that ship with podweave see them: `.env`, INI, JSON, Java `.properties`, TOML and
//! YAML, each read into one tree and written from it.
//!
//! A scalar keeps the text that its document has, and every value its line: a number comes out as it was written, and a mistake
//! is blamed on the place where it stands. Nothing here repeats a value in a message or a `{:?}`, for a ConfigMap's
//! values have no place in logs. Depth, number and size of values are limited, whatever a document's aliases ask for.

mod dotenv;
mod format;
mod ini;
mod json;
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
pub use leaves::{Leaf, Segment, leaves};
pub use merge::{Layer, Lists, indices_to_lists, merge};
pub use mistake::{Mistake, quoted};
pub use reference::Reference;
pub use sources::{Podweave, Read, Sources};
pub use tree::{Kind, Map, Node, Place, Scalar, Value};
// For a plugin that knows some formats only, and is not to carry the others.
pub use json::{read as read_json, write as write_json};
pub use toml::write as write_toml;
pub use yaml::{read as read_yaml, write as write_yaml};
