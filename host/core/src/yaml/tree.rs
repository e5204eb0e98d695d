//! A document of YAML before it is typed for good: numbers know how they are written.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

/// A value of YAML.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number, and the same as JSON text: as it is written, if JSON has that form.
    Number(Number, String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Map(BTreeMap<String, Self>),
}

impl Tree {
    /// The value as the rest of the program knows it.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => value.into(),
            Self::Number(number, _) => number.into(),
            Self::Text(text) => text.into(),
            Self::List(items) => items.into_iter().map(Self::into_value).collect::<Vec<_>>().into(),
            Self::Map(map) => map.into_iter().map(|(name, value)| (name, value.into_value())).collect::<Map<_, _>>().into(),
        }
    }

    /// JSON with the keys sorted, in which numbers keep the text that their document writes: `1.10` stays `1.10`. `None` if it has more than
    /// `limit` bytes, of which no more is written than the text that passes it: a NUL takes six bytes in JSON, so the text says little.
    pub(crate) fn to_json(&self, limit: usize) -> Option<String> {
        let mut out = Json { text: String::new(), limit };
        self.write(&mut out)?;
        Some(out.text)
    }

    fn write(&self, out: &mut Json) -> Option<()> {
        match self {
            Self::Null => out.push("null"),
            Self::Boolean(value) => out.push(if *value { "true" } else { "false" }),
            Self::Number(_, text) => out.push(text),
            Self::Text(text) => out.quote(text),
            Self::List(items) => {
                out.push("[")?;
                for (index, item) in items.iter().enumerate() {
                    out.push(if index == 0 { "" } else { "," })?;
                    item.write(out)?;
                }
                out.push("]")
            }
            Self::Map(map) => {
                out.push("{")?;
                for (index, (name, value)) in map.iter().enumerate() {
                    out.push(if index == 0 { "" } else { "," })?;
                    out.quote(name)?;
                    out.push(":")?;
                    value.write(out)?;
                }
                out.push("}")
            }
        }
    }
}

/// JSON that grows up to a limit.
struct Json {
    text: String,
    limit: usize,
}

impl Json {
    fn push(&mut self, text: &str) -> Option<()> {
        self.text.push_str(text);
        (self.text.len() <= self.limit).then_some(())
    }

    fn quote(&mut self, text: &str) -> Option<()> {
        // What is longer than the limit before it is escaped need not be escaped.
        if text.len() > self.limit {
            return None;
        }
        self.push(&Value::from(text).to_string())
    }
}
