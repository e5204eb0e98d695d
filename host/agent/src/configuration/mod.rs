//! The agent's configuration file: strict, complete with defaults, and documented in docs/operations.md.

mod error;
mod fields;
mod plugin_fields;
mod read;
mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use podweave_api_server::{ApiServerOptions, Qps};
use podweave_config_maps::Strategy;
#[cfg(doc)]
use podweave_config_maps::room::NAMESPACE_BYTES;
use podweave_config_maps::ttl::Ttl;
use podweave_core::limits::Limits as ContainerLimits;

pub use error::ConfigurationError;
pub use fields::FIELDS;
pub use plugin_fields::{
    Certificates, Mirror, PluginLimits, PluginName, RegistryHost, RegistrySettings, Signatures, TrustRule,
};

pub use crate::follow::FollowSettings;
use crate::logging::LogFilter;

/// The `kind` of the file.
pub const KIND: &str = "AgentConfiguration";

/// The path of the file unless the command line has another one.
pub const DEFAULT_PATH: &str = "/etc/podweave/agent.yaml";

/// The environment variable with the node's name, if the file has none.
pub const NODE_NAME: &str = "NODE_NAME";

/// The agent's configuration.
///
/// ```
/// use std::path::Path;
///
/// use podweave_agent::configuration::AgentConfiguration;
///
/// let path = Path::new("/etc/podweave/agent.yaml");
/// let head = "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\n";
/// let configuration = AgentConfiguration::parse(path, &format!("{head}limits: {{memory: 128Mi}}"))?;
/// assert_eq!(configuration.limits.memory_bytes, 128 << 20);
///
/// let error = AgentConfiguration::parse(path, &format!("{head}limits: {{memroy: 128Mi}}")).unwrap_err();
/// assert!(error.to_string().contains("(did you mean \"memory\"?)"));
/// # Ok::<(), podweave_agent::configuration::ConfigurationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentConfiguration {
    /// The name of the node.
    pub node_name: String,
    /// What is logged.
    pub log_level: LogFilter,
    /// The runtime.
    pub nri: Nri,
    /// Where things are kept.
    pub directories: Directories,
    /// The socket that `podweave status` connects to.
    pub status_socket: PathBuf,
    /// The address at which health and metrics are served.
    pub listen_address: SocketAddr,
    /// Plugins that annotations can name in addition to the built-in ones, and terms of built-in ones.
    pub plugins: Vec<PluginName>,
    /// Which plugins of registries may run. A plugin that no rule allows may not.
    pub trust: Vec<TrustRule>,
    /// How registries are reached.
    pub registries: RegistrySettings,
    /// Limits of what all plugins together may take of the node.
    pub plugin_limits: PluginLimits,
    /// How long the creation of a container waits for its render. Then it is refused, and the kubelet tries
    /// again.
    pub creation_timeout: Duration,
    /// Limits of renders.
    pub limits: Limits,
    /// How ConfigMaps are cached and kept fresh.
    pub config_maps: ConfigMapSettings,
    /// How rendered files of running containers follow changes.
    pub follow: FollowSettings,
    /// How the API server is asked.
    pub api_server: ApiServerSettings,
}

/// The runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nri {
    /// Its socket.
    pub socket: PathBuf,
}

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// Rendered files. The directory must have the same path for the runtime.
    pub volumes: PathBuf,
    /// Records of pods.
    pub records: PathBuf,
    /// Compiled plugins.
    pub code: PathBuf,
    /// Pulled plugins.
    pub plugins: PathBuf,
}

/// Limits of renders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory of the plugins of a container, in sum.
    pub memory_bytes: usize,
    /// Time of all renders of a container.
    pub time: Duration,
    /// Bytes copied between host and plugins, for a container.
    pub copied_bytes: usize,
    /// Bytes of all rendered files of a container.
    pub file_bytes: usize,
    /// Bytes of log of a container's renders.
    pub log_bytes: usize,
    /// Bytes of all rendered files of the node.
    pub node_file_bytes: u64,
    /// Bytes of memory of all plugins that render at a time.
    pub node_memory_bytes: usize,
}

/// How ConfigMaps are cached and kept fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMapSettings {
    /// How the ConfigMaps that pods refer to are kept fresh.
    pub strategy: StrategyName,
    /// Whether a pod never gets anything older than a quorum read that was sent after the pod came.
    pub strict: bool,
    /// The maximum age of a ConfigMap that cannot be confirmed; `None`: any age.
    pub max_age: Option<Duration>,
    /// How long a watch stays open that no render uses; `None`: forever.
    pub idle_after: Option<Duration>,
    /// Bytes of memory that the ConfigMaps of all namespaces may take, above [`NAMESPACE_BYTES`] for each.
    pub memory_bytes: usize,
}

/// How ConfigMaps are kept fresh, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyName {
    /// By a watch for each.
    Watch,
    /// By reads, at the interval that the node's annotation gives.
    Cache,
    /// By one read for each render.
    Get,
}

/// How the API server is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiServerSettings {
    /// Reads per second in the long run, and how many at once after a pause.
    pub rate: Qps,
}

impl Default for AgentConfiguration {
    fn default() -> Self {
        let limits = ContainerLimits::default();
        Self {
            node_name: String::new(),
            log_level: LogFilter::default(),
            nri: Nri {
                socket: podweave_nri::DEFAULT_SOCKET.into(),
            },
            directories: Directories {
                volumes: "/run/podweave/volumes".into(),
                records: "/var/lib/podweave/records".into(),
                code: "/var/lib/podweave/code".into(),
                plugins: "/var/lib/podweave/plugins".into(),
            },
            status_socket: crate::status::DEFAULT_SOCKET.into(),
            listen_address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9808)),
            plugins: Vec::new(),
            trust: Vec::new(),
            registries: RegistrySettings::default(),
            plugin_limits: PluginLimits::default(),
            creation_timeout: Duration::from_millis(50),
            limits: Limits {
                memory_bytes: limits.memory_bytes,
                time: limits.time,
                copied_bytes: limits.copied_bytes,
                file_bytes: limits.file_bytes,
                log_bytes: limits.log_bytes,
                node_file_bytes: 256 << 20,
                node_memory_bytes: 64 << 20,
            },
            config_maps: ConfigMapSettings {
                strategy: StrategyName::Watch,
                strict: true,
                max_age: Some(Duration::from_secs(24 * 3600)),
                idle_after: Some(Duration::from_secs(300)),
                memory_bytes: 24 << 20,
            },
            follow: FollowSettings::default(),
            api_server: ApiServerSettings { rate: Qps::KUBELET },
        }
    }
}

impl AgentConfiguration {
    /// Reads the file at this path. Without a path it reads the one at [`DEFAULT_PATH`], or takes the
    /// defaults if that does not exist.
    ///
    /// # Errors
    /// The file cannot be read or has a mistake, or the node's name is not set.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigurationError> {
        Self::load_with(path, std::env::var(NODE_NAME).ok())
    }

    /// As [`AgentConfiguration::load`], with the node's name as the environment has it.
    ///
    /// # Errors
    /// As there.
    pub fn load_with(path: Option<&Path>, node_name: Option<String>) -> Result<Self, ConfigurationError> {
        let mut configuration = Self::read(path)?;
        if configuration.node_name.is_empty() {
            let name = node_name.unwrap_or_default();
            if !podweave_core::names::is_dns_subdomain(&name) {
                return Err(ConfigurationError::NodeName);
            }
            configuration.node_name = name;
        }
        Ok(configuration)
    }

    /// As [`AgentConfiguration::load`], but the node's name may be missing. It is empty then.
    ///
    /// # Errors
    /// The file cannot be read or has a mistake.
    pub fn read(path: Option<&Path>) -> Result<Self, ConfigurationError> {
        let place = path.unwrap_or(Path::new(DEFAULT_PATH));
        match read::text(place)? {
            Some(text) => Self::parse(place, &text),
            None if path.is_some() => Err(ConfigurationError::absent(place)),
            None => Ok(Self::default()),
        }
    }

    /// Reads the text of a file, in which the node's name may be missing.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigurationError> {
        read::configuration(path, text)
    }

    /// Lists the files that the configuration names. They are read when the agent starts and whenever they
    /// change.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let of_rules = self
            .trust
            .iter()
            .filter_map(|rule| rule.signatures.as_ref())
            .flat_map(Signatures::files);
        of_rules.chain(self.registries.files())
    }

    /// Returns how the API server is asked, and how much of its answers is cached.
    #[must_use]
    pub fn api_server_options(&self) -> ApiServerOptions {
        ApiServerOptions {
            qps: Some(self.api_server.rate),
            memory_bytes: self.config_maps.memory_bytes,
            ..ApiServerOptions::default()
        }
    }

    /// Returns the configuration without the fields that take effect without a restart.
    #[must_use]
    pub fn lasting(&self) -> Self {
        Self {
            plugins: Vec::new(),
            trust: Vec::new(),
            registries: RegistrySettings::default(),
            follow: FollowSettings::default(),
            ..self.clone()
        }
    }

    /// Returns how files of running containers follow changes: not at all unless ConfigMaps are watched, since
    /// a change is not noticed otherwise.
    #[must_use]
    pub fn effective_follow(&self) -> FollowSettings {
        FollowSettings {
            is_enabled: self.follow.is_enabled && self.config_maps.strategy == StrategyName::Watch,
            ..self.follow
        }
    }
}

impl Limits {
    /// Returns the limits of one container. Fields that the file does not set have the library's defaults.
    #[must_use]
    pub fn for_containers(&self) -> ContainerLimits {
        ContainerLimits {
            memory_bytes: self.memory_bytes,
            time: self.time,
            copied_bytes: self.copied_bytes,
            file_bytes: self.file_bytes,
            log_bytes: self.log_bytes,
            ..ContainerLimits::default()
        }
    }
}

impl ConfigMapSettings {
    /// Returns the strategy. `ttl` is the time that [`StrategyName::Cache`] uses.
    #[must_use]
    pub fn strategy(&self, ttl: &Ttl) -> Strategy {
        match self.strategy {
            StrategyName::Watch => match Strategy::default() {
                Strategy::Watch {
                    recheck_immutable, ..
                } => Strategy::Watch {
                    idle_after: self.idle_after,
                    recheck_immutable,
                },
                other => other,
            },
            StrategyName::Cache => Strategy::Cache(ttl.clone()),
            StrategyName::Get => Strategy::Get,
        }
    }

    /// Whether the strategy needs the TTL that the node's annotation gives.
    #[must_use]
    pub fn follows_ttl_of_node(&self) -> bool {
        self.strategy == StrategyName::Cache
    }
}

impl StrategyName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Watch, Self::Cache, Self::Get];

    /// The name as the file has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Watch => "Watch",
            Self::Cache => "Cache",
            Self::Get => "Get",
        }
    }
}
