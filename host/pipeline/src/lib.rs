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
//! Invariant: this crate does not know what is delivered, and where; [`deliver`] computes what a container
//! would get according to the manifests.

mod error;
mod local;
mod preparation;
mod render;
mod source;

pub use error::{Cause, Error};
pub use local::deliver;
pub use preparation::{Plugins, bindings, plugins};
pub use render::{ContainerRender, LogLine, Pipeline};
pub use source::{ConfigMapSource, PluginSource, SourceError};
