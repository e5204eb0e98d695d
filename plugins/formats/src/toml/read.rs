//! Reads TOML into a tree.

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use crate::kind::Kind;
use crate::limits::{Builder, MAX_DEPTH};
use crate::mistake::{Mistake, quoted};
use crate::tree::{Map, Node, Value};

pub(crate) fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    let lines = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut reader = Reader {
        text,
        lines,
        builder: Builder::new(source),
    };
    reader.refuse_deep_names()?;
    let document = DeTable::parse(text).map_err(|error| reader.not_toml(&error))?;
    reader.table(document.into_inner(), 0..0, 0)
}

struct Reader<'t> {
    text: &'t str,
    /// Where lines end.
    lines: Vec<usize>,
    builder: Builder,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        self.lines.partition_point(|end| *end < span.start) + 1
    }

    /// Returns the parser's reason, without the part of the document that it would show.
    fn not_toml(&self, error: &::toml::de::Error) -> Mistake {
        let Some(span) = error.span() else {
            return self
                .builder
                .mistake(0, format!("is not TOML: {}", error.message()));
        };
        let line = self.line(&span);
        if error.message() == "duplicate key" {
            return self.builder.mistake(
                line,
                format!(
                    "duplicate key {}",
                    quoted(self.text.get(span).unwrap_or_default())
                ),
            );
        }
        let start = line
            .checked_sub(2)
            .and_then(|before| self.lines.get(before))
            .map_or(0, |end| end + 1);
        let column = self
            .text
            .get(start..span.start)
            .map_or(1, |before| before.chars().count() + 1);
        let reason = error.message().trim_end_matches(", expected nothing");
        self.builder
            .mistake(line, format!("is not TOML: column {column}: {reason}"))
    }

    /// `a.b.c...` creates a table for each part, and the parser limits only the nesting of brackets. Dropping
    /// a table as deep as a document is long takes more stack than there is.
    fn refuse_deep_names(&self) -> Result<(), Mistake> {
        let mut parts = 0;
        for token in Source::new(self.text).lex() {
            match token.kind() {
                TokenKind::Dot => parts += 1,
                TokenKind::Equals
                | TokenKind::Comma
                | TokenKind::Newline
                | TokenKind::LeftSquareBracket
                | TokenKind::LeftCurlyBracket => parts = 0,
                _ => {}
            }
            if parts > MAX_DEPTH {
                let span = token.span();
                self.builder
                    .depth(parts, self.line(&(span.start()..span.end())))?;
            }
        }
        Ok(())
    }

    fn table(&mut self, table: DeTable<'_>, span: Range<usize>, depth: usize) -> Result<Node, Mistake> {
        let line = self.line(&span);
        self.builder.depth(depth, line)?;
        let mut members: Vec<_> = table.into_iter().collect();
        members.sort_by_key(|(name, _)| name.span().start);
        let mut map = Map::default();
        for (name, value) in members {
            let line = self.line(&name.span());
            let name = name.into_inner();
            self.builder.name(&name, line)?;
            map.set(name, self.value(value, depth)?);
        }
        self.builder.collection(Value::Map(map), line)
    }

    fn value(&mut self, value: Spanned<DeValue<'_>>, depth: usize) -> Result<Node, Mistake> {
        let span = value.span();
        let line = self.line(&span);
        let kind = match value.into_inner() {
            DeValue::Table(table) => return self.table(table, span, depth + 1),
            DeValue::Array(items) => {
                self.builder.depth(depth + 1, line)?;
                let items = items
                    .into_iter()
                    .map(|item| self.value(item, depth + 1))
                    .collect::<Result<_, _>>()?;
                return self.builder.collection(Value::List(items), line);
            }
            DeValue::String(text) => return self.builder.scalar(Kind::Text, text, line),
            DeValue::Boolean(_) => Kind::Boolean,
            // The parser checks digits only when it converts them to a number type.
            DeValue::Integer(integer) if is_integer(integer.as_str(), integer.radix()) => Kind::Integer,
            DeValue::Float(float) if is_float(float.as_str()) => Kind::Float,
            DeValue::Integer(_) | DeValue::Float(_) => {
                return Err(self.builder.mistake(
                    line,
                    "is not TOML: a number contains a character that is not a digit",
                ));
            }
            DeValue::Datetime(_) => Kind::Date,
        };
        // Keep it as it is written, with the digits that a number type would lose.
        let written = self.text.get(span).unwrap_or_default();
        self.builder.scalar(kind, written, line)
    }
}

fn is_integer(text: &str, radix: u32) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, "inf" | "nan")
        || unsigned.starts_with(|first: char| first.is_ascii_digit()) && text.parse::<f64>().is_ok()
}
