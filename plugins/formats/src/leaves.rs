//! Lists the scalars of a tree, each with its path.

use std::fmt;

use crate::kind::Kind;
use crate::mistake::{Mistake, Place};
use crate::properties::is_index;
use crate::tree::{Node, Scalar, Value};

/// A scalar and the path to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'n> {
    /// The names and indices that lead to it.
    pub path: Vec<Segment<'n>>,
    /// The scalar.
    pub scalar: &'n Scalar,
    /// Its place.
    pub place: Place,
}

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'n> {
    /// To the member of this name.
    Name(&'n str),
    /// To the item at this place, counted from 0.
    Index(usize),
}

impl Segment<'_> {
    /// Returns it without brackets: an index is a number, for a list as well as for `.properties`.
    #[must_use]
    pub fn bare(&self) -> String {
        match self {
            Self::Name(name) if is_index(name) => name.trim_matches(['[', ']']).to_owned(),
            Self::Name(name) => (*name).to_owned(),
            Self::Index(index) => index.to_string(),
        }
    }
}

impl Leaf<'_> {
    /// Returns the path as `.properties` writes it: `server.hosts[0]`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = String::new();
        for (index, segment) in self.path.iter().enumerate() {
            let part = segment.to_string();
            if index > 0 && !is_index(&part) {
                name.push('.');
            }
            name.push_str(&part);
        }
        name
    }
}

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Returns the scalars in the order of the document. Empty lists and maps have none.
#[must_use]
pub fn leaves(document: &Node) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    collect(document, &mut Vec::new(), &mut found);
    found
}

/// Returns the same for a format without null: a null member is left out, and a null item is a mistake.
pub(crate) fn leaves_without_null<'n>(document: &'n Node, format: &str) -> Result<Vec<Leaf<'n>>, Mistake> {
    let mut found = leaves(document);
    match found
        .iter()
        .find(|leaf| leaf.scalar.kind == Kind::Null && matches!(leaf.path.last(), Some(Segment::Index(_))))
    {
        Some(leaf) => Err(Mistake::new(
            leaf.place,
            format!("{format} cannot hold null in a list"),
        )),
        None => {
            found.retain(|leaf| leaf.scalar.kind != Kind::Null);
            Ok(found)
        }
    }
}

fn collect<'n>(node: &'n Node, path: &mut Vec<Segment<'n>>, found: &mut Vec<Leaf<'n>>) {
    match &node.value {
        Value::Scalar(scalar) => found.push(Leaf {
            path: path.clone(),
            scalar,
            place: node.place,
        }),
        Value::List(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| below(Segment::Index(index), item, path, found)),
        Value::Map(map) => {
            if let Some(own) = &map.own {
                collect(own, path, found);
            }
            map.members()
                .into_iter()
                .for_each(|(name, node)| below(Segment::Name(name), node, path, found));
        }
    }
}

fn below<'n>(segment: Segment<'n>, node: &'n Node, path: &mut Vec<Segment<'n>>, found: &mut Vec<Leaf<'n>>) {
    path.push(segment);
    collect(node, path, found);
    path.pop();
}
