//! What people see of a container's changes. Keeps since when a state is so.

use std::collections::BTreeMap;
use std::time::SystemTime;

use podweave_config_maps::{ConfigMaps, NamespacedName};
use podweave_core::change::{Delivered, Source};
use podweave_core::outline::Difference;

use crate::status::{
    CauseStatus, ChangeState, ChangeStatus, HistoryEntry, HistoryOutcome, MOST_CAUSES, MOST_KEYS, MOST_NAMES,
    MOST_VERSIONS, Time,
};

/// The latest state of a container.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    state: ChangeState,
    since: SystemTime,
    would: Difference,
    causes: Causes,
    failure: Option<String>,
}

/// What makes a difference, for people.
#[derive(Debug, Clone, Default)]
pub(super) struct Causes {
    pub config_maps: Vec<CauseStatus>,
    /// How many more there are.
    pub more: usize,
    pub node_labels: Vec<String>,
}

impl Shown {
    pub(super) fn new(state: ChangeState) -> Self {
        Self {
            state,
            since: SystemTime::now(),
            would: Difference::default(),
            causes: Causes::default(),
            failure: None,
        }
    }

    pub(super) fn state(&self) -> ChangeState {
        self.state
    }

    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Takes the latest state; the time stays while the state does.
    pub(super) fn set(
        &mut self,
        state: ChangeState,
        would: Difference,
        causes: Causes,
        failure: Option<String>,
    ) {
        if self.state != state {
            self.since = SystemTime::now();
        }
        (self.state, self.would, self.causes, self.failure) = (state, cut(would), causes, failure);
    }

    /// Estimates the memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        const NAME: usize = 32;
        let would = [&self.would.env, &self.would.mounts, &self.would.files];
        let names = would.into_iter().flatten().chain(&self.causes.node_labels);
        names.map(|name| NAME + name.len()).sum::<usize>()
            + self
                .causes
                .config_maps
                .iter()
                .map(CauseStatus::bytes)
                .sum::<usize>()
            + self.failure.as_ref().map_or(0, String::len)
    }

    pub(super) fn status(&self, history: Vec<HistoryEntry>) -> ChangeStatus {
        ChangeStatus {
            state: self.state,
            since: self.since.into(),
            would: self.would.clone(),
            causes: self.causes.config_maps.clone(),
            more_causes: self.causes.more,
            node_labels: self.causes.node_labels.clone(),
            failure: self.failure.clone(),
            history,
        }
    }
}

impl Causes {
    /// Describes what has changed, by ConfigMap, with who wrote its latest version.
    pub(super) fn of(sources: &[Source], config_maps: &ConfigMaps) -> Self {
        let mut causes = Self::default();
        let mut keys: BTreeMap<&NamespacedName, Vec<String>> = BTreeMap::new();
        for source in sources {
            match source {
                Source::ConfigMap(name) | Source::Keys(name) => drop(keys.entry(name).or_default()),
                Source::Key(name, key) => keys.entry(name).or_default().push(key.clone()),
                Source::NodeLabel(label) => causes.node_labels.push(label.clone()),
                Source::Other(_) => {}
            }
        }
        let all = keys
            .into_iter()
            .map(|(name, keys)| cause(name, keys, config_maps));
        causes.config_maps = all.collect();
        causes.config_maps.sort_by_key(|cause| cause.hold.is_none());
        causes.node_labels.truncate(MOST_NAMES);
        causes.more = causes.config_maps.len().saturating_sub(MOST_CAUSES);
        causes.config_maps.truncate(MOST_CAUSES);
        causes
    }
}

/// Keeps the first names of each sort.
fn cut(mut would: Difference) -> Difference {
    for names in [&mut would.env, &mut would.mounts, &mut would.files] {
        names.truncate(MOST_NAMES);
    }
    would
}

fn cause(name: &NamespacedName, mut keys: Vec<String>, config_maps: &ConfigMaps) -> CauseStatus {
    let more_keys = keys.len().saturating_sub(MOST_KEYS);
    keys.truncate(MOST_KEYS);
    let version = config_maps.version(&name.namespace, &name.name);
    let writer = version.as_ref().and_then(|version| version.writer.clone());
    CauseStatus {
        namespace: name.namespace.clone(),
        config_map: name.name.clone(),
        resource_version: version
            .as_ref()
            .filter(|version| version.is_present)
            .map(|version| version.resource_version.to_string()),
        keys,
        more_keys,
        by: writer.as_ref().map(|writer| writer.manager.to_string()),
        at: writer.and_then(|writer| Time::parse(&writer.at)),
        hold: version
            .and_then(|version| version.hold)
            .map(|why| why.to_string()),
    }
}

/// Returns an entry of a history: what a container gets now.
pub(super) fn entry(
    outcome: HistoryOutcome,
    causes: Vec<CauseStatus>,
    delivered: &Delivered,
    used: impl Iterator<Item = NamespacedName>,
    config_maps: &ConfigMaps,
) -> HistoryEntry {
    let resource_versions = used.filter_map(|name| {
        let version = config_maps.version(&name.namespace, &name.name)?;
        version
            .is_present
            .then(|| (name.to_string(), version.resource_version.to_string()))
    });
    HistoryEntry {
        at: SystemTime::now().into(),
        outcome,
        causes,
        files: delivered.outline.files().to_string(),
        resource_versions: resource_versions.take(MOST_VERSIONS).collect(),
    }
}
