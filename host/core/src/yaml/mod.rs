//! Reads YAML and JSON into a tree, within limits, and reports the place of a mistake.

mod bounds;
mod hint;
mod open;
mod reader;
mod scalars;
mod tree;

use granit_parser::{ErrorKind, ScanError};
use serde_json::Value;

use crate::text;
pub(crate) use bounds::Bounds;
use open::Keys;
pub(crate) use reader::{Document, Fault};
pub(crate) use tree::Tree;

/// A text that is not YAML, or exceeds a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", at(*.line, *.column))]
pub struct YamlError {
    /// Counted from 1; 0 if the place is not known.
    pub line: u64,
    /// Counted from 1; 0 if the place is not known.
    pub column: u64,
    /// What is wrong, without the wrong text itself: a manifest can contain values that must not reach a log.
    pub reason: String,
}

fn at(line: u64, column: u64) -> String {
    match line {
        0 => String::new(),
        _ => format!("line {line}, column {column}: "),
    }
}

/// Reads all documents of a YAML stream as `kubectl` reads them; JSON is YAML. Empty documents are left out.
///
/// `yes` is a boolean, `0644` is octal, `5e12345` is text, as in a cluster. Unlike in `kubectl`, a
/// duplicate key is an error. Aliases, depth and size are limited.
///
/// # Errors
/// The first mistake, with its line and column.
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    manifests(text)?
        .into_iter()
        .map(|document| strict(document).map(Tree::into_value))
        .collect()
}

/// Reads all documents as [`documents`] does, and also returns the mistakes in values: those in objects that
/// are not read do not matter.
pub(crate) fn manifests(text: &str) -> Result<Vec<Document>, YamlError> {
    reader::read(text, Keys::AsKubectl, Bounds::MANIFESTS)
}

/// Reads a text of one YAML document; [`Value::Null`] if it is empty. Values are typed as in [`documents`],
/// keys stay as they are written.
///
/// # Errors
/// As [`documents`], and if there is more than one document.
pub fn document(text: &str) -> Result<Value, YamlError> {
    tree(text, Bounds::MANIFESTS).map(Tree::into_value)
}

/// Reads as [`document`] does, keeps the text of numbers, and applies these limits.
pub(crate) fn tree(text: &str, bounds: Bounds) -> Result<Tree, YamlError> {
    let mut documents = reader::read(text, Keys::AsWritten, bounds)?.into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Ok(Tree::Null),
        (Some(document), None) => strict(document),
        (Some(_), Some(second)) => {
            let (line, column) = second.start;
            Err(YamlError {
                line,
                column,
                reason: "there is more than one document ('---'); leave one".to_owned(),
            })
        }
    }
}

fn strict(document: Document) -> Result<Tree, YamlError> {
    document
        .faults
        .into_iter()
        .next()
        .map_or(Ok(document.tree), |fault| Err(fault.error))
}

/// Writes a tree as YAML, keys sorted, as in `expected.yaml`.
///
/// # Errors
/// The serializer's errors. Trees that this crate makes cause none.
pub fn to_string(value: &impl serde::Serialize) -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(value)
}

fn syntax_error(error: &ScanError, text: &str) -> YamlError {
    let marker = *error.marker();
    let reason = match error.kind() {
        ErrorKind::UnknownAnchor => {
            "an alias ('*') whose anchor ('&') is not there; put it in quotes if it is text".to_owned()
        }
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "a tab; YAML is indented with spaces".to_owned()
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "a character that no value begins with; put the text in quotes".to_owned()
        }
        ErrorKind::RecursionLimitExceeded => "objects and lists are nested too deeply".to_owned(),
        kind => text::printable(&kind.to_string(), 300),
    };
    YamlError {
        line: marker.line() as u64,
        column: marker.col() as u64 + 1,
        reason: hint::or(text, marker, reason),
    }
}
