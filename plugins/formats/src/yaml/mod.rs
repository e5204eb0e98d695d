//! Reads and writes YAML 1.2 with the core schema. What is written in YAML without quotes is written to YAML
//! the same way, so that a reader of another version of YAML sees what it would have seen before.

mod read;
mod reasons;
mod scalars;
mod write;

pub use read::read;
pub(crate) use read::{read_all, read_one};
pub(crate) use scalars::{certain, is_hidden};
pub use write::write;
