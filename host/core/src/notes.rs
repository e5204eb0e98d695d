//! Reads what a ConfigMap's metadata says beside its contents: whether its changes wait, and who wrote it
//! last.

use std::sync::Arc;

use serde_json::Value;

use crate::config_map::HOLD;
use crate::text;

/// The most characters of a reason to hold.
const MAX_HOLD: usize = 256;

/// The most characters of a manager's name, as in the API server.
const MAX_MANAGER: usize = 128;

/// What the metadata of a ConfigMap says beside its contents. Clones share the texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// The annotation [`HOLD`]: why its changes wait. At most 256 printable characters; it can be empty.
    pub hold: Option<Arc<str>>,
    /// The last entry of `managedFields`.
    pub writer: Option<Writer>,
}

/// Who changed an object last, according to `metadata.managedFields`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The field manager, such as `kubectl-edit` or `helm`. At most 128 printable characters.
    pub manager: Arc<str>,
    /// When, to the second: `2026-11-29T10:31:05Z`. Texts of this form sort by time.
    pub at: Arc<str>,
}

impl Notes {
    /// Reads an object's `metadata`. What is malformed counts as absent: a ConfigMap is usable without notes.
    #[must_use]
    pub fn of(metadata: &Value) -> Self {
        let hold = metadata["annotations"][HOLD].as_str();
        Self {
            hold: hold.map(|reason| cut(reason, MAX_HOLD)),
            writer: writer(&metadata["managedFields"]),
        }
    }
}

fn writer(managed_fields: &Value) -> Option<Writer> {
    let entries = managed_fields.as_array()?.iter();
    let (at, manager) = entries
        .filter_map(|entry| {
            let at = entry["time"].as_str().filter(|at| is_time(at))?;
            Some((at, entry["manager"].as_str()?))
        })
        .max_by_key(|(at, _)| *at)?;
    Some(Writer {
        manager: cut(manager, MAX_MANAGER),
        at: at.into(),
    })
}

/// Whether it is a time as the API server writes it: in UTC and to the second, so that texts sort by time.
fn is_time(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00Z";
    text.len() == form.len()
        && text.bytes().zip(form).all(|(byte, expected)| match expected {
            b'0' => byte.is_ascii_digit(),
            expected => byte == *expected,
        })
}

/// Makes a text printable and cuts it to this many characters, with a mark.
fn cut(text: &str, most: usize) -> Arc<str> {
    // A character has at most four bytes.
    let shown = text::printable(text, 4 * most);
    if shown.chars().count() <= most {
        return shown.into();
    }
    let kept: String = shown.chars().take(most - 3).collect();
    format!("{kept}...").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hold(reason: &str) -> String {
        let metadata = json!({ "annotations": { HOLD: reason } });
        Notes::of(&metadata).hold.unwrap().to_string()
    }

    fn written(managed_fields: Value) -> Option<(String, String)> {
        let writer = Notes::of(&json!({ "managedFields": managed_fields })).writer?;
        Some((writer.manager.to_string(), writer.at.to_string()))
    }

    #[test]
    fn a_reason_to_hold_is_short_and_printable() {
        assert_eq!(hold("migration of shop"), "migration of shop");
        assert_eq!(hold(""), "");
        assert_eq!(hold("a\u{1b}[2Jb"), r"a\u{1b}[2Jb");
        assert_eq!(hold(&"\u{fc}".repeat(256)), "\u{fc}".repeat(256));
        assert_eq!(
            hold(&"\u{fc}".repeat(257)),
            format!("{}...", "\u{fc}".repeat(253))
        );
        assert_eq!(hold(&"\u{1b}".repeat(100_000)).chars().count(), 256);
    }

    #[test]
    fn the_writer_is_the_latest_by_time() {
        let entry = |manager: &str, time: &str| json!({ "manager": manager, "operation": "Update", "time": time, "fieldsV1": {} });
        let entries = json!([
            entry("helm", "2026-11-29T10:31:05Z"),
            entry("kubectl-edit", "2026-12-01T00:00:00Z"),
            entry("kubectl-annotate", "2026-11-30T23:59:59Z"),
        ]);
        let latest = ("kubectl-edit".to_owned(), "2026-12-01T00:00:00Z".to_owned());
        assert_eq!(written(entries), Some(latest));
        let name = "m".repeat(129);
        let long = written(json!([entry(&name, "2026-12-01T00:00:00Z")])).unwrap();
        assert_eq!(long.0.len(), 128);
    }

    #[test]
    fn malformed_notes_count_as_absent() {
        let malformed = [
            json!(null),
            json!({ "annotations": { HOLD: 5 }, "managedFields": {} }),
            json!({ "annotations": [HOLD], "managedFields": [null, 5, {}] }),
            json!({ "managedFields": [{ "manager": "helm" }, { "time": "2026-12-01T00:00:00Z" }] }),
            json!({ "managedFields": [{ "manager": "helm", "time": "9999" }, { "manager": 5, "time": "2026-12-01T00:00:00Z" }] }),
        ];
        for metadata in malformed {
            assert_eq!(Notes::of(&metadata), Notes::default(), "{metadata}");
        }
    }
}
