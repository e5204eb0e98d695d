//! Reads parameters strictly: unknown ones are refused with the nearest known name, and every mistake has its
//! path. docs/decisions/018-plugins-share-no-code-with-the-host.md says why this is not core's reader.

use podweave_plugin::{Error, Result};

use crate::kind::Kind;
use crate::tree::{Node, Scalar, Value};
use crate::{Format, Reference};

/// A parameter and its path.
#[derive(Debug, Clone)]
pub struct Param<'n> {
    path: String,
    node: &'n Node,
}

impl<'n> Param<'n> {
    /// Starts at all parameters.
    #[must_use]
    pub fn root(node: &'n Node) -> Self {
        Self {
            path: String::new(),
            node,
        }
    }

    /// Returns the path: `files["app.yaml"].layers[0]`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the value itself.
    #[must_use]
    pub fn node(&self) -> &'n Node {
        self.node
    }

    /// Creates an error about it.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::invalid_params(&*self.path, message)
    }

    /// Creates an error about a value of another kind.
    #[must_use]
    pub fn is_not(&self, wanted: &str) -> Error {
        self.error(format!("is {}, not {wanted}", self.node.kind()))
    }

    /// Refuses anything but a map, and says what to write: many users write a list where a map is required.
    pub fn map_or(&self, example: &str) -> Result {
        match &self.node.value {
            Value::Map(_) => Ok(()),
            _ => Err(self.is_not(&format!("a map: write {example}"))),
        }
    }

    /// Refuses anything but a list, and says what to write.
    pub fn list_or(&self, example: &str) -> Result {
        match &self.node.value {
            Value::List(_) => Ok(()),
            _ => Err(self.is_not(&format!("a list: write {example}"))),
        }
    }

    /// Refuses all other fields: a misspelt one would silently have no effect.
    pub fn only(&self, known: &[&'static str]) -> Result {
        match self
            .entries()?
            .into_iter()
            .find(|(name, _)| !known.contains(name))
        {
            Some((name, param)) => Err(param.error(format!(
                "is not a parameter{}",
                nearest(name, known.iter().copied())
            ))),
            None => Ok(()),
        }
    }

    /// Returns the entries of a map, in order.
    pub fn entries(&self) -> Result<Vec<(&'n str, Self)>> {
        let Value::Map(map) = &self.node.value else {
            return Err(self.is_not("a map"));
        };
        Ok(map
            .members()
            .into_iter()
            .map(|(name, node)| {
                (
                    name,
                    Self {
                        path: member(&self.path, name),
                        node,
                    },
                )
            })
            .collect())
    }

    /// Returns a field of a map.
    pub fn field(&self, name: &str) -> Result<Option<Self>> {
        let Value::Map(map) = &self.node.value else {
            return Err(self.is_not("a map"));
        };
        Ok(map.get(name).map(|node| Self {
            path: member(&self.path, name),
            node,
        }))
    }

    /// Reads a field of a map, if it exists.
    pub fn optional<T>(&self, name: &str, read: impl FnOnce(&Self) -> Result<T>) -> Result<Option<T>> {
        self.field(name)?.map(|param| read(&param)).transpose()
    }

    /// Returns a field of a map that must exist.
    pub fn required(&self, name: &str) -> Result<Self> {
        self.field(name)?
            .ok_or_else(|| Error::invalid_params(member(&self.path, name), "is missing"))
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Result<Vec<Self>> {
        let Value::List(items) = &self.node.value else {
            return Err(self.is_not("a list"));
        };
        Ok(items
            .iter()
            .enumerate()
            .map(|(index, node)| Self {
                path: format!("{}[{index}]", self.path),
                node,
            })
            .collect())
    }

    /// Whether it is text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(&self.node.value, Value::Scalar(Scalar { kind: Kind::Text, .. }))
    }

    /// Returns its text.
    pub fn text(&self) -> Result<&'n str> {
        match &self.node.value {
            Value::Scalar(Scalar {
                kind: Kind::Text,
                text,
                ..
            }) => Ok(text),
            Value::Scalar(Scalar { kind: Kind::Null, .. }) | Value::List(_) | Value::Map(_) => {
                Err(self.is_not("text"))
            }
            Value::Scalar(_) => {
                Err(self.error(format!("is {}, not text: put it in quotes", self.node.kind())))
            }
        }
    }

    /// Returns its texts, if it is a list.
    pub fn texts(&self) -> Result<Vec<String>> {
        self.items()?
            .iter()
            .map(|item| item.text().map(str::to_owned))
            .collect()
    }

    /// Returns true or false.
    pub fn boolean(&self) -> Result<bool> {
        match &self.node.value {
            Value::Scalar(Scalar {
                kind: Kind::Boolean,
                text,
                ..
            }) => Ok(text == "true"),
            _ => Err(self.is_not("true or false")),
        }
    }

    /// Returns the meaning of one of these words.
    pub fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T> {
        let text = self.text()?;
        let known = words.iter().map(|(word, _)| *word);
        words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| self.error(format!("is not known{}", nearest(text, known))))
    }

    /// Reads a reference to a ConfigMap's key.
    pub fn reference(&self) -> Result<Reference> {
        let reference = if self.is_text() {
            Reference::parse(self.text()?)
        } else {
            None
        };
        reference.ok_or_else(|| {
            self.error("names a ConfigMap's key as ALIAS/KEY, or ALIAS/KEY? if it may be missing")
        })
    }

    /// Reads a format by its name.
    pub fn format(&self) -> Result<Format> {
        self.word(&Format::ALL)
    }

    /// Reads names of Spring's profiles.
    pub fn profiles(&self) -> Result<Vec<String>> {
        let is_name = |name: &str| {
            !name.is_empty() && name.trim() == name && !name.contains(['(', ')', '&', '|', '!', ','])
        };
        let items = self.items()?;
        items.iter().try_for_each(|item| match is_name(item.text()?) {
            true => Ok(()),
            false => Err(item.error("is not the name of a profile: it has no `(`, `)`, `&`, `|`, `!` or `,`, and no blank at an end")),
        })?;
        self.texts()
    }

    /// Reads names of Spring's profiles that belong to a document of this format.
    pub fn profiles_of(&self, format: Format) -> Result<Option<Vec<String>>> {
        match self.field("profiles")? {
            Some(field) if !format.has_profiles() => {
                Err(field.error("is for YAML and .properties documents only"))
            }
            field => field.map(|field| field.profiles()).transpose(),
        }
    }

    /// Reads a file's mode: `"0440"` is octal; a number is decimal, as in a ConfigMap volume's `defaultMode`.
    pub fn mode(&self) -> Result<u32> {
        let mode = match &self.node.value {
            Value::Scalar(Scalar {
                kind: Kind::Text,
                text,
                ..
            }) => octal(text),
            Value::Scalar(Scalar {
                kind: Kind::Integer,
                text,
                ..
            }) => text.parse().ok(),
            _ => None,
        };
        mode.filter(|mode| *mode <= 0o777)
            .ok_or_else(|| self.error(NO_MODE))
    }
}

/// The message for an invalid mode.
const NO_MODE: &str = "is not a file mode: write it in octal and in quotes, \"0440\", at most \"0777\"";

/// Parses octal digits.
fn octal(text: &str) -> Option<u32> {
    Some(text)
        .filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|text| u32::from_str_radix(text, 8).ok())
}

/// Returns a hint at the nearest name, or otherwise at all names.
pub fn nearest(name: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    // The distance is quadratic in the lengths, and no misspelling of a known name is longer than this.
    let distance = |candidate: &&str| {
        if name.len() > 128 {
            usize::MAX
        } else {
            strsim::damerau_levenshtein(name, candidate)
        }
    };
    match known
        .clone()
        .min_by_key(distance)
        .filter(|candidate| distance(candidate) <= name.len().saturating_sub(1).min(2))
    {
        Some(candidate) => format!(": did you mean `{candidate}`?"),
        None => format!(": there are `{}`", known.collect::<Vec<_>>().join("`, `")),
    }
}

/// Returns the path of a member. It distinguishes a name with a dot from two names.
#[must_use]
pub fn member(path: &str, name: &str) -> String {
    match name {
        _ if path.is_empty() => name.to_owned(),
        _ if name.contains(['.', '[', ' ']) => format!("{path}[{name:?}]"),
        _ => format!("{path}.{name}"),
    }
}
