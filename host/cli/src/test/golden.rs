//! What came out of a case against what is expected.

use anyhow::{Context as _, Result, bail};
use podweave_core::report::RenderList;
use podweave_core::yaml;
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Value;

use super::case::{EXPECTED, EXPECTED_ERROR};
use crate::diff;

/// The fields of a [`RenderList`], in its order: a diff of documents whose fields stand in any order is for reading.
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

/// The text of an `expected.yaml`.
pub fn text(list: &RenderList) -> Result<String> {
    let text = yaml::to_string(list)?;
    // What does not come back as it was would fail the next test for no reason that anybody could see.
    if yaml::document(&text).ok().as_ref() != Some(&serde_json::to_value(list)?) {
        bail!("the result cannot be written as YAML that means the same; this is a bug in podweave");
    }
    Ok(text)
}

/// How a result differs from the text of an `expected.yaml`; `None` if it does not, whatever comments and form the text has.
pub fn difference(expected: &str, list: &RenderList) -> Result<Option<String>> {
    let expected = yaml::document(expected).context(EXPECTED)?;
    let rendered = serde_json::to_value(list)?;
    if expected == rendered {
        return Ok(None);
    }
    Ok(Some(diff::unified(EXPECTED, &yaml::to_string(&InOrder(&expected))?, "rendered", &yaml::to_string(&InOrder(&rendered))?)))
}

/// The text of an `expected-error.txt`: one line for each error.
pub fn error_text<'a>(errors: impl IntoIterator<Item = &'a str>) -> String {
    errors.into_iter().flat_map(|error| [error, "\n"]).collect()
}

/// How errors differ from the text of an `expected-error.txt`; `None` if they do not. Space at the ends of lines does not count.
pub fn error_difference(expected: &str, errors: &str) -> Option<String> {
    let trimmed = |text: &str| -> String { text.trim().lines().flat_map(|line| [line.trim_end(), "\n"]).collect() };
    let (expected, errors) = (trimmed(expected), trimmed(errors));
    (expected != errors).then(|| diff::unified(EXPECTED_ERROR, &expected, "rendered", &errors))
}

/// A document with the known fields in their order, and unknown ones behind them.
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
                fields.sort_by_key(|(name, _)| (FIELDS.iter().position(|known| known == name).unwrap_or(FIELDS.len()), *name));
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
