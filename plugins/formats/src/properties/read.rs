//! Reads `.properties` into a tree.

use super::lines::{self, BLANKS, Logical};
use super::names;
use crate::kind::Kind;
use crate::limits::Builder;
use crate::mistake::Mistake;
use crate::tree::{Map, Node, Value};

pub(crate) fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    let mut reader = Reader {
        builder: Builder::new(source),
    };
    let mut document = Node::empty(reader.builder.place(1));
    for line in lines::logical(text) {
        reader.line(&mut document, &line)?;
    }
    Ok(document)
}

/// Reads the documents that Spring's `#---` separates.
pub(crate) fn read_all(text: &str, source: u32) -> Result<Vec<Node>, Mistake> {
    let mut reader = Reader {
        builder: Builder::new(source),
    };
    let mut documents = vec![Node::empty(reader.builder.place(1))];
    for line in lines::logical(text) {
        if line.begins_document {
            documents.push(
                reader
                    .builder
                    .collection(Value::Map(Map::default()), line.number)?,
            );
        }
        if let Some(document) = documents.last_mut() {
            reader.line(document, &line)?;
        }
    }
    Ok(documents)
}

/// Returns the length up to the first `=`, `:` or blank that no backslash escapes.
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
    rest.strip_prefix(['=', ':'])
        .unwrap_or(rest)
        .trim_start_matches(BLANKS)
}

struct Reader {
    builder: Builder,
}

impl Reader {
    fn line(&mut self, document: &mut Node, line: &Logical) -> Result<(), Mistake> {
        let (name, value) = line.text.split_at(name_length(&line.text));
        let name = self.unescaped(name, line.number)?;
        let value = self.unescaped(without_separator(value), line.number)?;
        let value = self.builder.scalar(Kind::Text, value, line.number)?;
        self.insert(document, &name, value, line.number)
    }

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
                        let digits = rest
                            .as_str()
                            .get(..4)
                            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
                        units.push(unit.ok_or_else(|| {
                            self.builder
                                .mistake(line, "`\\u` is not followed by four hexadecimal digits")
                        })?);
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
        String::from_utf16(&units).map_err(|_| {
            self.builder
                .mistake(line, "a `\\u` escape is half of a character")
        })
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
            Value::Map(Map { own: Some(first), .. }) => Err(self.builder.duplicate(name, line, first)),
            _ => Err(self.builder.duplicate(name, line, at)),
        }
    }

    /// Returns the member of this name, and creates it if necessary. A member that already has a value keeps
    /// it beside its members.
    fn member<'n>(&mut self, node: &'n mut Node, name: &str, line: usize) -> Result<&'n mut Node, Mistake> {
        let map = node.as_map_with_own();
        if map.get(name).is_none() {
            let empty = self.builder.collection(Value::Map(Map::default()), line)?;
            map.set(name, empty);
        }
        Ok(map.get_mut(name).expect("it has just been set"))
    }
}
