//! Follows the pods of this node at the API server. Their specs say more about a container than the runtime
//! knows.

mod object;
mod seen;
mod watch;

pub use object::PodObject;
pub use seen::{NodePod, Seen};
pub use watch::{Observer, WatchFailure, WatchState, follow};
