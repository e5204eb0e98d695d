//! The result of one render of one container, and what it depends on.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use podweave_core::change::Delivered;
use podweave_core::config_map::ConfigMap;
use podweave_core::digest::Digest;
use podweave_core::facts::NamedFact;
use podweave_core::identity::NamespacedName;
use podweave_core::merge::Rendered;
use podweave_core::outline::Part;
use podweave_core::reads::{Reads, What};
use podweave_core::reference::PluginReference;
use podweave_pipeline::{Cause, Error};
use podweave_sandbox::RenderError;
use tokio::time::Instant;

use crate::records::RecordedConfigMap;
use crate::room::Share;

/// A ConfigMap that was read.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its content; `None` if it did not exist.
    pub seen: Option<Arc<ConfigMap>>,
    /// When this was last confirmed.
    pub as_of: SystemTime,
}

impl Input {
    /// Converts it to what a record keeps.
    pub(super) fn recorded(&self) -> RecordedConfigMap {
        RecordedConfigMap {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            config_map: self.seen.clone(),
            as_of: self.as_of,
        }
    }

    /// Returns its namespace and its name.
    pub(super) fn identity(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    /// Returns the memory that this alone may keep allocated.
    pub(super) fn bytes(&self) -> usize {
        self.seen.as_deref().map_or(0, ConfigMap::memory_bytes)
    }

    /// Whether this is the same content. It is one shared object for as long as nothing changes it.
    pub(super) fn is_same(&self, other: &Option<Arc<ConfigMap>>) -> bool {
        match (&self.seen, other) {
            (None, None) => true,
            (Some(seen), Some(other)) => Arc::ptr_eq(seen, other) || seen == other,
            _ => false,
        }
    }
}

/// A ConfigMap of a record, without its content, which is on disk.
pub(super) struct InRecordInput {
    namespace: String,
    name: String,
    seen: Option<Weak<ConfigMap>>,
    as_of: SystemTime,
}

impl InRecordInput {
    pub(super) fn of(input: &Input) -> Self {
        Self {
            namespace: input.namespace.clone(),
            name: input.name.clone(),
            seen: input.seen.as_ref().map(Arc::downgrade),
            as_of: input.as_of,
        }
    }

    pub(super) fn identity(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    /// Whether the record is as good: the same content, confirmed at a time that is not much earlier.
    pub(super) fn covers(&self, input: &Input, earlier: Duration) -> bool {
        let seen = match &self.seen {
            None => Some(None),
            // The shared object is gone, so there is newer content by now.
            Some(seen) => seen.upgrade().map(Some),
        };
        seen.is_some_and(|seen| input.is_same(&seen))
            && input.as_of.duration_since(self.as_of).unwrap_or_default() < earlier
    }
}

/// A render that has ended.
#[derive(Debug)]
pub struct Attempt {
    /// What the container gets, or why the render failed.
    pub result: Result<Rendered, Arc<Error>>,
    /// The result without its values, for later comparisons; empty for a failure.
    pub delivered: Delivered,
    /// The digest of what a container has from its start; that of nothing for a failure.
    pub fixed: Part,
    /// The ConfigMaps that the render asked for.
    pub inputs: Vec<Input>,
    /// The plugins that the render asked for, and what each reference was resolved to.
    pub(super) plugins: Vec<(PluginReference, Digest)>,
    /// The generation of the store's settings under which they were allowed.
    pub(super) generation: u64,
    /// The node's labels at the time; `None` if they were not known.
    pub(super) labels: Option<Arc<BTreeMap<String, String>>>,
    pub(super) began: Instant,
    /// Its number in this process: later attempts have higher ones.
    pub number: u64,
    /// The memory that the result and the inputs take.
    pub(super) share: Share,
    /// When it ended.
    pub at: SystemTime,
}

impl Attempt {
    /// Returns the names of the ConfigMaps that it asked for.
    pub fn config_maps(&self) -> impl Iterator<Item = NamespacedName> {
        let inputs = self.inputs.iter();
        inputs.map(|input| NamespacedName::new(&input.namespace, &input.name))
    }

    /// Whether it depends on the node's labels.
    fn reads_labels(&self) -> bool {
        let reads = self.result.iter().flat_map(|rendered| &rendered.reads);
        reads
            .flat_map(Reads::iter)
            .any(|(what, _)| matches!(what, What::NamedFact(NamedFact::NodeLabel, _)))
    }

    /// Whether it used these labels, as far as they matter. For a failure it is not known whether they do.
    pub(super) fn has_labels(&self, labels: Option<&Arc<BTreeMap<String, String>>>) -> bool {
        let is_same = self.labels.as_ref().map(Arc::as_ptr) == labels.map(Arc::as_ptr);
        is_same || (self.result.is_ok() && !self.reads_labels())
    }

    /// Whether it depends on the node's labels while they were not known: a plugin may have failed because of
    /// that.
    pub fn lacks_labels(&self) -> bool {
        let may_depend = match &self.result {
            Ok(_) => self.reads_labels(),
            Err(error) => matches!(*error.cause, Cause::Render(_)),
        };
        self.labels.is_none() && may_depend
    }

    /// Whether the same inputs might give another result: the failure has another cause than the plugin.
    pub fn is_worth_repeating(&self) -> bool {
        let Err(error) = &self.result else { return false };
        matches!(
            *error.cause,
            Cause::Source { .. }
                | Cause::Store(_)
                | Cause::Render(RenderError::Time { .. } | RenderError::Start { .. })
        )
    }
}
