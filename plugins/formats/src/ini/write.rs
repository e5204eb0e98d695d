//! Writes a tree of two levels as INI: first the keys outside of sections, then the sections.

use super::{comment_behind, has_name_in_front, is_comment};
use crate::mistake::{Mistake, quoted};
use crate::tree::{Map, NameStyle, Node, Value};

pub(crate) fn write(document: &Node) -> Result<String, Mistake> {
    let Value::Map(map) = &document.value else {
        return Err(Mistake::new(
            document.place,
            format!("INI cannot hold {} as the whole document", document.kind()),
        ));
    };
    map.without_own("INI")?;
    let mut out = String::new();
    let (sections, keys): (Vec<_>, Vec<_>) = map
        .styled()
        .into_iter()
        .partition(|(_, _, node)| matches!(node.value, Value::Map(_)));
    for (name, style, node) in keys {
        key(&mut out, name, style, node)?;
    }
    for (name, _, node) in sections {
        if let Value::Map(map) = &node.value {
            section(&mut out, name, map, node)?;
        }
    }
    Ok(out)
}

fn section(out: &mut String, name: &str, map: &Map, node: &Node) -> Result<(), Mistake> {
    map.without_own("INI")?;
    let ends_early = name
        .match_indices(']')
        .any(|(at, _)| is_comment(name[at + 1..].trim_start()));
    if name.is_empty() || !is_trimmed_line(name) || ends_early {
        return Err(Mistake::new(
            node.place,
            format!("INI cannot hold a section with the name {}", quoted(name)),
        ));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&format!("[{name}]\n"));
    map.styled()
        .into_iter()
        .try_for_each(|(name, style, node)| key(out, name, style, node))
}

fn key(out: &mut String, name: &str, style: NameStyle, node: &Node) -> Result<(), Mistake> {
    if node.is_null() {
        return Ok(());
    }
    let Value::Scalar(scalar) = &node.value else {
        let message = format!(
            "INI cannot hold {} under {}: it has sections, and keys with one value",
            node.kind(),
            quoted(name)
        );
        return Err(Mistake::new(node.place, message));
    };
    let text = scalar.plain();
    let has_meaning =
        name.contains(['=', ':']) || name.starts_with(['[', ';', '#']) || comment_behind(name).is_some();
    if name.is_empty() || !is_trimmed_line(name) || has_meaning {
        return Err(Mistake::new(
            node.place,
            format!("INI cannot hold a key with the name {}", quoted(name)),
        ));
    }
    out.push_str(name);
    if text.is_empty() && style == NameStyle::Alone && !name.contains(char::is_whitespace) {
        out.push('\n');
        return Ok(());
    }
    value(out, &text).map_err(|reason| {
        Mistake::new(
            node.place,
            format!("INI cannot hold the value of {}: {reason}", quoted(name)),
        )
    })
}

/// Writes a value and its line ends. The second and later lines are indented.
fn value(out: &mut String, text: &str) -> Result<(), &'static str> {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    let mut last = first;
    out.push_str(if first.is_empty() { " =" } else { " = " });
    out.push_str(first);
    out.push('\n');
    for line in lines {
        if is_comment(line) {
            return Err("one of its lines would be a comment");
        }
        if !first.is_empty() && has_name_in_front(line) {
            return Err("one of its lines would be a key to some readers");
        }
        if !line.is_empty() {
            out.push_str("    ");
            out.push_str(line);
        }
        out.push('\n');
        last = line;
    }
    if !text.split('\n').all(is_trimmed_line) || last.is_empty() && text.contains('\n') {
        return Err("a line begins or ends with a blank, or the last is empty");
    }
    Ok(())
}

/// Whether reading a line does not change it; a byte order mark at the front of a document would be removed.
fn is_trimmed_line(text: &str) -> bool {
    text.trim() == text && !text.starts_with('\u{feff}') && !text.contains(['\n', '\r'])
}
