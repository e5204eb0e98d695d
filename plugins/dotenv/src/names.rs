//! Converts the names of a document to the names of variables.

use podweave_formats::{Leaf, Segment};

use crate::glob;
use crate::params::{InvalidNames, Source};

/// Returns the name of a value's variable; `None` if the source excludes the value.
pub(crate) fn variable(source: &Source, leaf: &Leaf<'_>, name: &str) -> Result<Option<String>, &'static str> {
    if let Some(renamed) = source.rename.get(name) {
        return if is_valid(renamed) {
            Ok(Some(renamed.clone()))
        } else {
            Err(INVALID)
        };
    }
    let is_included =
        source.include.is_empty() || source.include.iter().any(|pattern| glob::matches(pattern, name));
    if !is_included || source.exclude.iter().any(|pattern| glob::matches(pattern, name)) {
        return Ok(None);
    }
    let parts: Vec<String> = leaf.path.iter().map(Segment::bare).collect();
    let mut joined = parts.join(&source.separator);
    if source.upper_case {
        joined.make_ascii_uppercase();
    }
    let variable = format!("{}{joined}", source.prefix);
    match source.invalid_names {
        _ if is_valid(&variable) => Ok(Some(variable)),
        InvalidNames::Replace if !variable.is_empty() => Ok(Some(replaced(&variable))),
        _ => Err(INVALID),
    }
}

const INVALID: &str = "is not the name of an environment variable, which has letters, digits and `_`, and no digit first: rename it, exclude it, or set `invalidNames: replace`";

/// Whether every shell and every language accepts the name.
fn is_valid(name: &str) -> bool {
    name.starts_with(|first: char| !first.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn replaced(name: &str) -> String {
    let first = if name.starts_with(|first: char| first.is_ascii_digit()) {
        "_"
    } else {
        ""
    };
    name.chars().fold(first.to_owned(), |mut replaced, next| {
        replaced.push(if next.is_ascii_alphanumeric() { next } else { '_' });
        replaced
    })
}
