//! Writes lines for the plugin's author and the operator. They never contain a result.

pub use crate::bindings::podweave::plugin::log::{debug, error, info, warn};
