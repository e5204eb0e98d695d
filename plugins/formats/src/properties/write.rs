//! Writes a tree as `.properties`: one line for each scalar, in ASCII, which every version of Java reads the
//! same way.

use std::collections::BTreeSet;

use crate::leaves::leaves_without_null;
use crate::mistake::{Mistake, quoted};
use crate::tree::Node;

pub(crate) fn write(document: &Node) -> Result<String, Mistake> {
    let mut out = String::new();
    let mut known = BTreeSet::new();
    for leaf in leaves_without_null(document, ".properties")? {
        let name = leaf.name();
        escape(&mut out, &name, true);
        out.push('=');
        escape(&mut out, &leaf.scalar.plain(), false);
        out.push('\n');
        if let Some(twice) = known.replace(name) {
            let message = format!(
                "two values have the name {} in .properties: in the layer with dots in its names, choose `profiles: []`, so that they lead into maps as in Spring",
                quoted(&twice)
            );
            return Err(Mistake::new(leaf.place, message));
        }
    }
    Ok(out)
}

fn escape(out: &mut String, text: &str, is_name: bool) {
    for (at, character) in text.char_indices() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{c}' => out.push_str("\\f"),
            ' ' if is_name || at == 0 => out.push_str("\\ "),
            '=' | ':' | '#' | '!' if is_name => {
                out.push('\\');
                out.push(character);
            }
            ' '..='~' => out.push(character),
            other => out.extend(
                other
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|unit| format!("\\u{unit:04X}")),
            ),
        }
    }
}
