//! Writes a tree as `.env`, with quotes where readers might differ without them.

use std::collections::BTreeSet;

use crate::leaves::{Segment, leaves_without_null};
use crate::mistake::{Mistake, quoted};
use crate::tree::Node;

pub(crate) fn write(document: &Node) -> Result<String, Mistake> {
    let mut out = String::new();
    let mut known = BTreeSet::new();
    for leaf in leaves_without_null(document, ".env")? {
        let parts: Vec<String> = leaf.path.iter().map(Segment::bare).collect();
        let name = parts.join("_");
        if !is_name(&name) {
            return Err(Mistake::new(
                leaf.place,
                format!(
                    ".env cannot hold the name {}: only letters, digits and `_`, no digit first",
                    quoted(&name)
                ),
            ));
        }
        let value = value(&leaf.scalar.plain());
        out.push_str(&format!(
            "{name}={}\n",
            value.ok_or_else(|| Mistake::new(leaf.place, ".env cannot hold a carriage return"))?
        ));
        if let Some(twice) = known.replace(name) {
            return Err(Mistake::new(
                leaf.place,
                format!("two values have the name {} in .env", quoted(&twice)),
            ));
        }
    }
    Ok(out)
}

fn is_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| !first.is_ascii_digit())
}

fn value(text: &str) -> Option<String> {
    if text.contains('\r') {
        return None;
    }
    if text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-./:@%+,".contains(&byte))
    {
        return Some(text.to_owned());
    }
    // In single quotes nothing has a meaning, except for some readers a backslash before a quote or another
    // backslash.
    if !text.contains('\'') && !text.contains("\\\\") && !text.ends_with('\\') {
        return Some(format!("'{text}'"));
    }
    let mut value = String::from("\"");
    for character in text.chars() {
        // A shell that reads the file must not run anything in a value.
        if matches!(character, '"' | '\\' | '$' | '`') {
            value.push('\\');
        }
        value.push(character);
    }
    value.push('"');
    Some(value)
}
