//! Reads JSON into a tree.

use crate::kind::Kind;
use crate::limits::Builder;
use crate::mistake::Mistake;
use crate::number;
use crate::tree::{Map, Node, Value};

/// Reads a document of JSON. `source` identifies the document in the places of its values.
///
/// # Errors
/// The first mistake in it.
pub fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        builder: Builder::new(source),
    };
    let node = reader.value(0)?;
    reader.blanks();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.not_json("text follows the end of the document")),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    builder: Builder,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Mistake> {
        self.blanks();
        let line = self.line;
        match self.peek() {
            Some(b'{') => self.map(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => {
                let text = self.string()?;
                self.builder.scalar(Kind::Text, text, line)
            }
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => self.word(),
            Some(b']') => Err(self.not_json("a `,` is in front of a `]`")),
            _ => Err(self.not_json("a value is missing")),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Node, Mistake> {
        let line = self.line;
        self.builder.depth(depth, line)?;
        self.at += 1;
        let mut map = Map::default();
        if self.ends(b'}') {
            return self.builder.collection(Value::Map(map), line);
        }
        loop {
            self.blanks();
            match self.peek() {
                Some(b'"') => {}
                Some(b'}') => return Err(self.not_json("a `,` is in front of a `}`")),
                _ => return Err(self.not_json("a name in quotes is missing")),
            }
            let line = self.line;
            let name = self.string()?;
            self.builder.name(&name, line)?;
            if !self.ends(b':') {
                return Err(self.not_json("`:` is missing behind a name"));
            }
            if let Some(first) = map.get(&name) {
                return Err(self.builder.duplicate(&name, line, first));
            }
            let value = self.value(depth)?;
            map.set(name, value);
            if self.ends(b'}') {
                return self.builder.collection(Value::Map(map), line);
            }
            if !self.ends(b',') {
                return Err(self.not_json("`,` or `}` is missing behind a value"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Node, Mistake> {
        let line = self.line;
        self.builder.depth(depth, line)?;
        self.at += 1;
        let mut items = Vec::new();
        if self.ends(b']') {
            return self.builder.collection(Value::List(items), line);
        }
        loop {
            items.push(self.value(depth)?);
            if self.ends(b']') {
                return self.builder.collection(Value::List(items), line);
            }
            if !self.ends(b',') {
                return Err(self.not_json("`,` or `]` is missing behind a value"));
            }
        }
    }

    /// Reads a number, or one of the three words.
    fn word(&mut self) -> Result<Node, Mistake> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|next: char| !(next.is_ascii_alphanumeric() || matches!(next, '.' | '+' | '-')))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let kind = match word {
            "null" => Kind::Null,
            "true" | "false" => Kind::Boolean,
            _ if !number::is_json(word) => {
                return Err(
                    self.not_json("a value is neither a number, nor true, false or null, nor text in quotes")
                );
            }
            _ if word.contains(['.', 'e', 'E']) => Kind::Float,
            _ => Kind::Integer,
        };
        self.at += end;
        self.builder.scalar(kind, word, self.line)
    }

    fn string(&mut self) -> Result<String, Mistake> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest
                .find(|next: char| matches!(next, '"' | '\\') || next < ' ')
                .ok_or_else(|| self.not_json("text in quotes does not end"))?;
            text.push_str(&rest[..end]);
            self.at += end + 1;
            match rest.as_bytes()[end] {
                b'"' => return Ok(text),
                b'\\' => text.push(self.escape()?),
                _ => return Err(self.not_json("a control character or a line's end is inside quotes")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Mistake> {
        let escaped = self.peek();
        self.at += 1;
        Ok(match escaped {
            Some(quote @ (b'"' | b'\\' | b'/')) => char::from(quote),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.code_unit()?;
                let mut units = vec![unit];
                if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    units.push(self.code_unit()?);
                }
                match char::decode_utf16(units)
                    .collect::<Result<Vec<_>, _>>()
                    .as_deref()
                {
                    Ok([character]) => *character,
                    _ => return Err(self.not_json("a `\\u` escape is half of a character")),
                }
            }
            _ => {
                return Err(
                    self.not_json("unknown escape: only `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t`, `\\u` and a quote behind a backslash are known")
                );
            }
        })
    }

    fn code_unit(&mut self) -> Result<u16, Mistake> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| self.not_json("a `\\u` escape needs four hexadecimal digits"))
    }

    /// Whether this byte comes next, ignoring blanks; if so, it is skipped.
    fn ends(&mut self, wanted: u8) -> bool {
        self.blanks();
        let is_next = self.peek() == Some(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    fn blanks(&mut self) {
        while let Some(blank @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line += usize::from(blank == b'\n');
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn not_json(&self, reason: &str) -> Mistake {
        self.builder.mistake(self.line, format!("is not JSON: {reason}"))
    }
}
