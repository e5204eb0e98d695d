//! YAML and JSON as text into a tree, within limits and with the place of a mistake.

use serde_json::Value;

use crate::text;

/// A text that is not YAML, or is more of it than podweave reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", at(*.line, *.column))]
pub struct YamlError {
    /// Counted from 1; 0 if the place is not known.
    pub line: u64,
    /// Counted from 1; 0 if the place is not known.
    pub column: u64,
    /// What is wrong, without the text that is wrong: a manifest can hold what must not reach a log.
    pub reason: String,
}

fn at(line: u64, column: u64) -> String {
    match line {
        0 => String::new(),
        _ => format!("line {line}, column {column}: "),
    }
}

/// Reads all documents of a YAML stream; JSON is YAML. Empty documents are left out.
///
/// Booleans and octal numbers are read as `kubectl` reads them (YAML 1.1: `yes`, `0644`), since that is what the same
/// text means in a cluster. Keys that stand twice are an error. Aliases, depth and size are bounded.
///
/// # Errors
/// The first mistake, with its line and column.
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    serde_saphyr::from_multiple_with_options::<Option<Value>>(text, options())
        .map(|documents| documents.into_iter().flatten().collect())
        .map_err(|error| yaml_error(&error))
}

/// Reads a text of one YAML document; [`Value::Null`] if it is empty.
///
/// # Errors
/// As [`documents`]; besides where there is more than one document.
pub fn document(text: &str) -> Result<Value, YamlError> {
    serde_saphyr::from_str_with_options::<Option<Value>>(text, options()).map(Option::unwrap_or_default).map_err(|error| yaml_error(&error))
}

/// Writes a tree as YAML, keys sorted, as `expected.yaml` has it.
///
/// # Errors
/// None for the trees that this crate makes; the serializer's own for others.
pub fn to_string(value: &impl serde::Serialize) -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(value)
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        with_snippet: false,
        legacy_octal_numbers: true,
    }
}

fn yaml_error(error: &serde_saphyr::Error) -> YamlError {
    let error = error.without_snippet();
    let (line, column) = error.location().map_or((0, 0), |location| (location.line(), location.column()));
    YamlError { line, column, reason: reason(error) }
}

/// The message without the text that is wrong and without the parser's advice for Rust programmers.
fn reason(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    use serde_saphyr::budget::BudgetBreach;
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key {} stands twice", text::quoted(key)),
        Error::NonFiniteFloat { .. } => "a number that is too large, or none at all; put it in quotes if it is text".to_owned(),
        Error::NullIntoString { .. } => "a key is missing before ':'".to_owned(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => "an alias stands in what it stands for".to_owned(),
        Error::UnknownAnchor { .. } => "an alias ('*') whose anchor ('&') is not there; put it in quotes if it is text".to_owned(),
        Error::MultipleDocuments { .. } => "there is more than one document ('---'); leave one".to_owned(),
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => "objects and lists nest too deep".to_owned(),
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => "there are more than 1024 documents".to_owned(),
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayStackDepthExceeded { .. } => {
            "it is too large, or its aliases make it so".to_owned()
        }
        // They quote what they found.
        Error::SerdeInvalidType { .. } | Error::SerdeInvalidValue { .. } => "a value of a kind that cannot stand here".to_owned(),
        other => {
            let message = other.render_with_formatter(&serde_saphyr::UserMessageFormatter);
            // The parser puts the place behind some of its messages, and a dump of its limits behind others.
            let mut reason = message.lines().next().unwrap_or_default();
            for tail in [" at line ", ": limits breached"] {
                reason = reason.split(tail).next().unwrap_or(reason);
            }
            text::printable(reason, 300)
        }
    }
}
