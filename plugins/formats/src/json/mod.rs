//! Reads and writes JSON, RFC 8259. serde_json does so, too, but keeps neither the order of names, nor
//! numbers as they were written, nor lines.

mod read;
mod write;

pub use read::read;
pub(crate) use write::quote;
pub use write::write;
