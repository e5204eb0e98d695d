//! TOML into a tree.

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use crate::limits::{Builder, MAX_DEPTH};
use crate::mistake::Mistake;
use crate::tree::{Kind, Map, Node, Value};

pub(crate) fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    let lines = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut reader = Reader { text, lines, builder: Builder::new(source) };
    reader.refuse_deep_names()?;
    let document = DeTable::parse(text).map_err(|error| {
        // Its own message may repeat a part of the document.
        let line = error.span().map_or(0, |span| reader.line(&span));
        reader.builder.mistake(line, "is not TOML, or has a key twice")
    })?;
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

    /// `a.b.c...` makes a table of each part, and the parser bounds only what is in brackets: releasing a table that is as
    /// deep as a document is long takes more stack than there is.
    fn refuse_deep_names(&self) -> Result<(), Mistake> {
        let mut parts = 0;
        for token in Source::new(self.text).lex() {
            match token.kind() {
                TokenKind::Dot => parts += 1,
                TokenKind::Equals | TokenKind::Comma | TokenKind::Newline | TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => parts = 0,
                _ => {}
            }
            if parts > MAX_DEPTH {
                let span = token.span();
                self.builder.depth(parts, self.line(&(span.start()..span.end())))?;
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
                let items = items.into_iter().map(|item| self.value(item, depth + 1)).collect::<Result<_, _>>()?;
                return self.builder.collection(Value::List(items), line);
            }
            DeValue::String(text) => return self.builder.scalar(Kind::Text, text, line),
            DeValue::Boolean(_) => Kind::Boolean,
            // The parser looks at digits only when it makes a number type of them.
            DeValue::Integer(integer) if is_integer(integer.as_str(), integer.radix()) => Kind::Integer,
            DeValue::Float(float) if is_float(float.as_str()) => Kind::Float,
            DeValue::Integer(_) | DeValue::Float(_) => return Err(self.builder.mistake(line, "is not TOML: a number has something in it that is no digit")),
            DeValue::Datetime(_) => Kind::Date,
        };
        // As it is written, with the digits that a number type would lose.
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
    matches!(unsigned, "inf" | "nan") || unsigned.starts_with(|first: char| first.is_ascii_digit()) && text.parse::<f64>().is_ok()
}
