//! Follows the pods of this node at the API server. Their specs say more about a container than the runtime
//! knows.

mod object;
mod reported;
mod watch;

pub use object::PodObject;
pub use reported::{NodePod, ReportedPod};
pub use watch::{Observer, WatchState, follow};
