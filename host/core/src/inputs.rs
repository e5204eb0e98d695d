//! Answers what a plugin reads in one render, and records each read. A read of something that does not exist
//! is a miss or ends the render.

use std::sync::Arc;

use crate::config_map::{ConfigMap, Value};
use crate::digest::Digest;
use crate::facts::{Fact, NamedFact};
use crate::pod::{Container, Pod};
use crate::reads::{Reads, What};
use crate::text;

/// A bound ConfigMap.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The name that the plugin uses for it.
    pub alias: String,
    /// `namespace/name`, for messages.
    pub identity: String,
    /// `None`: it is bound as optional, and is absent or not shared.
    pub config_map: Option<Arc<ConfigMap>>,
}

/// Everything that one render can read, and the record of what it has read.
#[derive(Debug, Clone)]
pub struct Inputs {
    pod: Arc<Pod>,
    container: usize,
    bound: Vec<Bound>,
    params: Arc<str>,
    reads: Reads,
}

/// A read that ends the render. It contains no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The plugin asked for an alias that no annotation binds.
    #[error(
        "no ConfigMap is bound as {alias}{suggestion}; bound are {bound}. Bind it in podweave.dev/config-maps"
    )]
    NotBound {
        /// The alias that the plugin asked for, quoted.
        alias: String,
        /// The nearest alias, as text to append.
        suggestion: String,
        /// The bound aliases, as text.
        bound: String,
    },
    /// The ConfigMap is bound as optional and does not exist.
    #[error(
        "ConfigMap {identity} ({alias:?}) does not exist; it is bound as optional, but this render needs it. Create it, or give the plugin a default"
    )]
    Absent {
        /// The alias.
        alias: String,
        /// `namespace/name`.
        identity: String,
    },
    /// The key does not exist.
    #[error(
        "ConfigMap {identity} ({alias:?}) has no key {key}{suggestion}; add it, or give the plugin a default"
    )]
    NoKey {
        /// The alias.
        alias: String,
        /// `namespace/name`.
        identity: String,
        /// The key that the plugin asked for, quoted.
        key: String,
        /// The nearest key, as text to append.
        suggestion: String,
    },
    /// The plugin asked for text, and the value is not UTF-8.
    #[error(
        "ConfigMap {identity} ({alias:?}): key {key} is not UTF-8 text; the plugin must read it as bytes"
    )]
    NotText {
        /// The alias.
        alias: String,
        /// `namespace/name`.
        identity: String,
        /// The key, quoted.
        key: String,
    },
}

impl Inputs {
    /// Creates the inputs of a render for a container of a pod.
    ///
    /// # Panics
    /// If the pod has no container with that index; indices come from [`Pod::containers`].
    #[must_use]
    pub fn new(pod: Arc<Pod>, container: usize, bound: Vec<Bound>, params: Arc<str>) -> Self {
        assert!(
            container < pod.containers.len(),
            "an index of the pod's containers"
        );
        Self {
            pod,
            container,
            bound,
            params,
            reads: Reads::default(),
        }
    }

    /// Creates empty inputs, for a plugin that only describes itself.
    #[must_use]
    pub fn empty() -> Self {
        let pod = Pod {
            containers: vec![Container::default()],
            ..Pod::default()
        };
        Self::new(Arc::new(pod), 0, Vec::new(), "{}".into())
    }

    /// Returns the same inputs with an empty record of reads.
    #[must_use]
    pub fn unread(&self) -> Self {
        Self {
            pod: Arc::clone(&self.pod),
            bound: self.bound.clone(),
            params: Arc::clone(&self.params),
            reads: Reads::default(),
            ..*self
        }
    }

    /// Returns what the plugin has read so far.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Returns what the plugin has read, after the render.
    #[must_use]
    pub fn into_reads(self) -> Reads {
        self.reads
    }

    /// Answers the call `params`. They are not recorded: the inputs digest contains them as a whole.
    #[must_use]
    pub fn params(&self) -> &Arc<str> {
        &self.params
    }

    fn spec(&self) -> &Container {
        // `new` has checked the index.
        &self.pod.containers[self.container]
    }

    /// Whether the container's spec has a command or args, so that arguments can be replaced. The plugin does
    /// not read this.
    #[must_use]
    pub fn has_arguments(&self) -> bool {
        self.spec().command.is_some() || self.spec().args.is_some()
    }

    /// `config-maps`: the aliases of the existing ConfigMaps, in order.
    pub fn config_maps(&mut self) -> Vec<String> {
        let existing: Vec<String> = self
            .bound
            .iter()
            .filter(|bound| bound.config_map.is_some())
            .map(|bound| bound.alias.clone())
            .collect();
        self.reads
            .record_config_maps(&existing, digest_of_list(&existing));
        existing
    }

    /// Answers the call `keys`, sorted.
    ///
    /// # Errors
    /// The alias is not bound, or the ConfigMap does not exist.
    pub fn keys(&mut self, alias: &str) -> Result<Vec<String>, InputError> {
        let bound = bound(&self.bound, alias)?;
        let Some(config_map) = bound.config_map.clone() else {
            let error = absent(bound);
            self.reads.record(What::Keys(alias.to_owned()), None);
            return Err(error);
        };
        let keys: Vec<String> = config_map.keys().map(str::to_owned).collect();
        self.reads
            .record(What::Keys(alias.to_owned()), Some(digest_of_list(&keys)));
        Ok(keys)
    }

    /// `find-bytes`: the value, or a miss.
    ///
    /// # Errors
    /// The alias is not bound.
    pub fn find(&mut self, alias: &str, key: &str) -> Result<Option<&Value>, InputError> {
        self.look_up(alias, key).map(|(_, found)| found)
    }

    /// `find`: as [`Inputs::find`], but only text.
    ///
    /// # Errors
    /// As [`Inputs::find`], and the value is not text.
    pub fn find_text(&mut self, alias: &str, key: &str) -> Result<Option<&str>, InputError> {
        let (bound, found) = self.look_up(alias, key)?;
        let not_text = || InputError::NotText {
            alias: bound.alias.clone(),
            identity: bound.identity.clone(),
            key: text::quoted(key),
        };
        found
            .map(|value| value.as_text().ok_or_else(not_text))
            .transpose()
    }

    /// Answers the call `require-bytes`.
    ///
    /// # Errors
    /// As [`Inputs::find`], and the ConfigMap or the key does not exist.
    pub fn require(&mut self, alias: &str, key: &str) -> Result<&Value, InputError> {
        let (bound, found) = self.look_up(alias, key)?;
        found.ok_or_else(|| missing(bound, key))
    }

    /// Answers the call `require`.
    ///
    /// # Errors
    /// As [`Inputs::require`], and the value is not text.
    pub fn require_text(&mut self, alias: &str, key: &str) -> Result<&str, InputError> {
        let (bound, found) = self.look_up(alias, key)?;
        let value = found.ok_or_else(|| missing(bound, key))?;
        value.as_text().ok_or_else(|| InputError::NotText {
            alias: bound.alias.clone(),
            identity: bound.identity.clone(),
            key: text::quoted(key),
        })
    }

    /// Reads a key and records the read. The value is borrowed, not cloned: renders that run in parallel
    /// would contend for its reference count.
    fn look_up(&mut self, alias: &str, key: &str) -> Result<(&Bound, Option<&Value>), InputError> {
        let bound = bound(&self.bound, alias)?;
        let found = bound
            .config_map
            .as_ref()
            .and_then(|config_map| config_map.get(key));
        self.reads.record(
            What::Key(alias.to_owned(), key.to_owned()),
            found.map(Value::digest),
        );
        Ok((bound, found))
    }

    /// Answers the call `pod-name`.
    pub fn pod_name(&mut self) -> Option<String> {
        self.fact(Fact::PodName, self.pod.name.clone())
    }

    /// Answers the call `pod-uid`.
    pub fn pod_uid(&mut self) -> Option<String> {
        self.fact(Fact::PodUid, self.pod.uid.clone())
    }

    /// Answers the call `node-name`.
    pub fn node_name(&mut self) -> Option<String> {
        self.fact(Fact::NodeName, self.pod.node_name.clone())
    }

    /// Answers the call `pod-namespace`.
    pub fn pod_namespace(&mut self) -> String {
        self.certain_fact(Fact::PodNamespace, self.pod.namespace.clone())
    }

    /// Answers the call `service-account`.
    pub fn service_account(&mut self) -> String {
        self.certain_fact(Fact::ServiceAccount, self.pod.service_account.clone())
    }

    /// Answers the call `container-name`.
    pub fn container_name(&mut self) -> String {
        self.certain_fact(Fact::ContainerName, self.spec().name.clone())
    }

    /// Answers the call `image`.
    pub fn image(&mut self) -> String {
        self.certain_fact(Fact::Image, self.spec().image.clone())
    }

    /// Answers the call `label`.
    pub fn label(&mut self, key: &str) -> Option<String> {
        self.named_fact(NamedFact::Label, key, self.pod.labels.get(key).cloned())
    }

    /// Answers the call `annotation`.
    pub fn annotation(&mut self, key: &str) -> Option<String> {
        self.named_fact(NamedFact::Annotation, key, self.pod.annotations.get(key).cloned())
    }

    /// Answers the call `node-label`.
    pub fn node_label(&mut self, key: &str) -> Option<String> {
        self.named_fact(NamedFact::NodeLabel, key, self.pod.node_labels.get(key).cloned())
    }

    /// Answers the call `command`.
    pub fn command(&mut self) -> Option<Vec<String>> {
        self.list_fact(Fact::Command, self.spec().command.clone())
    }

    /// Answers the call `args`.
    pub fn args(&mut self) -> Option<Vec<String>> {
        self.list_fact(Fact::Args, self.spec().args.clone())
    }

    /// Answers the call `port`.
    pub fn port(&mut self, name: &str) -> Option<u16> {
        let port = self.spec().ports.get(name).copied();
        self.named_fact(NamedFact::Port, name, port.map(|port| port.to_string()));
        port
    }

    /// Answers the call `resource-request`.
    pub fn resource_request(&mut self, name: &str) -> Option<String> {
        self.named_fact(
            NamedFact::ResourceRequest,
            name,
            self.spec().requests.get(name).cloned(),
        )
    }

    /// Answers the call `resource-limit`.
    pub fn resource_limit(&mut self, name: &str) -> Option<String> {
        self.named_fact(
            NamedFact::ResourceLimit,
            name,
            self.spec().limits.get(name).cloned(),
        )
    }

    fn fact(&mut self, fact: Fact, value: Option<String>) -> Option<String> {
        self.reads.record(
            What::Fact(fact),
            value.as_ref().map(|value| Digest::of(value.as_bytes())),
        );
        value
    }

    fn certain_fact(&mut self, fact: Fact, value: String) -> String {
        self.reads
            .record(What::Fact(fact), Some(Digest::of(value.as_bytes())));
        value
    }

    fn named_fact(&mut self, fact: NamedFact, name: &str, value: Option<String>) -> Option<String> {
        self.reads.record(
            What::NamedFact(fact, name.to_owned()),
            value.as_ref().map(|value| Digest::of(value.as_bytes())),
        );
        value
    }

    fn list_fact(&mut self, fact: Fact, value: Option<Vec<String>>) -> Option<Vec<String>> {
        self.reads
            .record(What::Fact(fact), value.as_deref().map(digest_of_list));
        value
    }
}

fn bound<'b>(all: &'b [Bound], alias: &str) -> Result<&'b Bound, InputError> {
    all.iter().find(|bound| bound.alias == alias).ok_or_else(|| {
        let aliases = || all.iter().map(|bound| bound.alias.as_str());
        InputError::NotBound {
            alias: text::quoted(alias),
            suggestion: text::did_you_mean(alias, aliases()),
            bound: text::list(aliases()),
        }
    })
}

fn missing(bound: &Bound, key: &str) -> InputError {
    match &bound.config_map {
        None => absent(bound),
        Some(config_map) => InputError::NoKey {
            alias: bound.alias.clone(),
            identity: bound.identity.clone(),
            key: text::quoted(key),
            suggestion: text::did_you_mean(key, config_map.keys()),
        },
    }
}

fn absent(bound: &Bound) -> InputError {
    InputError::Absent {
        alias: bound.alias.clone(),
        identity: bound.identity.clone(),
    }
}

fn digest_of_list(list: &[String]) -> Digest {
    Digest::of(serde_json::Value::from(list).to_string().as_bytes())
}
