//! Rendered files on the node: what containers see, who owns them, how much space they may take, and that
//! nothing is written outside.

mod bench;
mod following;
mod hostile;
mod layout;
mod limits;
