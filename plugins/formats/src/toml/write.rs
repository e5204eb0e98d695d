//! Writes a tree as TOML: tables and arrays of tables get headers of their own, behind the plain values of
//! their table.

use std::borrow::Cow;

use toml_writer::{ToTomlKey as _, ToTomlValue as _, TomlKeyBuilder, TomlStringBuilder};

use crate::kind::Kind;
use crate::mistake::Mistake;
use crate::number;
use crate::tree::{Map, Node, Scalar, Value};
use crate::yaml;

/// Writes a document as TOML.
///
/// # Errors
/// TOML cannot contain a value; the mistake has the place where that value came from.
pub fn write(document: &Node) -> Result<String, Mistake> {
    let Value::Map(map) = &document.value else {
        return Err(Mistake::new(
            document.place,
            format!("TOML cannot hold {} as the whole document", document.kind()),
        ));
    };
    let mut out = String::new();
    table(&mut out, map, "")?;
    Ok(out)
}

/// Writes the members of a table whose header has been written.
fn table(out: &mut String, map: &Map, path: &str) -> Result<(), Mistake> {
    map.without_own("TOML")?;
    let members = map.members();
    // Everything behind a table's header belongs to that table.
    for (name, node) in members
        .iter()
        .filter(|(_, node)| !has_header(node) && !node.is_null())
    {
        out.push_str(&key(name));
        out.push_str(" = ");
        inline(out, node)?;
        out.push('\n');
    }
    for (name, node) in members.iter().filter(|(_, node)| has_header(node)) {
        let path = if path.is_empty() {
            key(name)
        } else {
            format!("{path}.{}", key(name))
        };
        match &node.value {
            Value::Map(map) => {
                // A table that contains only tables needs no header of its own.
                if map.is_empty() || map.nodes().any(|node| !has_header(node)) {
                    header(out, &format!("[{path}]"));
                }
                table(out, map, &path)?;
            }
            Value::List(items) => {
                for item in items {
                    header(out, &format!("[[{path}]]"));
                    if let Value::Map(map) = &item.value {
                        table(out, map, &path)?;
                    }
                }
            }
            Value::Scalar(_) => {}
        }
    }
    Ok(())
}

fn header(out: &mut String, header: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(header);
    out.push('\n');
}

fn has_header(node: &Node) -> bool {
    match &node.value {
        Value::Map(_) => true,
        Value::List(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Map(_)))
        }
        Value::Scalar(_) => false,
    }
}

fn inline(out: &mut String, node: &Node) -> Result<(), Mistake> {
    match &node.value {
        Value::Scalar(value) => out.push_str(
            &scalar(value)
                .map_err(|reason| Mistake::new(node.place, format!("TOML cannot hold {reason}")))?,
        ),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                inline(out, item)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            map.without_own("TOML")?;
            let members = map.members();
            let mut separator = "{ ";
            for (name, node) in members.iter().filter(|(_, node)| !node.is_null()) {
                out.push_str(separator);
                out.push_str(&key(name));
                out.push_str(" = ");
                inline(out, node)?;
                separator = ", ";
            }
            out.push_str(if separator == "{ " { "{}" } else { " }" });
        }
    }
    Ok(())
}

fn key(name: &str) -> String {
    TomlKeyBuilder::new(name).as_default().to_toml_key()
}

fn scalar(value: &Scalar) -> Result<Cow<'_, str>, &'static str> {
    Ok(match value.kind {
        Kind::Null => return Err("null in a list"),
        Kind::Boolean => value.text.to_ascii_lowercase().into(),
        Kind::Date => Cow::Borrowed(&value.text),
        Kind::Text => string(&value.text).into(),
        Kind::Bare => string(yaml::certain(&value.text)?).into(),
        Kind::Integer => integer(value)?,
        Kind::Float => float(value)?,
    })
}

fn string(text: &str) -> String {
    TomlStringBuilder::new(text).as_default().to_toml_value()
}

/// An integer of YAML or TOML without a leading 0 is a TOML integer in the same form.
fn integer(value: &Scalar) -> Result<Cow<'_, str>, &'static str> {
    match value.decimal()?.parse::<i64>() {
        Ok(_) => Ok(Cow::Borrowed(&value.text)),
        Err(_) => Err("an integer beyond 64 bits: put it in quotes"),
    }
}

fn float(value: &Scalar) -> Result<Cow<'_, str>, &'static str> {
    let unsigned = value.text.trim_start_matches(['-', '+']).replace('_', "");
    if number::is_json(&unsigned) {
        return Ok(Cow::Borrowed(&value.text));
    }
    if let Ok(decimal) = value.decimal() {
        return Ok(decimal);
    }
    let sign = if value.text.starts_with('-') { "-" } else { "" };
    let name = if unsigned.to_ascii_lowercase().ends_with("nan") {
        "nan"
    } else {
        "inf"
    };
    Ok(format!("{sign}{name}").into())
}
