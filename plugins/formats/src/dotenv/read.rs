//! Reads `.env` into a tree of one level.
//!
//! bash, python-dotenv, npm's dotenv and Compose read these files, each in its own way. Where they agree,
//! this agrees, too. Where they differ, this follows Compose, and refuses what many readers would silently
//! read differently. docs/plugins/dotenv.md has the rules.

use std::borrow::Cow;

use super::expand::{Dollars, Expander, Quotes};
use crate::kind::Kind;
use crate::limits::Builder;
use crate::mistake::Mistake;
use crate::tree::{Map, Node, Value};

pub(crate) fn read(text: &str, source: u32, dollars: Dollars) -> Result<Node, Mistake> {
    let builder = Builder::new(source);
    let text = with_line_feeds(text, &builder)?;
    let mut reader = Reader {
        rest: &text,
        line: 1,
        dollars,
        map: Map::default(),
        builder,
    };
    loop {
        reader.skip_blanks();
        match reader.rest.chars().next() {
            None => break,
            Some('\n' | '#') => reader.skip_line(),
            Some(_) => reader.assignment()?,
        }
    }
    reader.builder.collection(Value::Map(reader.map), 1)
}

/// Ends each line with a line feed only. A lone carriage return ends a line for some readers only.
fn with_line_feeds<'t>(text: &'t str, builder: &Builder) -> Result<Cow<'t, str>, Mistake> {
    if !text.contains('\r') {
        return Ok(Cow::Borrowed(text));
    }
    let text = text.replace("\r\n", "\n");
    let end = text.strip_suffix('\r').map_or(text.len(), str::len);
    match text[..end].find('\r') {
        Some(at) => {
            let line = text[..at].matches('\n').count() + 1;
            Err(builder.mistake(line, "a carriage return is inside a line, and ends it for some readers: write `\\r` in double quotes, or delete it"))
        }
        None => Ok(Cow::Owned(text[..end].to_owned())),
    }
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    dollars: Dollars,
    /// The names that were set.
    map: Map,
    builder: Builder,
}

const BLANKS: [char; 2] = [' ', '\t'];
const NOT_A_NAME: &str = "the text before `=` is not a name: write NAME=value";
const MISSING: &str = "`=` is missing: write NAME=value";

impl<'t> Reader<'t> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(BLANKS);
    }

    fn skip_line(&mut self) {
        let end = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        self.pass(end);
    }

    /// Returns the text up to here, and moves behind it.
    fn pass(&mut self, end: usize) -> &'t str {
        let (passed, rest) = self.rest.split_at(end);
        self.line += passed.matches('\n').count();
        self.rest = rest;
        passed
    }

    fn assignment(&mut self) -> Result<(), Mistake> {
        let line = self.line;
        let name = self.name()?;
        self.builder.name(name, line)?;
        if let Some(first) = self.map.get(name) {
            return Err(self.builder.duplicate(name, line, first));
        }
        let value = self.value()?;
        let value = self.builder.scalar(Kind::Text, value, line)?;
        self.map.set(name, value);
        Ok(())
    }

    fn name(&mut self) -> Result<&'t str, Mistake> {
        let line = &self.rest[..self.rest.find('\n').unwrap_or(self.rest.len())];
        // A line without `=` may be part of a secret.
        let end = line
            .find(['=', ':'])
            .ok_or_else(|| self.builder.mistake(self.line, MISSING))?;
        if line[end..].starts_with(':') && !is_value_behind_colon(&line[end + 1..]) {
            return Err(self.builder.mistake(
                self.line,
                if line[end..].contains('=') {
                    NOT_A_NAME
                } else {
                    MISSING
                },
            ));
        }
        let name = line[..end].trim_end_matches(BLANKS);
        let name = name
            .strip_prefix("export")
            .and_then(|rest| rest.strip_prefix(BLANKS))
            .map_or(name, |name| name.trim_start_matches(BLANKS));
        if name.is_empty()
            || !name
                .chars()
                .all(|next| next.is_alphanumeric() || "_.-[]".contains(next))
        {
            return Err(self.builder.mistake(self.line, NOT_A_NAME));
        }
        self.pass(end + 1);
        Ok(name)
    }

    /// Reads the value and the rest of its line.
    fn value(&mut self) -> Result<String, Mistake> {
        let is_glued = !self.rest.starts_with(BLANKS);
        self.skip_blanks();
        let value = match self.rest.chars().next() {
            Some(quote @ ('\'' | '`')) => self.quoted(quote)?,
            Some('"') => self.double_quoted()?,
            _ => return self.without_quotes(is_glued),
        };
        self.skip_blanks();
        match self.rest.chars().next() {
            None | Some('\n' | '#') => self.skip_line(),
            Some(_) => {
                const MESSAGE: &str = "text follows the closing quote: put all of the value in double quotes, and write `\\\"` for a quote in it";
                return Err(self.builder.mistake(self.line, MESSAGE));
            }
        }
        Ok(value)
    }

    fn without_quotes(&mut self, is_glued: bool) -> Result<String, Mistake> {
        let line = self.line;
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let text = self.pass(end);
        // A `#` begins a comment only behind a blank.
        let comment = match text.starts_with('#') && !is_glued {
            true => 0,
            false => BLANKS
                .iter()
                .filter_map(|blank| text.find(&format!("{blank}#")))
                .min()
                .unwrap_or(text.len()),
        };
        let text = text[..comment].trim_end_matches(BLANKS);
        if text.trim() != text {
            const MESSAGE: &str = "the value begins or ends with a character that looks like a blank, as a no-break space: delete it, or put the value in quotes";
            return Err(self.builder.mistake(line, MESSAGE));
        }
        self.expander(Quotes::Other).value(text, line)
    }

    /// Reads text in single quotes or backticks, in which nothing is an escape.
    fn quoted(&mut self, quote: char) -> Result<String, Mistake> {
        let line = self.line;
        self.pass(1);
        let end = self.rest.find(quote).ok_or_else(|| self.not_closed(line))?;
        let text = self.pass(end);
        self.pass(1);
        if text.ends_with('\\') {
            let message = format!(
                "a backslash before {quote} escapes it for some readers only: put the value in double quotes, with `\\\\` for a backslash"
            );
            return Err(self.builder.mistake(self.line, message));
        }
        match quote {
            '`' => self.expander(Quotes::Other).value(text, line),
            _ => Ok(text.to_owned()),
        }
    }

    fn double_quoted(&mut self) -> Result<String, Mistake> {
        let line = self.line;
        self.pass(1);
        let mut is_escaped = false;
        let end = self.rest.find(|next| {
            let is_end = next == '"' && !is_escaped;
            is_escaped = next == '\\' && !is_escaped;
            is_end
        });
        let text = self.pass(end.ok_or_else(|| self.not_closed(line))?);
        self.pass(1);
        self.expander(Quotes::Double).value(text, line)
    }

    fn expander(&self, quotes: Quotes) -> Expander<'_> {
        Expander {
            builder: &self.builder,
            above: &self.map,
            dollars: self.dollars,
            quotes,
        }
    }

    fn not_closed(&self, line: usize) -> Mistake {
        self.builder.mistake(line, "a quote is not closed")
    }
}

/// Whether this can follow `NAME:`. The readers that know this form disagree about everything else behind a
/// colon.
fn is_value_behind_colon(rest: &str) -> bool {
    let value = rest.trim_start_matches(BLANKS);
    value.len() < rest.len() && !value.is_empty() && !value.starts_with('#')
}
