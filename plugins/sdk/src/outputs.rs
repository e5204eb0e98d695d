//! What a render sets. Nothing of it takes effect before the render has returned without a failure.

pub use crate::bindings::podweave::plugin::outputs::{append_arg, env, expand_env, file, file_bytes, file_mode, replace_args};
