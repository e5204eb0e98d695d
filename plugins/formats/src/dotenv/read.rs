//! `.env` into a tree of one level.
//!
//! Without quotes a value ends with its line, or at a `#` behind a blank. Single quotes hold anything but themselves. Double
//! quotes know `\n`, `\r`, `\t`, `\"`, `\\`, `\$`, `` \` ``, and a backslash that joins lines; other backslashes are text. Both kinds hold
//! several lines. `$` is text, unless references are followed: then `${NAME}` and `$NAME` outside of single quotes stand for what the document
//! has set before, `${NAME:-default}` for the default where it has not, and `\$` for `$`.

use super::reference::{self, Reference};
use crate::limits::{Builder, MAX_BYTES};
use crate::mistake::{Mistake, quoted};
use crate::tree::{Kind, Map, Node, Value};

/// What `$` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dollars {
    Text,
    References,
}

pub(crate) fn read(text: &str, source: u32, dollars: Dollars) -> Result<Node, Mistake> {
    let mut reader = Reader { rest: text, line: 1, dollars, map: Map::default(), builder: Builder::new(source) };
    while !reader.rest.is_empty() {
        reader.skip_blanks();
        match reader.rest.chars().next() {
            None => break,
            Some('\r' | '\n') => reader.end_line()?,
            Some('#') => reader.skip_line(),
            Some(_) => {
                let line = reader.line;
                let name = reader.name()?;
                reader.builder.name(name, line)?;
                if reader.map.get(name).is_some() {
                    return Err(reader.builder.mistake(line, format!("the name {} stands twice", quoted(name))));
                }
                let value = reader.value()?;
                let value = reader.builder.scalar(Kind::Text, value, line)?;
                reader.map.set(name, value);
            }
        }
    }
    reader.builder.collection(Value::Map(reader.map), 1)
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    dollars: Dollars,
    /// What has been set.
    map: Map,
    builder: Builder,
}

const BLANKS: [char; 2] = [' ', '\t'];

impl<'t> Reader<'t> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(BLANKS);
    }

    fn skip_line(&mut self) {
        let end = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        self.pass(end);
    }

    /// The text up to here, which is passed.
    fn pass(&mut self, end: usize) -> &'t str {
        let (passed, rest) = self.rest.split_at(end);
        self.line += passed.matches('\n').count();
        self.rest = rest;
        passed
    }

    fn name(&mut self) -> Result<&'t str, Mistake> {
        let end = self.rest.find(['=', '\n']).filter(|end| self.rest[*end..].starts_with('='));
        // What has no `=` may be a line of something secret.
        let end = end.ok_or_else(|| self.builder.mistake(self.line, "`=` is missing: write NAME=value"))?;
        let name = self.pass(end).trim_end_matches(BLANKS);
        self.pass(1);
        let name = name.strip_prefix("export").and_then(|rest| rest.strip_prefix(BLANKS)).map_or(name, |name| name.trim_start_matches(BLANKS));
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(self.builder.mistake(self.line, "what stands before `=` is no name: write NAME=value"));
        }
        Ok(name)
    }

    /// The value, and the rest of its line.
    fn value(&mut self) -> Result<String, Mistake> {
        self.skip_blanks();
        let value = match self.rest.chars().next() {
            Some('\'') => self.single_quoted()?,
            Some('"') => self.double_quoted()?,
            _ => return self.without_quotes(),
        };
        let has_blank = self.rest.starts_with(BLANKS);
        self.skip_blanks();
        if has_blank && self.rest.starts_with('#') {
            self.skip_line();
        } else {
            self.end_line()?;
        }
        Ok(value)
    }

    fn end_line(&mut self) -> Result<(), Mistake> {
        let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        if !rest.is_empty() && !rest.starts_with('\n') {
            return Err(self.builder.mistake(self.line, "something stands behind the closing quote: put all of the value in quotes"));
        }
        self.skip_line();
        Ok(())
    }

    fn without_quotes(&mut self) -> Result<String, Mistake> {
        let line = self.line;
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let text = self.pass(end);
        let text = if text.starts_with('#') { "" } else { text };
        let comment = BLANKS.iter().filter_map(|blank| text.find(&format!("{blank}#"))).min().unwrap_or(text.len());
        let mut rest = text[..comment].trim_end_matches(['\r', ' ', '\t']);
        if self.dollars == Dollars::Text {
            return Ok(rest.to_owned());
        }
        let mut value = String::new();
        while let Some(at) = rest.find('$') {
            match rest[..at].strip_suffix('\\') {
                Some(before) => {
                    value.push_str(before);
                    value.push('$');
                    rest = &rest[at + 1..];
                }
                None => {
                    value.push_str(&rest[..at]);
                    rest = self.reference(&rest[at..], &mut value, line)?;
                }
            }
        }
        value.push_str(rest);
        Ok(value)
    }

    /// Puts what stands for a reference behind the value. Gives the text behind the reference.
    fn reference<'r>(&self, text: &'r str, value: &mut String, line: usize) -> Result<&'r str, Mistake> {
        let (reference, rest) = reference::parse(text).map_err(|reason| self.builder.mistake(line, reason))?;
        match reference {
            Reference::None => value.push('$'),
            Reference::To { name, default } => match (self.map.get(name).map(|node| &node.value), default) {
                (Some(Value::Scalar(set)), None) => value.push_str(&set.text),
                (Some(Value::Scalar(set)), Some(_)) if !set.text.is_empty() => value.push_str(&set.text),
                (_, Some(default)) => value.push_str(default),
                (_, None) => {
                    let message = format!("`$` refers to {}, which is not set above: set it, or write `\\$` for the character", quoted(name));
                    return Err(self.builder.mistake(line, message));
                }
            },
        }
        if value.len() > MAX_BYTES {
            return Err(self.builder.mistake(line, format!("its references make the value longer than {} MiB", MAX_BYTES >> 20)));
        }
        Ok(rest)
    }

    fn single_quoted(&mut self) -> Result<String, Mistake> {
        let line = self.line;
        self.pass(1);
        let end = self.rest.find('\'').ok_or_else(|| self.not_closed(line))?;
        let text = self.pass(end).replace("\r\n", "\n");
        self.pass(1);
        Ok(text)
    }

    fn double_quoted(&mut self) -> Result<String, Mistake> {
        let line = self.line;
        self.pass(1);
        let mut text = String::new();
        loop {
            let is_special = |next| matches!(next, '"' | '\\') || next == '$' && self.dollars == Dollars::References;
            let end = self.rest.find(is_special).ok_or_else(|| self.not_closed(line))?;
            text.push_str(&self.pass(end).replace("\r\n", "\n"));
            if self.rest.starts_with('$') {
                let rest = self.reference(self.rest, &mut text, self.line)?;
                self.pass(self.rest.len() - rest.len());
                continue;
            }
            if self.pass(1) == "\"" {
                return Ok(text);
            }
            let escaped = self.rest.chars().next().ok_or_else(|| self.not_closed(line))?;
            self.pass(escaped.len_utf8());
            match escaped {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                '"' | '\\' | '$' | '`' => text.push(escaped),
                '\n' => {}
                '\r' if self.rest.starts_with('\n') => {
                    self.pass(1);
                }
                other => text.extend(['\\', other]),
            }
        }
    }

    fn not_closed(&self, line: usize) -> Mistake {
        self.builder.mistake(line, "a quote is not closed")
    }
}
