//! Puts together the parts that answer the runtime. The agent and the tests of this crate both do it here, so
//! that the tests test what runs.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use podweave_config_maps::ConfigMaps;
use podweave_core::limits::Limits;
use podweave_plugin_store::Store;
use podweave_sandbox::Sandbox;
use tokio::runtime::Handle;

use crate::creation::Creations;
use crate::events::Events;
use crate::follow::{FollowParts, FollowSettings, Following};
use crate::lifecycle::{Lifecycle, LifecycleParts};
use crate::metrics::Metrics;
use crate::peers::Peers;
use crate::pods::WatchState;
use crate::pull_secrets::PullSecrets;
use crate::records::Records;
use crate::renders::{RenderParts, Renders};
use crate::volumes::Volumes;

/// What the parts work with.
pub struct Surroundings {
    /// The name of the node.
    pub node: String,
    /// The client for the API server.
    pub client: Client,
    /// The ConfigMaps of the node's pods.
    pub config_maps: ConfigMaps,
    /// The maximum age of a ConfigMap that cannot be confirmed.
    pub max_age: Option<Duration>,
    /// Where plugins run.
    pub sandbox: Arc<Sandbox>,
    /// Where plugins come from.
    pub store: Arc<Store>,
    /// The threads on which plugins run.
    pub threads: Handle,
    /// Where files are written.
    pub volumes: Arc<Volumes>,
    /// The records for the time after a restart.
    pub records: Arc<Records>,
    /// The limits of a container's renders.
    pub limits: Limits,
    /// How long a creation may wait for its render.
    pub patience: Duration,
    /// How files of running containers follow changes.
    pub follow: FollowSettings,
}

/// The parts that answer the runtime.
pub struct Assembly {
    /// The NRI plugin that answers the runtime.
    pub creations: Creations,
    /// Follows pods and PodSandboxes.
    pub lifecycle: Arc<Lifecycle>,
    /// The results of renders.
    pub renders: Renders,
    /// What lets the files of running containers follow changes.
    pub following: Arc<Following>,
    /// The state of the watch of the pods.
    pub watch: WatchState,
    /// The Events for the pods' owners.
    pub events: Events,
    /// The other NRI plugins that take part in creations.
    pub peers: Arc<Peers>,
    /// The metrics of all of these.
    pub metrics: Arc<Metrics>,
}

impl Assembly {
    /// Puts the parts together. Has to be called inside of a tokio runtime.
    #[must_use]
    pub fn new(with: Surroundings) -> Self {
        let metrics = Arc::new(Metrics::default());
        let watch = WatchState::default();
        let events = Events::start(with.client.clone(), with.node);
        let renders = Renders::new(RenderParts {
            config_maps: with.config_maps.clone(),
            max_age: with.max_age,
            sandbox: with.sandbox,
            store: with.store,
            pull_secrets: PullSecrets::new(with.client.clone()),
            limits: with.limits.clone(),
            threads: with.threads.clone(),
            records: Arc::clone(&with.records),
            watch: watch.clone(),
            metrics: Arc::clone(&metrics),
        });
        let following = Following::new(
            FollowParts {
                renders: renders.clone(),
                config_maps: with.config_maps,
                volumes: Arc::clone(&with.volumes),
                events: events.clone(),
                threads: with.threads,
            },
            with.follow,
        );
        let lifecycle = Arc::new(Lifecycle::new(LifecycleParts {
            renders: renders.clone(),
            volumes: Arc::clone(&with.volumes),
            records: with.records,
            following: Arc::clone(&following),
            events: events.clone(),
            metrics: Arc::clone(&metrics),
            client: with.client,
        }));
        let peers = Arc::new(Peers::default());
        let creations = Creations {
            renders: renders.clone(),
            volumes: with.volumes,
            lifecycle: Arc::clone(&lifecycle),
            following: Arc::clone(&following),
            events: events.clone(),
            metrics: Arc::clone(&metrics),
            peers: Arc::clone(&peers),
            limits: with.limits,
            patience: with.patience,
        };
        Self {
            creations,
            lifecycle,
            renders,
            following,
            watch,
            events,
            peers,
            metrics,
        }
    }
}
