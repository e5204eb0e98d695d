//! The settings of a store, which can change while it runs.

mod registries;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use podweave_core::oci_reference::OciReference;
use podweave_core::pattern::Pattern;
use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;

use crate::pull::PullPolicy;
use crate::trust::Trust;
pub use registries::{PodCredentials, Registries, RegistryHost};

/// The settings of a store.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Names for plugins. They override built-in names.
    pub named: BTreeMap<PluginReference, Arc<NamedPlugin>>,
    /// Which registries' plugins are allowed to run.
    pub trust: Trust,
    /// The access to registries.
    pub registries: Registries,
    /// Overrides all pull policies, including those of rules.
    pub pull_policy: Option<PullPolicy>,
    /// Uses pods' own credentials.
    pub pod_credentials: bool,
    /// Uses the last known manifest of a tag while the registry does not answer.
    pub last_known_good: bool,
}

/// A plugin with a name in the settings.
#[derive(Debug, Clone)]
pub struct NamedPlugin {
    /// Where the plugin comes from.
    pub origin: Origin,
    /// The namespaces whose pods may use it; `None`: all.
    pub namespaces: Option<Arc<[Pattern]>>,
    /// When the registry is asked; `None`: as the trust rule says.
    pub pull_policy: Option<PullPolicy>,
    /// What it may use and set; `None`: as the trust rule says, or the default terms.
    pub terms: Option<Arc<Terms>>,
}

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A built-in plugin.
    BuiltIn,
    /// A component in a file.
    File(PathBuf),
    /// A registry.
    Registry(OciReference),
}

impl NamedPlugin {
    /// A plugin for all namespaces, on the default terms.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            namespaces: None,
            pull_policy: None,
            terms: None,
        }
    }
}
