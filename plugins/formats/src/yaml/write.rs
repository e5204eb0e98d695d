//! Writes a tree as YAML in block style, indented by two spaces, with lists at the column of their key, as
//! Kubernetes does.

use super::scalars;
use crate::json;
use crate::kind::Kind;
use crate::mistake::Mistake;
use crate::number;
use crate::tree::{Map, NameStyle, Node, Scalar, Value};

/// A longer name needs another syntax, which is not supported.
const MAX_NAME: usize = 1000;

/// Writes a document as YAML.
///
/// # Errors
/// YAML cannot contain a value; the mistake has the place where that value came from.
pub fn write(document: &Node) -> Result<String, Mistake> {
    let mut out = String::new();
    match &document.value {
        Value::Scalar(value) => scalar(&mut out, value, 0),
        Value::List(items) if !items.is_empty() => list(&mut out, items, 0, false)?,
        Value::Map(map) if !map.is_empty() => self::map(&mut out, map, 0, false)?,
        Value::List(_) => out.push_str("[]\n"),
        Value::Map(_) => out.push_str("{}\n"),
    }
    Ok(out)
}

/// Writes the members, one per line. If the line is already indented, the first one starts there.
fn map(out: &mut String, map: &Map, indent: usize, mut is_indented: bool) -> Result<(), Mistake> {
    map.without_own("YAML")?;
    for (name, style, node) in map.styled() {
        if !std::mem::take(&mut is_indented) {
            spaces(out, indent);
        }
        self::name(out, name, style).map_err(|reason| Mistake::new(node.place, reason))?;
        out.push(':');
        match &node.value {
            Value::Scalar(value) => {
                out.push(' ');
                scalar(out, value, indent + 2);
            }
            Value::List(items) if items.is_empty() => out.push_str(" []\n"),
            Value::List(items) => {
                out.push('\n');
                list(out, items, indent, false)?;
            }
            Value::Map(map) if map.is_empty() => out.push_str(" {}\n"),
            Value::Map(map) => {
                out.push('\n');
                self::map(out, map, indent + 2, false)?;
            }
        }
    }
    Ok(())
}

fn list(out: &mut String, items: &[Node], indent: usize, mut is_indented: bool) -> Result<(), Mistake> {
    for node in items {
        if !std::mem::take(&mut is_indented) {
            spaces(out, indent);
        }
        out.push_str("- ");
        match &node.value {
            Value::Scalar(value) => scalar(out, value, indent + 2),
            Value::List(items) if items.is_empty() => out.push_str("[]\n"),
            Value::List(items) => list(out, items, indent + 2, true)?,
            Value::Map(map) if map.is_empty() => out.push_str("{}\n"),
            Value::Map(map) => self::map(out, map, indent + 2, true)?,
        }
    }
    Ok(())
}

fn name(out: &mut String, name: &str, style: NameStyle) -> Result<(), String> {
    if name.len() > MAX_NAME {
        return Err(format!("YAML cannot hold a key of more than {MAX_NAME} bytes"));
    }
    if style == NameStyle::Bare && scalars::stays_bare(name) || scalars::needs_no_quotes(name) {
        out.push_str(name);
    } else {
        quoted(out, name);
    }
    Ok(())
}

/// Writes the scalar and the end of its line.
fn scalar(out: &mut String, value: &Scalar, indent: usize) {
    match value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Boolean => out.push_str(&value.text.to_ascii_lowercase()),
        Kind::Integer | Kind::Float => out.push_str(&number(value)),
        Kind::Bare if scalars::stays_bare(&value.text) => out.push_str(&value.text),
        Kind::Text | Kind::Bare | Kind::Date => {
            if is_block(&value.text) {
                block(out, &value.text, indent);
                return;
            }
            if scalars::needs_no_quotes(&value.text) {
                out.push_str(&value.text)
            } else {
                quoted(out, &value.text)
            }
        }
    }
    out.push('\n');
}

/// Writes a number: as it was written if it comes from YAML, otherwise in a form that every version of YAML
/// reads as this number.
fn number(value: &Scalar) -> String {
    if value.is_plain() && number::of_yaml(&value.text) == Some(value.kind)
        || number::is_hexadecimal(&value.text)
    {
        return value.text.clone();
    }
    match value.decimal() {
        Ok(decimal) => number::for_every_yaml(&decimal).into_owned(),
        // TOML's `inf` and `nan`, with or without a sign.
        Err(_) => match value.text.strip_prefix('-') {
            _ if value.text.ends_with("nan") => ".nan".to_owned(),
            Some(_) => "-.inf".to_owned(),
            None => ".inf".to_owned(),
        },
    }
}

fn quoted(out: &mut String, text: &str) {
    if text.contains(['"', '\\']) && !text.contains(scalars::is_hidden) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    } else {
        json::quote(out, text);
    }
}

/// Whether text can be a literal block: several lines, nothing invisible, no blank that would be taken for
/// indentation.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && !text.contains(|next| next != '\n' && next != '\t' && scalars::is_hidden(next))
}

fn block(out: &mut String, text: &str, indent: usize) {
    let content = text.trim_end_matches('\n');
    out.push_str(match text.len() - content.len() {
        0 => "|-\n",
        1 => "|\n",
        _ => "|+\n",
    });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            spaces(out, indent.max(2));
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
