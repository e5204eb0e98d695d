//! What a store goes by, and what can be changed while it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use podweave_core::oci_reference::OciReference;
use podweave_core::pattern::Pattern;
use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;

use crate::registries::Registries;
use crate::trust::{PullPolicy, Trust};

/// What a store goes by.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Names for plugins, over the built-in ones of these names.
    pub named: BTreeMap<PluginReference, Arc<Named>>,
    /// Which plugins of registries may run.
    pub trust: Trust,
    /// How registries are reached.
    pub registries: Registries,
    /// Takes the place of all pull policies, those of rules included.
    pub pull_policy: Option<PullPolicy>,
    /// Whether pods' own credentials are used.
    pub pod_credentials: bool,
    /// Whether a tag means what it meant when the registry told last, while the registry does not answer.
    pub last_known_good: bool,
}

/// A plugin that has a name.
#[derive(Debug, Clone)]
pub struct Named {
    /// Where it comes from.
    pub origin: Origin,
    /// The namespaces whose pods may use it; `None`: all.
    pub namespaces: Option<Arc<[Pattern]>>,
    /// When the registry is asked; `None`: as the trust rule says.
    pub pull_policy: Option<PullPolicy>,
    /// What it may cost and set; `None`: as the trust rule says, or any.
    pub terms: Option<Arc<Terms>>,
}

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It ships with podweave.
    BuiltIn,
    /// A component in a file.
    File(PathBuf),
    /// A registry.
    Registry(OciReference),
}

impl Named {
    /// A plugin for everybody, on the terms that hold for all.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        Self { origin, namespaces: None, pull_policy: None, terms: None }
    }
}
