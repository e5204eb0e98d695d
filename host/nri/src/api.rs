//! The messages of NRI, as in its [`api.proto`]. `messages` is generated from it by the program in `generate/`.
//!
//! Whatever carries environments or arguments has a `Debug` that shows names and counts only: the runtime sends a container's final
//! environment, Secrets included, and a plugin must be free to log what it gets.
//!
//! [`api.proto`]: https://github.com/containerd/nri/blob/v0.12.2/pkg/api/api.proto

mod brief;
#[allow(missing_docs, clippy::all)]
#[rustfmt::skip]
mod messages;
mod redacted;

pub(crate) use brief::BriefSynchronization;
pub use brief::{BriefAdjustment, BriefContainer, BriefMount, BriefPod, BriefVariable, NamedContainer, Validation};
pub use messages::*;
