//! Parses paths and literals.

use std::borrow::Cow;
use std::rc::Rc;

use podweave_formats::{Format, Kind, Scalar, Value as Tree};

use crate::failure::Result;
use crate::number::Number;
use crate::syntax::cursor::Cursor;
use crate::syntax::habits;
use crate::syntax::tree::{Base, Path, Segment};
use crate::syntax::whitespace::is_space;
use crate::value::{Data, Value};

impl<'s> Cursor<'s> {
    /// Parses `config.[nginx.conf]`, `../this.name`, `@index`.
    pub(crate) fn path(&mut self) -> Result<Path<'s>> {
        let start = self.at;
        let mut base = if self.take("@") { Base::Data } else { Base::Name };
        let mut original = Cow::Borrowed("");
        let (mut up, mut segments) = (0, Vec::new());
        loop {
            let at = self.at;
            let is_bracketed = self.rest().starts_with('[');
            let name = if is_bracketed {
                self.bracketed()?
            } else {
                self.part()?
            };
            if is_bracketed {
                let before = if original.is_empty() {
                    &self.text[start..at]
                } else {
                    &*original
                };
                original = Cow::Owned(format!("{before}{name}"));
            } else if !original.is_empty() {
                original = Cow::Owned(format!("{original}{name}"));
            }
            if !is_bracketed && matches!(name, ".." | "." | "this") {
                if !segments.is_empty() {
                    let message = format!(
                        "`{name}` is allowed only in front of a path: write `[{name}]` if it is a member's name"
                    );
                    return self.fail(at, message);
                }
                up += usize::from(name == "..");
                if base == Base::Name {
                    base = Base::This;
                }
            } else {
                segments.push(Segment { name, at: at - start });
            }
            let separator = self.at;
            if !(self.take(".") || self.take("/")) {
                break;
            }
            if !original.is_empty() {
                original = Cow::Owned(format!("{original}{}", self.since(separator)));
            }
        }
        let raw = self.since(start);
        Ok(Path {
            raw,
            original: if original.is_empty() {
                Cow::Borrowed(raw)
            } else {
                original
            },
            base,
            up,
            segments,
        })
    }

    /// Parses a part of a path without brackets.
    fn part(&mut self) -> Result<&'s str> {
        let start = self.at;
        if self.take("..")
            || self.rest().starts_with('.')
                && self.rest()[1..]
                    .chars()
                    .next()
                    .is_none_or(|next| next != '.' && ends_name(next))
                && self.take(".")
        {
            return Ok(self.since(start));
        }
        match self.identifier() {
            "" => match habits::leading_dot(self.rest()) {
                Some(message) => self.fail(start, message),
                None if self.rest().starts_with('@') && start > 0 => {
                    self.fail(start, "`@` goes in front of the whole path: `@../index`")
                }
                None => self.fail(start, self.unexpected()),
            },
            _ if self.rest().starts_with('[') => {
                self.fail(self.at, "a dot is missing in front of `[`: write `name.[...]`")
            }
            _ if self.peek().is_some_and(|next| !ends_name(next)) => self.fail(self.at, self.unexpected()),
            name => Ok(name),
        }
    }

    /// Parses a number, true, false, null or undefined, if one of them comes next.
    pub(crate) fn number_or_keyword(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest
            .find(|next: char| is_space(next) || matches!(next, '~' | '}' | ')'))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let literal = match word {
            "true" => true.into(),
            "false" => false.into(),
            "null" | "undefined" => Data::Null.into(),
            _ => number(word)?,
        };
        self.at += end;
        Some(literal)
    }

    /// Parses a string as JSON writes it, in either kind of quotes.
    pub(crate) fn string(&mut self, quote: char) -> Result<Value> {
        let start = self.at;
        let inner = &self.rest()[1..];
        let mut escaped = false;
        for (offset, next) in inner.char_indices() {
            match next {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if next == quote => {
                    self.at += offset + 2;
                    return self.unescape(start, &inner[..offset]);
                }
                _ => {}
            }
        }
        self.fail(start, format!("this string has no closing {quote}"))
    }

    fn unescape(&self, start: usize, inner: &str) -> Result<Value> {
        if !inner.contains('\\') {
            return Ok(Value::text(inner));
        }
        let mut json = String::from("\"");
        let mut rest = inner.chars();
        while let Some(next) = rest.next() {
            match next {
                '\\' => match rest.next() {
                    Some('\'') => json.push('\''),
                    Some(other) => json.extend(['\\', other]),
                    None => {}
                },
                '"' => json.push_str("\\\""),
                control if control < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(control))),
                other => json.push(other),
            }
        }
        json.push('"');
        match Format::Json.read(&json, 0).map(|node| node.value) {
            Ok(Tree::Scalar(Scalar { text, .. })) => Ok(Value::text(text)),
            _ => self.fail(
                start,
                "this string has an escape that JSON does not know: write `\\\\` for `\\`",
            ),
        }
    }
}

/// Whether a character may directly follow a name.
fn ends_name(next: char) -> bool {
    is_space(next) || matches!(next, '=' | '~' | '}' | '/' | '.' | ')' | '|')
}

fn number(word: &str) -> Option<Value> {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (integer, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !is_digits(integer) || !is_digits(fraction) || word.len() > MAX_NUMBER {
        return None;
    }
    // In a template, 007 is 7.
    let integer = match integer.trim_start_matches('0') {
        "" => "0",
        integer => integer,
    };
    let sign = if word.starts_with('-') { "-" } else { "" };
    let (kind, text) = match unsigned.contains('.') {
        true => (Kind::Float, format!("{sign}{integer}.{fraction}")),
        false => (Kind::Integer, format!("{sign}{integer}")),
    };
    Some(Data::Number(Rc::new(Number::new(Scalar::new(kind, text), false))).into())
}

/// The same limit as for a number of a document.
const MAX_NUMBER: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Source;

    fn path(text: &str) -> Option<(Base, usize, Vec<String>, String)> {
        let mut cursor = Cursor::new(text, Source::Params("t".into()));
        let path = cursor.path().ok()?;
        Some((
            path.base,
            path.up,
            path.segments
                .iter()
                .map(|segment| segment.name.to_owned())
                .collect(),
            path.original.into_owned(),
        ))
    }

    #[test]
    fn paths_have_a_base_levels_and_segments() {
        for (text, base, up, segments, original) in [
            ("a.b/c", Base::Name, 0, &["a", "b", "c"][..], "a.b/c"),
            ("../../a", Base::This, 2, &["a"], "../../a"),
            ("this.a", Base::This, 0, &["a"], "this.a"),
            ("./../this/a", Base::This, 1, &["a"], "./../this/a"),
            (".", Base::This, 0, &[], "."),
            ("..", Base::This, 1, &[], ".."),
            ("@../index", Base::Data, 1, &["index"], "@../index"),
            (
                "@root.[a b].[..]",
                Base::Data,
                0,
                &["root", "a b", ".."],
                "@root.a b...",
            ),
            (
                "[my partial]/x",
                Base::Name,
                0,
                &["my partial", "x"],
                "my partial/x",
            ),
            (r"[a\]b]", Base::Name, 0, &[r"a\]b"], r"a\]b"),
        ] {
            let wanted = (
                base,
                up,
                segments.iter().map(|name| (*name).to_owned()).collect(),
                original.to_owned(),
            );
            assert_eq!(path(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            "a.",
            "a/../b",
            "a.this",
            "a/./b",
            ".a",
            "a..b",
            "a[b]",
            "a\"b\"",
            "../@index",
            "[a",
        ] {
            assert_eq!(path(text), None, "{text}");
        }
    }

    #[test]
    fn names_may_begin_with_what_a_literal_begins_with() {
        for (text, is_literal) in [
            ("true.x", false),
            ("true", true),
            ("1e6", false),
            ("-1.50)", true),
            ("1.x", false),
            ("-", false),
            ("trueish", false),
        ] {
            let mut cursor = Cursor::new(text, Source::Params("t".into()));
            assert_eq!(cursor.number_or_keyword().is_some(), is_literal, "{text}");
        }
    }
}
