//! The pods of this node, as the API server has them: their specs, which say more of a container than the runtime knows.

mod object;
mod seen;
mod watch;

pub use object::PodObject;
pub use seen::{NodePod, Seen};
pub use watch::{Observer, WatchFailure, WatchState, follow};
