//! Lines for the plugin's author and the operator. They never carry a result.

pub use crate::bindings::podweave::plugin::log::{debug, error, info, warn};
