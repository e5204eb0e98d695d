//! A tree of two levels as INI: first what is in no section, then the sections.

use crate::mistake::{Mistake, quoted};
use crate::tree::{Map, Node, Value};

pub(crate) fn write(document: &Node) -> Result<String, Mistake> {
    let Value::Map(map) = &document.value else {
        return Err(Mistake::new(document.place, format!("INI cannot hold {} as the whole document", document.kind())));
    };
    map.without_own("INI")?;
    let mut out = String::new();
    let (sections, keys): (Vec<_>, Vec<_>) = map.members().into_iter().partition(|(_, node)| matches!(node.value, Value::Map(_)));
    for (name, node) in keys {
        key(&mut out, name, node)?;
    }
    for (name, node) in sections {
        if let Value::Map(map) = &node.value {
            section(&mut out, name, map, node)?;
        }
    }
    Ok(out)
}

fn section(out: &mut String, name: &str, map: &Map, node: &Node) -> Result<(), Mistake> {
    map.without_own("INI")?;
    if name.is_empty() || !is_trimmed_line(name) {
        return Err(Mistake::new(node.place, format!("INI cannot hold a section with the name {}", quoted(name))));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&format!("[{name}]\n"));
    map.members().into_iter().try_for_each(|(name, node)| key(out, name, node))
}

fn key(out: &mut String, name: &str, node: &Node) -> Result<(), Mistake> {
    if node.is_null() {
        return Ok(());
    }
    let Value::Scalar(scalar) = &node.value else {
        let message = format!("INI cannot hold {} under {}: it has sections, and keys with one value", node.kind(), quoted(name));
        return Err(Mistake::new(node.place, message));
    };
    let text = scalar.plain();
    if name.is_empty() || !is_trimmed_line(name) || name.contains(['=', ':']) || name.starts_with(['[', ';', '#']) {
        return Err(Mistake::new(node.place, format!("INI cannot hold a key with the name {}", quoted(name))));
    }
    if !is_trimmed_line(&text) {
        return Err(Mistake::new(node.place, format!("INI cannot hold the value of {}: it has several lines, or blanks at an end", quoted(name))));
    }
    out.push_str(name);
    out.push_str(if text.is_empty() { " =" } else { " = " });
    out.push_str(&text);
    out.push('\n');
    Ok(())
}

/// Whether reading a line leaves this as it is; a byte order mark at a document's front would go.
fn is_trimmed_line(text: &str) -> bool {
    text.trim() == text && !text.starts_with('\u{feff}') && !text.contains(['\n', '\r'])
}
