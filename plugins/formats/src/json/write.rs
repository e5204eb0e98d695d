//! Writes a tree as JSON, indented by two spaces.

use crate::kind::Kind;
use crate::mistake::Mistake;
use crate::tree::{Node, Scalar, Value};
use crate::yaml;

/// Writes a document as JSON.
///
/// # Errors
/// JSON cannot contain a value; the mistake has the place where that value came from.
pub fn write(document: &Node) -> Result<String, Mistake> {
    let mut out = String::new();
    node(&mut out, document, 0)?;
    out.push('\n');
    Ok(out)
}

fn node(out: &mut String, node: &Node, indent: usize) -> Result<(), Mistake> {
    match &node.value {
        Value::Scalar(value) => scalar(out, value)
            .map_err(|reason| Mistake::new(node.place, format!("JSON cannot hold {reason}"))),
        Value::List(items) => enclosed(out, ('[', ']'), items.iter(), indent, self::node),
        Value::Map(map) => {
            map.without_own("JSON")?;
            enclosed(
                out,
                ('{', '}'),
                map.members().into_iter(),
                indent,
                |out, (name, member), indent| {
                    quote(out, name);
                    out.push_str(": ");
                    self::node(out, member, indent)
                },
            )
        }
    }
}

fn enclosed<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = T>,
    indent: usize,
    mut write: impl FnMut(&mut String, T, usize) -> Result<(), Mistake>,
) -> Result<(), Mistake> {
    out.push(open);
    let count = items.len();
    for (index, item) in items.enumerate() {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent + 2));
        write(out, item, indent + 2)?;
        if index + 1 < count {
            out.push(',');
        }
    }
    if count > 0 {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    }
    out.push(close);
    Ok(())
}

fn scalar(out: &mut String, value: &Scalar) -> Result<(), &'static str> {
    match value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Boolean => out.push_str(&value.text.to_ascii_lowercase()),
        Kind::Integer | Kind::Float => out.push_str(&value.decimal()?),
        Kind::Text | Kind::Date => quote(out, &value.text),
        Kind::Bare => quote(out, yaml::certain(&value.text)?),
    }
    Ok(())
}

/// Writes text in quotes, as JSON and YAML read it. Everything invisible is escaped.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            hidden if yaml::is_hidden(hidden) => out.push_str(&format!("\\u{:04x}", u32::from(hidden))),
            other => out.push(other),
        }
    }
    out.push('"');
}
