//! Reads and writes Java's `.properties`, as `java.util.Properties` loads and stores it.
//!
//! A dot in a name leads into a map, and `[0]` behind a name leads into a map whose members are called `[0]`,
//! `[1]`, .... So a document in another format can be merged with it. A name that would not be written the
//! same again stays whole.

mod lines;
mod names;
mod read;
mod write;

pub(crate) use names::{is_index, split as split_name};
pub(crate) use read::{read, read_all};
pub(crate) use write::write;
