//! Compares the result of a case with the expected one.

use anyhow::{Context as _, Result, bail};
use podweave_core::report::RenderList;
use podweave_core::yaml;
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Value;

use super::case::{EXPECTED, EXPECTED_ERROR};
use crate::diff;

/// The fields of a [`RenderList`] in its order, so that a diff of documents is readable.
const FIELDS: [&str; 18] = [
    "apiVersion",
    "kind",
    "items",
    "namespace",
    "pod",
    "container",
    "plugins",
    "ref",
    "env",
    "name",
    "value",
    "command",
    "args",
    "appendArgs",
    "files",
    "path",
    "mode",
    "contents",
];

/// Writes the text of an `expected.yaml`.
pub fn text(list: &RenderList) -> Result<String> {
    let text = yaml::to_string(list)?;
    // If it is not read back as the same value, the next test would fail without a visible reason.
    if yaml::document(&text).ok().as_ref() != Some(&serde_json::to_value(list)?) {
        bail!("the result cannot be written as YAML with the same meaning; this is a bug in podweave");
    }
    Ok(text)
}

/// Returns how a result differs from an `expected.yaml`; `None` if it does not, regardless of comments and
/// formatting.
pub fn difference(expected: &str, list: &RenderList) -> Result<Option<String>> {
    let expected = yaml::document(expected).context(EXPECTED)?;
    let rendered = serde_json::to_value(list)?;
    if expected == rendered {
        return Ok(None);
    }
    Ok(Some(diff::unified(
        EXPECTED,
        &yaml::to_string(&InOrder(&expected))?,
        "rendered",
        &yaml::to_string(&InOrder(&rendered))?,
    )))
}

/// Writes the text of an `expected-error.txt`: one line for each error.
pub fn error_text<'a>(errors: impl IntoIterator<Item = &'a str>) -> String {
    errors.into_iter().flat_map(|error| [error, "\n"]).collect()
}

/// Returns how errors differ from an `expected-error.txt`; `None` if they do not. Space at the ends of lines
/// is ignored.
pub fn error_difference(expected: &str, errors: &str) -> Option<String> {
    let trimmed = |text: &str| -> String {
        text.trim()
            .lines()
            .flat_map(|line| [line.trim_end(), "\n"])
            .collect()
    };
    let (expected, errors) = (trimmed(expected), trimmed(errors));
    (expected != errors).then(|| diff::unified(EXPECTED_ERROR, &expected, "rendered", &errors))
}

/// Returns a document with the known fields in their order, and unknown ones after them.
struct InOrder<'a>(&'a Value);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&InOrder(item))?;
                }
                list.end()
            }
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(name, _)| {
                    (
                        FIELDS
                            .iter()
                            .position(|known| known == name)
                            .unwrap_or(FIELDS.len()),
                        *name,
                    )
                });
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, &InOrder(value))?;
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}
