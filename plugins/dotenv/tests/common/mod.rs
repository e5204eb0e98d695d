//! Provides short ways to render.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

#[path = "../../../formats/tests/documents/mod.rs"]
mod documents;

pub use documents::{Documents, documents};
use podweave_dotenv::variables;
use podweave_plugin::Error;

/// Returns the variables of one document, `NAME=value` each, in order.
pub fn one(key: &str, text: &str, fields: &str) -> Result<Vec<String>, Error> {
    let name = format!("app/{key}");
    let params = format!(
        r#"{{"sources":[{{"key":"{name}"{}{fields}}}]}}"#,
        if fields.is_empty() { "" } else { "," }
    );
    several(&documents([(&name, text)]), &params)
}

/// Returns the variables that some parameters request, `NAME=value` each, in order.
pub fn several(documents: &Documents, params: &str) -> Result<Vec<String>, Error> {
    Ok(variables(params, documents)?
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect())
}

/// The error about the key `KEY` of `app`.
pub fn wrong(key: &str, message: &str) -> Result<Vec<String>, Error> {
    Err(Error::invalid_value("app", key, message))
}
