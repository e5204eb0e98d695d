//! The one pipeline: a pod and its ConfigMaps become env, args and files. The command line, the golden tests and the
//! node agent all render with this code.
//!
//! ```text
//! pod annotations --parse--> Binding                                   (pure)
//! Binding --> ConfigMaps + plugins                                     (the only I/O before the render)
//! inputs --> sandbox: one fresh instance each --> outputs + reads      (pure: same inputs, same output)
//! outputs --validate, merge--> Rendered                                (pure)
//! ```
//!
//! [`explain`] renders again and again, each time with one input changed.
//!
//! Invariant: what is delivered, and where to, is not known here; [`deliver`] says what a container would get by what manifests tell.

mod error;
pub mod explain;
mod local;
mod render;
mod source;

pub use error::{Cause, Error};
pub use local::deliver;
pub use render::{ContainerRender, LogLine, Pipeline, Plugins};
pub use source::{ConfigMapSource, PluginSource, RegisteredPod, SourceError};
