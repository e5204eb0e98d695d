//! Renders a pod and its ConfigMaps into env, args and files. The command line, the golden tests and the
//! node agent all render with this code.
//!
//! ```text
//! pod annotations --parse--> Binding                                   (pure)
//! Binding --> ConfigMaps + plugins                                     (the only I/O before the render)
//! inputs --> sandbox: one fresh instance each --> outputs + reads      (pure: same inputs, same output)
//! outputs --validate, merge--> Rendered                                (pure)
//! ```
//!
//! [`explain`] renders a container repeatedly, each time with one input changed.
//!
//! Invariant: this crate does not know what is delivered, and where; [`deliver`] computes what a container
//! would get according to the manifests.

mod error;
pub mod explain;
mod local;
mod render;
mod source;

pub use error::{Cause, Error};
pub use local::deliver;
pub use render::{ContainerRender, LogLine, Pipeline, Plugins};
pub use source::{ConfigMapSource, PluginSource, RegisteredPod, SourceError};
