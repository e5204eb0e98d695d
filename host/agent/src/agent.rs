//! Runs the agent: reads its configuration, starts its tasks, and ends them when the process is asked to end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use podweave_api_server::{ApiServer, ApiServerError};
use podweave_config_maps::ttl::Ttl;
use podweave_config_maps::{ConfigMaps, Options};
use podweave_core::text::chain;
use podweave_nri::{Options as NriOptions, Service};
use podweave_plugin_store::Store;
use podweave_sandbox::{Allocation, SMALL_RENDER_BYTES, Sandbox, SandboxError};
use prometheus_client::registry::Registry;
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::assembly::{Assembly, Surroundings};
use crate::configuration::AgentConfiguration;
use crate::creation::Creations;
use crate::follow::Following;
use crate::http;
use crate::mark::{AGENT_INDEX, AGENT_NAME};
use crate::plugins::{self, PluginMetrics, PluginsError};
use crate::pods;
use crate::records::{Records, RecordsError};
use crate::renders::Renders;
use crate::report::Report;
use crate::signals;
use crate::volumes::{Volumes, VolumesError};

/// Renders that run at the same time, for each CPU: while one waits for a lock, another one runs.
const SLOTS_FOR_A_CPU: usize = 2;

/// Upper limit of concurrent renders, however many CPUs there are: each takes memory. A render takes
/// microseconds in most languages.
const MAX_SLOTS: usize = 32;

/// Interval between two reads of the node's labels. Plugins can read them, and administrators change them by
/// hand.
const LABELS_PERIOD: Duration = Duration::from_secs(60);

/// Interval at which records note until when their ConfigMaps were confirmed. Longer than idle watches live,
/// which it would keep open otherwise.
const CONFIRM_PERIOD: Duration = Duration::from_secs(600);

/// How long the shutdown waits for tasks.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the agent does not start.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The sandbox for plugins cannot be started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The directory of rendered files cannot be used.
    #[error(transparent)]
    Volumes(#[from] VolumesError),
    /// The directory of records cannot be used.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The client for the API server cannot be set up.
    #[error(transparent)]
    ApiServer(#[from] ApiServerError),
    /// Neither a ServiceAccount nor a kubeconfig names the API server.
    #[error(
        "the API server is not known: {0}; run the agent in a pod with a ServiceAccount, or name a kubeconfig in KUBECONFIG"
    )]
    NoCluster(String),
    /// The agent cannot listen on its address or its socket.
    #[error(transparent)]
    Http(#[from] http::HttpError),
    /// The NRI service cannot be started.
    #[error(transparent)]
    Nri(#[from] podweave_nri::Error),
    /// The configured plugins, keys, certificates or credentials cannot be used.
    #[error(transparent)]
    Plugins(#[from] PluginsError),
    /// A task has panicked, which is a bug in podweave; a restart of the agent starts all tasks again.
    #[error("an agent task panicked; see the log above. Restart the agent")]
    Task,
    /// The system refuses threads or signal handlers.
    #[error("the agent cannot start")]
    System(#[from] std::io::Error),
}

/// Runs the agent until the process is asked to end. Blocks, and uses its own threads. `path` is the
/// configuration file, which is read again when it changes.
///
/// # Errors
/// The agent cannot start. It recovers by itself from what fails later, except from a panic.
pub fn run(configuration: AgentConfiguration, path: Option<PathBuf>) -> Result<(), AgentError> {
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let answering = threads("agent", cpus.clamp(2, 4))?;
    let rendering = threads("render", cpus)?;
    // The API server's answers about pods and ConfigMaps are read here: one can have megabytes.
    let following = threads("follow", 2)?;
    let ended = answering.block_on(serve(configuration, path, &rendering, &following, cpus));
    following.shutdown_background();
    rendering.shutdown_background();
    answering.shutdown_timeout(FAREWELL);
    ended
}

fn threads(name: &str, count: usize) -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(count)
        .thread_name(name)
        .enable_all()
        .build()
}

async fn serve(
    configuration: AgentConfiguration,
    path: Option<PathBuf>,
    rendering: &Runtime,
    following: &Runtime,
    cpus: usize,
) -> Result<(), AgentError> {
    let stop = signals::termination()?;
    let node = configuration.node_name.clone();
    info!(version = env!("CARGO_PKG_VERSION"), node, "starting agent");

    let cluster = Cluster::new(&configuration, following).await?;
    let sandbox = Arc::new(sandbox(configuration.limits.node_memory_bytes, rendering, cpus)?);
    let plugin_metrics = PluginMetrics::default();
    let store = Arc::new(plugins::store(
        &configuration,
        Arc::clone(&sandbox),
        &plugin_metrics,
    )?);
    let volumes = Arc::new(Volumes::open(
        &configuration.directories.volumes,
        configuration.limits.node_file_bytes,
    )?);
    let assembly = assemble(
        &configuration,
        &cluster,
        rendering.handle(),
        sandbox,
        &store,
        &volumes,
    )?;

    let mut registry = Registry::default();
    plugin_metrics.register(&mut registry, &store, &configuration);
    volumes.register_metrics(&mut registry);
    cluster.register_metrics(&mut registry);
    assembly.metrics.register(&mut registry);
    assembly.events.register_metrics(&mut registry);
    assembly.following.register_metrics(&mut registry);

    let service = service(&configuration, assembly.creations)?;
    let report = Arc::new(Report {
        node: node.clone(),
        started_at: SystemTime::now(),
        nri: service.handle(),
        renders: assembly.renders.clone(),
        following: Arc::clone(&assembly.following),
        peers: assembly.peers,
    });
    let mut tasks = JoinSet::new();
    http::serve(&mut tasks, &configuration, registry, report).await?;
    let followers = Arc::clone(&assembly.following);
    let reload = plugins::keep_up(store, followers, configuration.clone(), path, assembly.metrics);
    tasks.spawn(async move { match reload.await {} });
    cluster.start(&mut tasks, &configuration, &assembly.renders, &assembly.following);
    let listen = Arc::clone(&assembly.following).listen();
    tasks.spawn_on(async move { match listen.await {} }, rendering.handle());
    let (watch, lifecycle) = (assembly.watch, assembly.lifecycle);
    let follow = async move { match pods::follow(cluster.client, &node, &watch, &*lifecycle).await {} };
    tasks.spawn_on(follow, following.handle());

    let ended = tokio::select! {
        ended = service.run(stop) => ended.map_err(AgentError::from),
        // None of these tasks ends by itself: without one of them the agent would work with stale data and
        // not notice.
        _ = tasks.join_next() => Err(AgentError::Task),
    };
    info!("stopping agent");
    assembly.events.flush(FAREWELL).await;
    tasks.shutdown().await;
    ended
}

/// Puts together the parts that answer the runtime, as the configuration says.
fn assemble(
    configuration: &AgentConfiguration,
    cluster: &Cluster,
    rendering: &Handle,
    sandbox: Arc<Sandbox>,
    store: &Arc<Store>,
    volumes: &Arc<Volumes>,
) -> Result<Assembly, AgentError> {
    Ok(Assembly::new(Surroundings {
        node: configuration.node_name.clone(),
        client: cluster.client.clone(),
        config_maps: cluster.config_maps.clone(),
        max_age: configuration.config_maps.max_age,
        sandbox,
        store: Arc::clone(store),
        threads: rendering.clone(),
        volumes: Arc::clone(volumes),
        records: Arc::new(Records::open(&configuration.directories.records)?),
        limits: configuration.limits.for_containers(),
        patience: configuration.creation_timeout,
        follow: configuration.effective_follow(),
    }))
}

/// The access to the API server, and the ConfigMaps that come from there.
struct Cluster {
    api_server: Arc<ApiServer>,
    client: Client,
    config_maps: ConfigMaps,
    /// The interval at which the kubelet of this node would read ConfigMaps.
    ttl: Ttl,
}

impl Cluster {
    async fn new(configuration: &AgentConfiguration, following: &Runtime) -> Result<Self, AgentError> {
        let config = kube::Config::infer()
            .await
            .map_err(|error| AgentError::NoCluster(error.to_string()))?;
        let api_server = Arc::new(ApiServer::new(config, configuration.api_server_options())?);
        let client = api_server.client().clone();
        let ttl = Ttl::default();
        let options = Options {
            strategy: configuration.config_maps.strategy(&ttl),
            strict: configuration.config_maps.strict,
        };
        let _entered = following.enter();
        let config_maps = ConfigMaps::new(Arc::clone(&api_server) as _, options);
        Ok(Self {
            api_server,
            client,
            config_maps,
            ttl,
        })
    }

    fn register_metrics(&self, registry: &mut Registry) {
        self.config_maps.register_metrics(registry);
        self.api_server.metrics().register(registry);
    }

    /// Starts the tasks that read the node's labels and TTL, and that confirm records.
    fn start(
        &self,
        tasks: &mut JoinSet<()>,
        configuration: &AgentConfiguration,
        renders: &Renders,
        following: &Arc<Following>,
    ) {
        let node = configuration.node_name.clone();
        if configuration.config_maps.follows_ttl_of_node() {
            let (api_server, node, ttl) = (Arc::clone(&self.api_server), node.clone(), self.ttl.clone());
            tasks.spawn(async move { match api_server.keep_ttl_of_node(&node, &ttl).await {} });
        }
        let labels = keep_labels(self.client.clone(), node, renders.clone(), Arc::clone(following));
        tasks.spawn(labels);
        tasks.spawn(confirm_records(renders.clone()));
    }
}

/// Starts the sandbox. Its pool runs the plugins on the rendering threads.
fn sandbox(memory: usize, rendering: &Runtime, cpus: usize) -> Result<Sandbox, SandboxError> {
    let slots = cpus
        .saturating_mul(SLOTS_FOR_A_CPU)
        .min(MAX_SLOTS)
        .min(memory / SMALL_RENDER_BYTES / 2)
        .max(1);
    let allocation = Allocation::Pooling {
        slots: u32::try_from(slots).unwrap_or(u32::MAX),
    };
    let _entered = rendering.enter();
    Ok(Sandbox::new(allocation)?.with_memory(memory))
}

fn service(
    configuration: &AgentConfiguration,
    creations: Creations,
) -> Result<Service<Creations>, podweave_nri::Error> {
    let mut options = NriOptions::new(AGENT_INDEX, AGENT_NAME)?;
    options.socket.clone_from(&configuration.nri.socket);
    Ok(Service::new(options, Arc::new(creations)))
}

/// Keeps the labels of the node, for plugins that ask for them.
async fn keep_labels(client: Client, node: String, renders: Renders, following: Arc<Following>) {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Node"));
    let nodes: Api<DynamicObject> = Api::all_with(client, &resource);
    loop {
        match nodes.get_metadata(&node).await {
            Ok(metadata) => {
                if renders.set_labels(metadata.metadata.labels.unwrap_or_default()) {
                    following.labels_changed();
                }
            }
            Err(error) => warn!(
                node,
                error = chain(&error),
                "cannot read the node's labels; plugins see those that were read last"
            ),
        }
        sleep(LABELS_PERIOD).await;
    }
}

async fn confirm_records(renders: Renders) {
    loop {
        sleep(CONFIRM_PERIOD).await;
        renders.confirm_records().await;
    }
}
