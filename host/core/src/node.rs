//! Reads a tree of YAML or JSON by type, and names the path of a mistake.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::names::Form;
use crate::text;

/// A value of the wrong shape. It contains the path and the kinds; of the values, only names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct ShapeError {
    /// The path: `spec.containers[0].image`.
    pub path: String,
    /// What is wrong and what to write instead.
    pub reason: String,
}

/// A value and the path that leads to it.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    value: &'a Value,
    path: &'a Path<'a>,
}

/// A path as a chain of steps on the stack, which needs no allocation unless there is an error.
pub enum Path<'a> {
    /// The document.
    Root,
    /// A field of an object.
    Field(&'a Path<'a>, &'a str),
    /// An item of a list.
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("the document"),
            Self::Field(Path::Root, name) => formatter.write_str(&text::printable(name, 80)),
            Self::Field(parent, name) => write!(formatter, "{parent}.{}", text::printable(name, 80)),
            Self::Item(Path::Root, index) => write!(formatter, "[{index}]"),
            Self::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

type Shape<T> = Result<T, ShapeError>;

impl<'a> Node<'a> {
    /// Starts at a whole document.
    #[must_use]
    pub fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: &Path::Root,
        }
    }

    /// The value itself.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Creates an error at this place.
    #[must_use]
    pub fn error(&self, reason: impl Into<String>) -> ShapeError {
        ShapeError {
            path: self.path.to_string(),
            reason: reason.into(),
        }
    }

    fn expected(&self, kind: &str) -> ShapeError {
        let hint = if kind == "text" && matches!(self.value, Value::Bool(_) | Value::Number(_)) {
            "; put it in quotes"
        } else {
            ""
        };
        self.error(format!("expected {kind}, found {}{hint}", kind_of(self.value)))
    }

    /// Returns text.
    ///
    /// # Errors
    /// The value is anything else; for a number or a boolean, the message says to quote it.
    pub fn text(&self) -> Shape<&'a str> {
        self.value.as_str().ok_or_else(|| self.expected("text"))
    }

    /// Returns text, and empty text for null: the API server treats a null among the texts of an object this
    /// way.
    ///
    /// # Errors
    /// As [`Node::text`].
    pub(crate) fn text_or_null(&self) -> Shape<&'a str> {
        if self.value.is_null() { Ok("") } else { self.text() }
    }

    /// Returns true or false.
    ///
    /// # Errors
    /// The value is anything else.
    pub fn boolean(&self) -> Shape<bool> {
        self.value.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// Returns an object.
    ///
    /// # Errors
    /// The value is anything else.
    pub fn object(&self) -> Shape<&'a Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.expected("an object"))
    }

    /// Calls `read` with a field of an object; `None` if the object lacks it or it is null.
    ///
    /// # Errors
    /// The value is not an object, or `read` fails.
    pub fn field<T>(&self, name: &str, read: impl FnOnce(Node<'_>) -> Shape<T>) -> Shape<Option<T>> {
        match self.object()?.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(Node {
                value,
                path: &Path::Field(self.path, name),
            })
            .map(Some),
        }
    }

    /// As [`Node::field`], for a field that must be there.
    ///
    /// # Errors
    /// As there, and the field is missing.
    pub fn required<T>(&self, name: &str, read: impl FnOnce(Node<'_>) -> Shape<T>) -> Shape<T> {
        self.field(name, read)?.ok_or_else(|| ShapeError {
            path: Path::Field(self.path, name).to_string(),
            reason: "is required".to_owned(),
        })
    }

    /// Calls `read` with each item of a list.
    ///
    /// # Errors
    /// The value is not a list, or `read` fails.
    pub fn items<T>(&self, mut read: impl FnMut(Node<'_>) -> Shape<T>) -> Shape<Vec<T>> {
        let items = self.value.as_array().ok_or_else(|| self.expected("a list"))?;
        items
            .iter()
            .enumerate()
            .map(|(index, value)| {
                read(Node {
                    value,
                    path: &Path::Item(self.path, index),
                })
            })
            .collect()
    }

    /// Calls `read` with each entry of an object, null ones included.
    ///
    /// # Errors
    /// The value is not an object, or `read` fails.
    pub fn entries<T>(&self, mut read: impl FnMut(&str, Node<'_>) -> Shape<T>) -> Shape<BTreeMap<String, T>> {
        self.object()?
            .iter()
            .map(|(name, value)| {
                let node = Node {
                    value,
                    path: &Path::Field(self.path, name),
                };
                Ok((name.clone(), read(name, node)?))
            })
            .collect()
    }

    /// Reads a field that holds a list, empty if it is missing.
    ///
    /// # Errors
    /// As [`Node::field`] and [`Node::items`].
    pub fn list<T>(&self, name: &str, read: impl FnMut(Node<'_>) -> Shape<T>) -> Shape<Vec<T>> {
        Ok(self.field(name, |list| list.items(read))?.unwrap_or_default())
    }

    /// Reads a field that holds text, if it exists.
    ///
    /// # Errors
    /// As [`Node::field`] and [`Node::text`].
    pub fn text_field(&self, name: &str) -> Shape<Option<String>> {
        self.field(name, |text| text.text().map(str::to_owned))
    }

    /// Reads a name.
    ///
    /// # Errors
    /// As [`Node::text`], and for a name of another form; the message says what is allowed.
    pub fn name(&self, form: Form) -> Shape<String> {
        let name = self.text()?;
        match form.problem(name) {
            Some(reason) => Err(self.error(reason)),
            None => Ok(name.to_owned()),
        }
    }

    /// Reads a field that holds a name, if it exists. As in the API server, an empty name counts as missing.
    ///
    /// # Errors
    /// As [`Node::field`] and [`Node::name`].
    pub(crate) fn name_field(&self, name: &str, form: Form) -> Shape<Option<String>> {
        Ok(self
            .field(name, |name| {
                if name.value == "" {
                    Ok(None)
                } else {
                    name.name(form).map(Some)
                }
            })?
            .flatten())
    }

    /// Reads a field that holds an object of texts, empty if it is missing.
    ///
    /// # Errors
    /// As [`Node::entries`] and [`Node::text`].
    pub fn texts(&self, name: &str) -> Shape<BTreeMap<String, String>> {
        Ok(self
            .field(name, |object| {
                object.entries(|_, text| text.text_or_null().map(str::to_owned))
            })?
            .unwrap_or_default())
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
