//! What a result depended on that can change while its container runs, by the names that users know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::binding::Render;
use crate::digest::Digest;
use crate::facts::NamedFact;
use crate::identity::NamespacedName;
use crate::names;
use crate::reads::{Reads, What};
use crate::text;

/// The most sources that are kept of one result. A ConfigMap has at most 10,000 keys, but a plugin may ask
/// for any number of those that are not there. A change of a source that is not kept moves nothing.
pub const MAX_SOURCES: usize = 16_384;

/// The most bytes of a fact's name. No label, annotation, port or resource has as long a one.
const MAX_FACT_BYTES: usize = 512;

/// Something that a result depended on. Its text is what states and statuses have: `key shop/web port`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Whether a ConfigMap exists.
    ConfigMap(NamespacedName),
    /// Which keys a ConfigMap has.
    Keys(NamespacedName),
    /// The value of a ConfigMap's key.
    Key(NamespacedName, String),
    /// A label of the node.
    NodeLabel(String),
    /// Another fact of the pod, the container or the node, as reads name it: `label/app`.
    Other(String),
}

impl Source {
    /// The ConfigMap that it is of.
    #[must_use]
    pub fn config_map(&self) -> Option<&NamespacedName> {
        match self {
            Self::ConfigMap(name) | Self::Keys(name) | Self::Key(name, _) => Some(name),
            Self::NodeLabel(_) | Self::Other(_) => None,
        }
    }

    /// The key of the ConfigMap.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(_, key) => Some(key),
            _ => None,
        }
    }

    /// Whether a running container may follow its change: that of a ConfigMap or of a node's label, and not
    /// that of the pod itself.
    #[must_use]
    pub fn can_move(&self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// Parses what [`Source`] prints; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ')?;
        let source = match kind {
            "config-map" => Self::ConfigMap(config_map(rest)?),
            "keys" => Self::Keys(config_map(rest)?),
            "key" => {
                let (name, key) = rest.split_once(' ')?;
                Self::Key(config_map(name)?, key.to_owned())
            }
            "node-label" => Self::NodeLabel(rest.to_owned()),
            "fact" => Self::Other(rest.to_owned()),
            _ => return None,
        };
        source.can_exist().then_some(source)
    }

    /// Whether an object can have it. What a plugin asks for can have any name and any length.
    fn can_exist(&self) -> bool {
        match self {
            Self::ConfigMap(_) | Self::Keys(_) => true,
            Self::Key(_, key) => names::is_config_map_key(key),
            Self::NodeLabel(name) | Self::Other(name) => {
                name.len() <= MAX_FACT_BYTES && !name.chars().any(text::is_unprintable)
            }
        }
    }
}

fn config_map(text: &str) -> Option<NamespacedName> {
    let (namespace, name) = text.split_once('/')?;
    (names::is_dns_label(namespace) && names::is_dns_subdomain(name))
        .then(|| NamespacedName::new(namespace, name))
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConfigMap(name) => write!(formatter, "config-map {name}"),
            Self::Keys(name) => write!(formatter, "keys {name}"),
            Self::Key(name, key) => write!(formatter, "key {name} {key}"),
            Self::NodeLabel(name) => write!(formatter, "node-label {name}"),
            Self::Other(name) => write!(formatter, "fact {name}"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("is not the name of a source"))
    }
}

/// What a result depended on: each source once, with the digest of what was found; `None`: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(pub BTreeMap<Source, Option<Digest>>);

impl Sources {
    /// Names what a container's renders have read. Aliases become ConfigMaps, since an alias means something
    /// in its own render only. Both are in the renders' order.
    #[must_use]
    pub fn of(reads: &[Reads], renders: &[Arc<Render>]) -> Self {
        let mut sources = BTreeMap::new();
        for (reads, render) in reads.iter().zip(renders) {
            for (what, found) in reads.iter() {
                match source(what, render) {
                    Some(source) if source.can_exist() => {
                        sources.insert(source, found);
                    }
                    _ => {}
                }
            }
            sources.extend(existence(reads, render));
        }
        if sources.len() > MAX_SOURCES {
            let (found, missed): (Vec<_>, Vec<_>) =
                sources.into_iter().partition(|(_, found)| found.is_some());
            sources = found.into_iter().chain(missed).take(MAX_SOURCES).collect();
        }
        Self(sources)
    }

    /// Returns the sources that both have, with another digest in each. One that only one of both has does
    /// not count: another plugin reads something else.
    pub fn changed<'s>(&'s self, latest: &'s Self) -> impl Iterator<Item = &'s Source> {
        self.0.iter().filter_map(|(source, found)| {
            let now = latest.0.get(source)?;
            (now != found).then_some(source)
        })
    }

    /// Returns the memory that they take, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        const SOURCE: usize = 192;
        let names = self.0.keys().map(|source| match source {
            Source::ConfigMap(name) | Source::Keys(name) => name.namespace.len() + name.name.len(),
            Source::Key(name, key) => name.namespace.len() + name.name.len() + key.len(),
            Source::NodeLabel(name) | Source::Other(name) => name.len(),
        });
        names.map(|bytes| SOURCE + bytes).sum()
    }
}

/// The source of a read. The list of ConfigMaps has none of its own: [`existence`].
fn source(what: &What, render: &Render) -> Option<Source> {
    let named = |alias: &str| {
        let reference = render.config_maps.iter().find(|map| map.alias == alias)?;
        Some(NamespacedName::new(&reference.namespace, &reference.name))
    };
    match what {
        What::ConfigMaps => None,
        What::Keys(alias) => named(alias).map(Source::Keys),
        What::Key(alias, key) => named(alias).map(|name| Source::Key(name, key.clone())),
        What::NamedFact(NamedFact::NodeLabel, name) => Some(Source::NodeLabel(name.clone())),
        What::Fact(_) | What::NamedFact(..) => Some(Source::Other(what.to_string())),
    }
}

/// Takes the list of ConfigMaps apart, so that one that comes or goes is a change of this one by its name,
/// and renders with different lists do not differ.
fn existence(reads: &Reads, render: &Render) -> Vec<(Source, Option<Digest>)> {
    let Some(existing) = reads.existing() else {
        return Vec::new();
    };
    let existing: BTreeSet<&str> = existing.iter().map(String::as_str).collect();
    let exists = Digest::of(b"exists");
    let each = render.config_maps.iter().map(|map| {
        let name = NamespacedName::new(&map.namespace, &map.name);
        let found = existing.contains(map.alias.as_str()).then_some(exists);
        (Source::ConfigMap(name), found)
    });
    each.collect()
}
