//! Defines the tree that every format is read into.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use crate::kind::Kind;
use crate::mistake::{Mistake, Place};
use crate::number;

/// A value and its place. Two are equal if their values are.
#[derive(Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place.
    pub place: Place,
}

/// A value of a document.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// A value without members.
    Scalar(Scalar),
    /// A list of values.
    List(Vec<Node>),
    /// Values by name.
    Map(Map),
}

/// A scalar, with its text in the document: quotes and escapes are removed, everything else is as it was
/// written. Two are equal if they have the same text with the same meaning.
#[derive(Clone)]
pub struct Scalar {
    /// What the text means.
    pub kind: Kind,
    /// The text.
    pub text: String,
    /// Whether it is written in YAML without quotes.
    is_plain: bool,
}

/// Values by name, in the order in which the names were first set.
#[derive(Clone, Default)]
pub struct Map {
    /// The value that a name has beside its members. Only `.properties` has this: `a=1` and `a.b=2`.
    pub own: Option<Box<Node>>,
    members: BTreeMap<String, Member>,
    next: usize,
}

#[derive(Clone)]
struct Member {
    position: usize,
    name: NameStyle,
    node: Node,
}

/// How a name is written in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NameStyle {
    /// As text.
    #[default]
    Text,
    /// Without quotes in YAML, where `8080:` is not text.
    Bare,
    /// Without `=` in INI. Its value is empty text.
    Alone,
}

impl Node {
    /// Creates a node with a value.
    #[must_use]
    pub fn new(value: Value, place: Place) -> Self {
        Self { value, place }
    }

    /// Creates an empty map.
    #[must_use]
    pub fn empty(place: Place) -> Self {
        Self::new(Value::Map(Map::default()), place)
    }

    /// Assigns this node and all nodes in it to this document, which has no lines.
    pub(crate) fn come_from(&mut self, source: u32) {
        self.place = Place { source, line: 0 };
        match &mut self.value {
            Value::Scalar(_) => {}
            Value::List(items) => items.iter_mut().for_each(|item| item.come_from(source)),
            Value::Map(map) => map.nodes_mut().for_each(|node| node.come_from(source)),
        }
    }

    /// Returns it as a map. If it is not a map, it becomes the value that a map has beside its members.
    pub(crate) fn as_map_with_own(&mut self) -> &mut Map {
        if !matches!(self.value, Value::Map(_)) {
            let place = self.place;
            let own = std::mem::replace(self, Self::empty(place));
            self.value = Value::Map(Map {
                own: Some(Box::new(own)),
                ..Map::default()
            });
        }
        match &mut self.value {
            Value::Map(map) => map,
            _ => unreachable!("it has just been made a map"),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(Scalar { kind: Kind::Null, .. }))
    }

    /// Describes its kind in words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Scalar(scalar) => match scalar.kind {
                Kind::Null => "null",
                Kind::Boolean => "a boolean",
                Kind::Integer | Kind::Float => "a number",
                Kind::Date => "a date",
                Kind::Text | Kind::Bare => "text",
            },
        }
    }
}

impl Scalar {
    /// Creates a scalar. A number is written to YAML in a form that every version of YAML reads as this
    /// number.
    #[must_use]
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            is_plain: false,
        }
    }

    /// Creates a scalar that is written in YAML without quotes. It is written to YAML the same way, so that a
    /// reader of another version of YAML sees what it would have seen before.
    #[must_use]
    pub(crate) fn plain_yaml(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            is_plain: true,
            ..Self::new(kind, text)
        }
    }

    /// Whether it is written in YAML without quotes.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Returns a number in the form of JSON: as it was written if possible, otherwise in decimal.
    ///
    /// # Errors
    /// What it is instead of a number with such a form.
    pub fn decimal(&self) -> Result<Cow<'_, str>, &'static str> {
        number::decimal(self.kind, &self.text)
    }

    /// Returns it for a format in which everything is text: as it was written, without the `_` that TOML
    /// allows between digits and few other readers accept.
    #[must_use]
    pub fn plain(&self) -> Cow<'_, str> {
        match self.kind {
            Kind::Integer | Kind::Float if self.text.contains('_') => Cow::Owned(self.text.replace('_', "")),
            _ => Cow::Borrowed(&self.text),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.text == other.text
    }
}

impl Eq for Scalar {}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Map {
    /// Returns how many members it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has neither members nor a value of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.own.is_none()
    }

    /// Returns the member of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members.get(name).map(|member| &member.node)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.members.get_mut(name).map(|member| &mut member.node)
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Node> {
        self.members.remove(name).map(|member| member.node)
    }

    /// Removes the value at these names, and the maps that become empty.
    pub(crate) fn take(&mut self, path: &[&str]) -> Option<Node> {
        let (first, rest) = path.split_first()?;
        if rest.is_empty() {
            return self.remove(first);
        }
        let Value::Map(inner) = &mut self.get_mut(first)?.value else {
            return None;
        };
        let taken = inner.take(rest)?;
        if inner.is_empty() {
            self.remove(first);
        }
        Some(taken)
    }

    /// Returns the names, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// Sets a member. An existing member of this name keeps its place in the order.
    pub fn set(&mut self, name: impl Into<String>, node: Node) {
        self.set_styled(name.into(), NameStyle::Text, node);
    }

    pub(crate) fn set_styled(&mut self, name: String, style: NameStyle, node: Node) {
        match self.members.entry(name) {
            Entry::Occupied(mut member) => member.get_mut().node = node,
            Entry::Vacant(free) => {
                free.insert(Member {
                    position: self.next,
                    name: style,
                    node,
                });
            }
        }
        self.next += 1;
    }

    /// Records how a name is written in the document that has set it last, if that depends on its value.
    pub(crate) fn restyle(&mut self, name: &str, style: NameStyle) {
        if let Some(member) = self.members.get_mut(name)
            && (member.name == NameStyle::Alone || style == NameStyle::Alone)
        {
            member.name = style;
        }
    }

    /// Sets a member whose name is written in YAML without quotes; it is also written that way.
    pub fn set_bare(&mut self, name: impl Into<String>, node: Node) {
        self.set_styled(name.into(), NameStyle::Bare, node);
    }

    /// Whether the name of a member is written in YAML without quotes.
    #[must_use]
    pub fn is_bare(&self, name: &str) -> bool {
        self.members
            .get(name)
            .is_some_and(|member| member.name == NameStyle::Bare)
    }

    /// Returns the members in order.
    #[must_use]
    pub fn members(&self) -> Vec<(&str, &Node)> {
        self.styled()
            .into_iter()
            .map(|(name, _, node)| (name, node))
            .collect()
    }

    pub(crate) fn styled(&self) -> Vec<(&str, NameStyle, &Node)> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_by_key(|(_, member)| member.position);
        members
            .into_iter()
            .map(|(name, member)| (name.as_str(), member.name, &member.node))
            .collect()
    }

    pub(crate) fn into_styled(self) -> Vec<(String, NameStyle, Node)> {
        let mut members: Vec<_> = self.members.into_iter().collect();
        members.sort_by_key(|(_, member)| member.position);
        members
            .into_iter()
            .map(|(name, member)| (name, member.name, member.node))
            .collect()
    }

    /// Refuses a value beside members, for a format that cannot contain it.
    pub(crate) fn without_own(&self, format: &str) -> Result<(), Mistake> {
        match &self.own {
            Some(own) => Err(Mistake::new(
                own.place,
                format!(
                    "{format} cannot hold a name that has a value and members, as `a=1` and `a.b=2` in .properties"
                ),
            )),
            None => Ok(()),
        }
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.members.values().map(|member| &member.node)
    }

    pub(crate) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.members.values_mut().map(|member| &mut member.node)
    }
}

/// The order counts.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.own == other.own && self.members() == other.members()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => scalar.fmt(f),
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Map(map) => map.fmt(f),
        }
    }
}

/// A scalar may be confidential.
impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.own.iter().map(|own| ("", &**own)))
            .entries(self.members())
            .finish()
    }
}
