//! The messages of NRI, as in its [`api.proto`]. `messages` is generated from it by the program in
//! `generate/`.
//!
//! Messages with environments or arguments have a `Debug` that shows names and counts only: the runtime sends
//! a container's final environment, Secrets included, and a plugin should be able to log what it receives.
//!
//! [`api.proto`]: https://github.com/containerd/nri/blob/v0.12.2/pkg/api/api.proto

mod brief;
#[allow(missing_docs, clippy::all)]
#[rustfmt::skip]
mod messages;
mod redacted;

pub(crate) use brief::BriefSynchronization;
pub use brief::{
    BriefAdjustment, BriefContainer, BriefMount, BriefPod, BriefVariable, NamedContainer, Validation,
};
pub use messages::*;
