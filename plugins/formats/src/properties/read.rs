//! `.properties` into a tree.

use super::names;
use crate::limits::Builder;
use crate::mistake::{Mistake, quoted};
use crate::tree::{Kind, Map, Node, Value};

pub(crate) fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    let mut reader = Reader { builder: Builder::new(source) };
    let mut document = Node::empty(reader.builder.place(1));
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line_number = index + 1;
        let line = line.trim_start_matches(BLANKS);
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while continues(&logical) {
            logical.pop();
            let Some((_, next)) = lines.next() else { break };
            logical.push_str(next.trim_start_matches(BLANKS));
        }
        let (name, value) = logical.split_at(name_length(&logical));
        let name = reader.unescaped(name, line_number)?;
        let value = reader.unescaped(without_separator(value), line_number)?;
        let value = reader.builder.scalar(Kind::Text, value, line_number)?;
        reader.insert(&mut document, &name, value, line_number)?;
    }
    Ok(document)
}

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// Whether a line ends in a backslash that no backslash escapes.
fn continues(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

/// Up to the first `=`, `:` or blank that no backslash escapes.
fn name_length(line: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in line.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '=' | ':' => return at,
            blank if BLANKS.contains(&blank) => return at,
            _ => {}
        }
    }
    line.len()
}

fn without_separator(rest: &str) -> &str {
    let rest = rest.trim_start_matches(BLANKS);
    rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANKS)
}

struct Reader {
    builder: Builder,
}

impl Reader {
    fn unescaped(&self, text: &str, line: usize) -> Result<String, Mistake> {
        if !text.contains('\\') {
            return Ok(text.to_owned());
        }
        // Characters beyond the basic plane are two escapes.
        let mut units: Vec<u16> = Vec::with_capacity(text.len());
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            let character = match character {
                '\\' => match rest.next() {
                    Some('t') => '\t',
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('f') => '\u{c}',
                    Some('u') => {
                        let digits = rest.as_str().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
                        units.push(unit.ok_or_else(|| self.builder.mistake(line, "`\\u` is not followed by four hexadecimal digits"))?);
                        rest = rest.as_str()[4..].chars();
                        continue;
                    }
                    Some(other) => other,
                    None => break,
                },
                other => other,
            };
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
        }
        String::from_utf16(&units).map_err(|_| self.builder.mistake(line, "a `\\u` escape is half of a character"))
    }

    fn insert(&mut self, document: &mut Node, name: &str, value: Node, line: usize) -> Result<(), Mistake> {
        self.builder.name(name, line)?;
        let path = names::split(name);
        self.builder.depth(path.len(), line)?;
        let mut at = document;
        for part in path {
            at = self.member(at, part, line)?;
        }
        match &mut at.value {
            Value::Map(map) if map.own.is_none() => {
                if map.is_empty() {
                    *at = value;
                } else {
                    map.own = Some(Box::new(value));
                }
                Ok(())
            }
            _ => Err(self.builder.mistake(line, format!("the key {} stands twice", quoted(name)))),
        }
    }

    /// The member of this name, made if need be. What has a value already keeps it beside its members.
    fn member<'n>(&mut self, node: &'n mut Node, name: &str, line: usize) -> Result<&'n mut Node, Mistake> {
        if !matches!(node.value, Value::Map(_)) {
            let own = std::mem::replace(node, Node::empty(self.builder.place(line)));
            let mut map = Map::default();
            map.own = Some(Box::new(own));
            node.value = Value::Map(map);
        }
        let Value::Map(map) = &mut node.value else { unreachable!("it has just been made a map") };
        if map.get(name).is_none() {
            let empty = self.builder.collection(Value::Map(Map::default()), line)?;
            map.set(name, empty);
        }
        Ok(map.get_mut(name).expect("it has just been set"))
    }
}
