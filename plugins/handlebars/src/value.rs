//! The values that expressions have: JSON-like data that knows which ConfigMap it came from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Number;

/// A value, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) data: Data,
    /// The ConfigMap's key whose contents decided it.
    pub(crate) origin: Option<Rc<Origin>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Number(Number),
    Text(Rc<str>),
    List(Rc<Vec<Value>>),
    Map(Rc<BTreeMap<String, Value>>),
    Fact(Fact),
}

/// Where a value came from, for failures that name it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) config_map: String,
    pub(crate) key: String,
}

/// A place in the context whose contents are read only when they are asked for.
#[derive(Debug, Clone)]
pub(crate) enum Fact {
    Root,
    /// All bound ConfigMaps in one.
    Config,
    /// All bound ConfigMaps by alias.
    Maps,
    ConfigMap(Rc<str>),
    /// A key of a ConfigMap that iteration has found, and whose text nobody has read yet.
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

    pub(crate) fn map(members: BTreeMap<String, Value>) -> Self {
        Data::Map(Rc::new(members)).into()
    }

    /// This value, made from what came from there, unless it has an origin of its own.
    pub(crate) fn from(mut self, origin: &Option<Rc<Origin>>) -> Self {
        if self.origin.is_none() {
            self.origin.clone_from(origin);
        }
        self
    }

    /// How text shows a scalar; none for a list, a map and null.
    pub(crate) fn as_scalar(&self) -> Option<Cow<'_, str>> {
        match &self.data {
            Data::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Data::Number(number) => Some(Cow::Owned(number.to_string())),
            Data::Text(text) => Some(Cow::Borrowed(text)),
            Data::Null | Data::List(_) | Data::Map(_) | Data::Fact(_) => None,
        }
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
            Data::Fact(_) => "a part of the context",
        }
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, origin: None }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Data::Bool(flag).into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Data::Number(number.into()).into()
    }
}

impl From<Fact> for Value {
    fn from(fact: Fact) -> Self {
        Data::Fact(fact).into()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.data {
            Data::Null => serializer.serialize_unit(),
            Data::Bool(flag) => serializer.serialize_bool(*flag),
            Data::Number(number) => number.serialize(serializer),
            Data::Text(text) => serializer.serialize_str(text),
            Data::List(items) => serializer.collect_seq(items.iter()),
            Data::Map(members) => serializer.collect_map(members.iter()),
            Data::Fact(_) => Err(serde::ser::Error::custom("a part of the context that was not read")),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("data as JSON has it")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Data::Null.into())
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Data::Null.into())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Data::Number(number.into()).into())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom("a number that is not finite"))?;
        Ok(Data::Number(number).into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = members.next_key::<Value>()? {
            // YAML's keys may be numbers and booleans; a template can only name them by their text.
            let key = key.as_scalar().ok_or_else(|| A::Error::custom("a key that is no scalar"))?.into_owned();
            map.insert(key, members.next_value()?);
        }
        Ok(Value::map(map))
    }
}
