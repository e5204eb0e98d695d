//! Records what a render depended on: each read once, misses included.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::digest::{Digest, DigestBuilder};
use crate::facts::{Fact, NamedFact};

/// What a plugin read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Which of the bound ConfigMaps exist.
    ConfigMaps,
    /// The keys of a ConfigMap, by its alias.
    Keys(String),
    /// The value of a key: alias, key.
    Key(String, String),
    /// A fact of the pod, the container or the node without a name of its own.
    Fact(Fact),
    /// A fact that has a name: `label`, `node-label`, `port`, ...
    NamedFact(NamedFact, String),
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConfigMaps => formatter.write_str("config-maps"),
            Self::Keys(alias) => write!(formatter, "keys/{alias}"),
            Self::Key(alias, key) => write!(formatter, "config-map/{alias}/{key}"),
            Self::Fact(fact) => fact.fmt(formatter),
            Self::NamedFact(fact, name) => write!(formatter, "{fact}/{name}"),
        }
    }
}

/// The reads of one render, each once.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    /// Each read, with the number of its latest occurrence.
    seen: BTreeMap<What, (usize, Option<Digest>)>,
    count: usize,
    existing: Option<Vec<String>>,
}

impl Reads {
    /// Records a read; `None` is a miss. A repeated read has the same result: inputs do not change during a
    /// render.
    pub fn record(&mut self, what: What, found: Option<Digest>) {
        self.count += 1;
        self.seen.insert(what, (self.count, found));
    }

    /// Records the list of ConfigMaps that exist, by their aliases, with the list's digest.
    pub fn record_config_maps(&mut self, existing: &[String], digest: Digest) {
        self.record(What::ConfigMaps, Some(digest));
        self.existing = Some(existing.to_vec());
    }

    /// The aliases of the ConfigMaps that exist; `None` if the plugin did not ask.
    #[must_use]
    pub fn existing(&self) -> Option<&[String]> {
        self.existing.as_deref()
    }

    /// All reads, sorted.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&What, Option<Digest>)> {
        self.seen.iter().map(|(what, (_, found))| (what, *found))
    }

    /// Returns the latest reads, newest first.
    #[must_use]
    pub fn latest(&self, count: usize) -> Vec<String> {
        let mut reads: Vec<_> = self
            .seen
            .iter()
            .map(|(what, (number, _))| (std::cmp::Reverse(*number), what))
            .collect();
        reads.sort_unstable_by_key(|(number, _)| *number);
        reads
            .into_iter()
            .take(count)
            .map(|(_, what)| shown(what))
            .collect()
    }

    /// Computes the digest of everything that a render's output depends on. It contains no resourceVersion,
    /// so an unrelated edit does not change it.
    #[must_use]
    pub fn inputs_digest(&self, plugin: Digest, params: &str) -> Digest {
        let mut digest = DigestBuilder::new("podweave inputs 1")
            .field(plugin.as_bytes())
            .field(params.as_bytes());
        let mut name = String::new();
        for (what, found) in self.iter() {
            use fmt::Write as _;
            name.clear();
            // Writing to a String cannot fail.
            let _ = write!(name, "{what}");
            digest.push(name.as_bytes());
            digest.push(found.as_ref().map_or(&[], |digest| digest.as_bytes()));
        }
        digest.finish()
    }
}

/// A plugin chooses the names that it asks for, so they are cut and made printable.
fn shown(what: &What) -> String {
    crate::text::printable(&what.to_string(), 600)
}

/// Returns the reads of all renders of a container as the command line prints them: sorted, each once.
#[must_use]
pub fn report(renders: &[Reads]) -> Vec<Read> {
    let reads: BTreeSet<Read> = renders
        .iter()
        .flat_map(Reads::iter)
        .map(|(what, found)| Read {
            what: shown(what),
            found: found.is_some(),
            sha256: found.map(|digest| digest.hex()),
        })
        .collect();
    reads.into_iter().collect()
}

/// A read as the command line prints it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Read {
    /// `config-map/ALIAS/KEY`, `keys/ALIAS`, `label/NAME`, `node-name`, ...
    pub what: String,
    /// Whether it existed.
    pub found: bool,
    /// The digest of the value; for a list, of its JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}
