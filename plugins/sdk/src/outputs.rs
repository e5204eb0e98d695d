//! Sets the results of a render. They take effect only after the render has returned without a failure.

pub use crate::bindings::podweave::plugin::outputs::{
    append_arg, env, expand_env, file, file_bytes, file_mode, replace_args,
};
