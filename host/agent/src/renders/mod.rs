//! What is rendered for the pods of this node: ahead of their containers where that is possible, and checked, or made anew, as a
//! container is created.
//!
//! 1. `source` is where a render's ConfigMaps come from: the manager, and behind it what was recorded;
//!    `plugins` where its plugins come from, and what their references mean for one pod;
//! 2. `attempt` is one render of one container, and what it depended on;
//! 3. `binder` reads what pods ask for, a few at a time;
//! 4. `pod` is a pod with its bindings and the latest attempt for each container;
//! 5. `room` is the memory that pods and results take in sum;
//! 6. `table` is all of them. It is answered from by `answering`, rendered for by `rendering`, and kept for the time after a restart by `recording`.

mod answering;
mod attempt;
mod binder;
mod plugins;
mod pod;
mod recording;
mod refusal;
mod rendering;
mod room;
mod source;
mod table;

pub(crate) use answering::is_static;
pub use answering::{Answer, Wanted};
pub use attempt::{Attempt, Input};
pub use pod::{ContainerRenders, PodRenders};
pub use refusal::Refusal;
pub use source::Recorded;
pub use table::{Known, Parts, Renders, Sandbox};
