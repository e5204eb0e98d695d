//! What the tests in `tests` and in `e2e` call of inner modules. It is no API, and contains no code.

pub mod assembly {
    pub use crate::assembly::{Assembly, Surroundings};
}

pub mod creation {
    pub use crate::creation::Creations;
}

pub mod events {
    pub use crate::events::{Events, Reason};
}

pub mod follow {
    pub use crate::follow::{FollowSettings, Following};
}

pub mod http {
    pub use crate::http::{Health, HttpError, serve};
}

pub mod lifecycle {
    pub use crate::lifecycle::{Lifecycle, Started};
}

pub mod metrics {
    pub use crate::metrics::Metrics;
}

pub mod plugins {
    pub use crate::plugins::{PluginMetrics, memory_needed, store};
}

pub mod pods {
    pub use crate::pods::{Observer, ReportedPod, WatchState, follow};
}

pub mod records {
    pub use crate::records::{Record, RecordedConfigMap, Records, RecordsError};
}

pub mod renders {
    pub use crate::renders::{PodSandbox, Renders};
}

pub mod seal {
    pub use crate::seal::{SEAL, is_marked, mark};
}

pub mod volumes {
    pub use crate::volumes::{Followed, NewFiles, Volumes, VolumesError, Written};
}
