//! Defines the values of expressions: JSON-like data with the ConfigMap that it came from.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::number::Number;

/// A value, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) data: Data,
    /// The ConfigMap's key whose contents determined it.
    pub(crate) origin: Option<Rc<Origin>>,
    /// Whether it is text that is written in YAML without quotes, where a reader of another version may see
    /// something else: `no`.
    pub(crate) is_bare: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Number(Rc<Number>),
    Text(Rc<str>),
    List(Rc<Vec<Value>>),
    Map(Rc<Members>),
    /// The context of a partial that was given options: the options come first.
    Overlay(Rc<Overlay>),
    Fact(Fact),
}

/// The members of a map.
pub(crate) type Members = BTreeMap<Name, Value>;

/// The name of a member, compared by its text.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    text: String,
    /// As [`Value::is_bare`].
    pub(crate) is_bare: bool,
}

/// A value with further members.
#[derive(Debug)]
pub(crate) struct Overlay {
    pub(crate) base: Value,
    pub(crate) members: Members,
}

/// The origin of a value, for failures that name it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) config_map: String,
    pub(crate) key: String,
}

/// A place in the context whose contents are read on demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    Root,
    /// All bound ConfigMaps in one.
    Config,
    /// All bound ConfigMaps by alias.
    Maps,
    ConfigMap(Rc<str>),
    /// A key of a ConfigMap that an iteration has found, and whose text has not been read yet.
    Entry(Rc<str>, Rc<str>),
    Pod,
    Labels,
    Annotations,
    Container,
    Ports,
    Resources,
    Requests,
    Limits,
    Node,
    NodeLabels,
}

impl Value {
    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Data::Text(text.into()).into()
    }

    pub(crate) fn list(items: Vec<Value>) -> Self {
        Data::List(Rc::new(items)).into()
    }

    pub(crate) fn map(members: Members) -> Self {
        Data::Map(Rc::new(members)).into()
    }

    /// Gives this value an origin, unless it has one.
    pub(crate) fn from(mut self, origin: &Option<Rc<Origin>>) -> Self {
        if self.origin.is_none() {
            self.origin.clone_from(origin);
        }
        self
    }

    /// Returns a scalar as text shows it; `None` for a list, a map and null.
    pub(crate) fn as_scalar(&self) -> Option<Cow<'_, str>> {
        match &self.data {
            Data::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Data::Number(number) => Some(number.shown()),
            Data::Text(text) => Some(Cow::Borrowed(text)),
            Data::Overlay(overlay) => overlay.base.as_scalar(),
            Data::Null | Data::List(_) | Data::Map(_) | Data::Fact(_) => None,
        }
    }

    /// Describes its kind, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
            Data::Overlay(overlay) => overlay.base.kind(),
            Data::Fact(_) => "a part of the context",
        }
    }

    /// Whether it is the same object, as a language with references sees it.
    pub(crate) fn is_same(&self, other: &Value) -> bool {
        match (&self.data, &other.data) {
            (Data::Null, Data::Null) => true,
            (Data::List(one), Data::List(other)) => Rc::ptr_eq(one, other),
            (Data::Map(one), Data::Map(other)) => Rc::ptr_eq(one, other),
            (Data::Overlay(one), Data::Overlay(other)) => Rc::ptr_eq(one, other),
            (Data::Fact(one), Data::Fact(other)) => one == other,
            (Data::Bool(one), Data::Bool(other)) => one == other,
            (Data::Number(one), Data::Number(other)) => one.equals(other),
            (Data::Text(one), Data::Text(other)) => one == other,
            _ => false,
        }
    }
}

impl Name {
    pub(crate) fn new(text: impl Into<String>, is_bare: bool) -> Self {
        Self {
            text: text.into(),
            is_bare,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self::new(text, false)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self {
            data,
            origin: None,
            is_bare: false,
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Data::Bool(flag).into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Data::Number(Rc::new(number.into())).into()
    }
}

impl From<Fact> for Value {
    fn from(fact: Fact) -> Self {
        Data::Fact(fact).into()
    }
}
