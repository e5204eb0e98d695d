//! INI into a tree of two levels.
//!
//! A line is a `[section]`, a name and a value with `=` or `:` between them, whichever comes first, or a comment that begins with `;`
//! or `#`. Blanks around names and values go; nothing else in a value has a meaning, quotes and `;` included.

use crate::limits::Builder;
use crate::mistake::{Mistake, quoted};
use crate::tree::{Kind, Map, Node, Value};

pub(crate) fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    let mut builder = Builder::new(source);
    let mut document = Map::default();
    let mut section: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim());
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let name = header.strip_suffix(']').map(str::trim).filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| builder.mistake(number, "a section has no name or no `]`: write [name]"))?;
            open(&mut builder, &mut document, name, number)?;
            section = Some(name.to_owned());
            continue;
        }
        // What has no `=` may be a line of something secret.
        let (name, value) = line.split_once(['=', ':']).ok_or_else(|| builder.mistake(number, "`=` is missing: write name = value"))?;
        let (name, value) = (name.trim_end(), value.trim_start());
        if name.is_empty() {
            return Err(builder.mistake(number, "a name is missing before `=`: write name = value"));
        }
        builder.name(name, number)?;
        let value = builder.scalar(Kind::Text, value, number)?;
        let map = match section.as_ref().and_then(|section| document.get_mut(section)) {
            Some(Node { value: Value::Map(map), .. }) => map,
            _ => &mut document,
        };
        if map.get(name).is_some() {
            return Err(builder.mistake(number, format!("the key {} stands twice", quoted(name))));
        }
        map.set(name, value);
    }
    builder.collection(Value::Map(document), 1)
}

/// Makes a section, or goes on with it.
fn open(builder: &mut Builder, document: &mut Map, name: &str, line: usize) -> Result<(), Mistake> {
    match document.get(name).map(|node| &node.value) {
        Some(Value::Map(_)) => Ok(()),
        Some(_) => Err(builder.mistake(line, format!("the section {} has the name of a key outside of the sections", quoted(name)))),
        None => {
            builder.name(name, line)?;
            let section = builder.collection(Value::Map(Map::default()), line)?;
            document.set(name, section);
            Ok(())
        }
    }
}
