//! Renders each opted-in pod ahead of time, and answers container creations from the results. A result is
//! checked when a container is created, and rendered again if its inputs have changed.
//!
//! 1. `source` gives a render its ConfigMaps: from the manager or, if that cannot answer, from the record;
//!    `pod_plugins` gives it its plugins, and keeps what their references resolve to for one pod;
//! 2. `attempt` is the result of one render of one container, and what it depends on;
//! 3. `binder` reads what pods' annotations ask for, a few at a time;
//! 4. `pod` is a pod with its bindings and the latest attempt for each container;
//! 5. `memory` limits what pods and results take together; `parts` is what renders work with;
//! 6. `table` has all pods, each with what it `asks` for: `answering` answers creations from it, `rendering`
//!    renders for it, and `recording` keeps it for the time after a restart.

mod annotations;
mod answering;
mod asks;
mod attempt;
mod binder;
mod memory;
mod parts;
mod pod;
mod pod_plugins;
mod pod_sandbox;
mod recording;
mod refusal;
mod rendering;
mod source;
mod table;

pub use answering::{Answer, Wanted};
pub use attempt::Attempt;
pub use parts::RenderParts;
pub use pod::{ContainerRenders, PodRenders};
pub use pod_sandbox::PodSandbox;
pub use refusal::Refusal;
pub use table::{Known, Renders};
