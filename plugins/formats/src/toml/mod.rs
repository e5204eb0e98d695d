//! Reads and writes TOML.

mod read;
mod write;

pub(crate) use read::read;
pub use write::write;
