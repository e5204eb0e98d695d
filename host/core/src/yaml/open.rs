//! Values while they are read: complete ones, and the lists and maps around them that have not ended.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::Cost;
use super::tree::Tree;

/// How keys that are not text are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// As they are written: `Y` is a name.
    AsWritten,
    /// As kubectl reads them: `Y` is `true`.
    AsKubectl,
}

/// A complete value, and the cost of a copy of it.
#[derive(Clone)]
pub(super) struct Whole {
    pub(super) tree: Tree,
    pub(super) cost: Cost,
    /// The depth of lists and maps, itself included.
    pub(super) levels: usize,
    pub(super) key: Key,
}

/// How a value is used as a key.
#[derive(Clone)]
pub(super) enum Key {
    Name(String),
    Merge,
    /// Why it cannot be a key.
    Unfit(&'static str),
}

/// A list or a map whose end has not been read yet.
pub(super) struct Open {
    pub(super) anchor: usize,
    pub(super) cost: Cost,
    /// The depth of its contents.
    pub(super) levels: usize,
    pub(super) kind: OpenKind,
}

pub(super) enum OpenKind {
    List(Vec<Tree>),
    Map(OpenMap),
}

#[derive(Default)]
pub(super) struct OpenMap {
    pub(super) map: BTreeMap<String, Tree>,
    /// The keys whose values come from another map, by `<<`.
    pub(super) merged: BTreeSet<String>,
    /// A key whose value has not been read yet.
    pub(super) key: Option<Key>,
}

impl OpenMap {
    /// `<<: *defaults`: takes over the entries of another map, or of several, of which the first counts.
    /// Returns false for a value that is not a map.
    pub(super) fn merge(&mut self, tree: Tree, keys: Keys) -> bool {
        let sources = match tree {
            Tree::List(items) => items,
            other => vec![other],
        };
        let mut are_maps = true;
        for source in sources.into_iter().rev() {
            let Tree::Map(source) = source else {
                are_maps = false;
                continue;
            };
            for (name, value) in source {
                // YAML says that a map's own values count; kubectl applies the values in order.
                let is_own = self.map.contains_key(&name) && !self.merged.contains(&name);
                if !is_own || keys == Keys::AsKubectl {
                    self.merged.insert(name.clone());
                    self.map.insert(name, value);
                }
            }
        }
        are_maps
    }
}
