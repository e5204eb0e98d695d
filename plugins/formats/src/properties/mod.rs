//! Java's `.properties`, as `java.util.Properties` loads and stores it.
//!
//! A dot in a name leads into a map, `[0]` behind one into a map whose members are called `[0]`, `[1]`, ...: so that a
//! document in another format can be merged with it. A name that would not come out the same is kept whole.

mod lines;
mod names;
mod read;
mod write;

pub(crate) use names::{is_index, split as split_name};
pub(crate) use read::{read, read_all};
pub(crate) use write::write;
