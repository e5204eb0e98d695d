//! Expands escapes and references inside a value.

use super::reference::{self, Otherwise, Reference};
use crate::limits::{Builder, MAX_BYTES, MAX_DEPTH};
use crate::mistake::{Mistake, quoted};
use crate::tree::{Map, Value};

/// The meaning of `$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dollars {
    Text,
    References,
}

/// The quotes around a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// No quotes, or backticks.
    Other,
    /// Double quotes, in which there are escapes.
    Double,
}

/// Computes values from their text.
pub(super) struct Expander<'d> {
    pub(super) builder: &'d Builder,
    /// The names that were set above.
    pub(super) above: &'d Map,
    pub(super) dollars: Dollars,
    pub(super) quotes: Quotes,
}

impl Expander<'_> {
    /// Returns the value of this text, which begins in this line.
    pub(super) fn value(&self, text: &str, line: usize) -> Result<String, Mistake> {
        let mut value = String::new();
        self.add(&mut value, text, line, 0)?;
        Ok(value)
    }

    fn add(&self, value: &mut String, text: &str, line: usize, depth: usize) -> Result<(), Mistake> {
        if depth > MAX_DEPTH {
            return Err(self.builder.mistake(
                line,
                format!("references are nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        let mut rest = text;
        let (mut line, mut seen) = (line, 0);
        while let Some(at) = rest.find(|next| self.is_special(next)) {
            value.push_str(&rest[..at]);
            let here = text.len() - rest.len() + at;
            line += text[seen..here].matches('\n').count();
            seen = here;
            rest = match rest[at..].strip_prefix('\\') {
                Some(behind) => self
                    .escape(value, behind)
                    .map_err(|reason| self.builder.mistake(line, reason))?,
                None => self.reference(value, &rest[at..], line, depth)?,
            };
        }
        value.push_str(rest);
        Ok(())
    }

    fn is_special(&self, character: char) -> bool {
        let follows = self.dollars == Dollars::References;
        match character {
            '\\' => follows || self.quotes == Quotes::Double,
            '$' => follows,
            _ => false,
        }
    }

    /// Applies a backslash to the text behind it. Returns the rest of that text.
    fn escape<'t>(&self, value: &mut String, behind: &'t str) -> Result<&'t str, &'static str> {
        let mut characters = behind.chars();
        match characters.next() {
            Some('$') => value.push('$'),
            Some(escaped) if self.quotes == Quotes::Double => match escaped {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '"' | '\\' | '`' => value.push(escaped),
                '\n' => {
                    return Err(
                        "a backslash ends a line in double quotes, which bash joins with the next and other readers do not: write one line, or `\\n`",
                    );
                }
                '\'' | 'a' | 'b' | 'f' | 'v' | '0' => {
                    return Err(
                        "readers disagree about `\\'`, `\\a`, `\\b`, `\\f`, `\\v` and `\\0` in double quotes: write `\\\\` for a backslash, or use single quotes",
                    );
                }
                other => value.extend(['\\', other]),
            },
            _ => {
                value.push('\\');
                return Ok(behind);
            }
        }
        Ok(characters.as_str())
    }

    /// Appends the value of a reference. Returns the text behind the reference.
    fn reference<'t>(
        &self,
        value: &mut String,
        text: &'t str,
        line: usize,
        depth: usize,
    ) -> Result<&'t str, Mistake> {
        let (reference, rest) =
            reference::parse(text).map_err(|reason| self.builder.mistake(line, reason))?;
        match reference {
            Reference::Dollar => value.push('$'),
            Reference::To {
                name,
                otherwise,
                empty_is_unset,
            } => {
                let set = match self.above.get(name).map(|node| &node.value) {
                    Some(Value::Scalar(set)) if !(empty_is_unset && set.text.is_empty()) => Some(&set.text),
                    _ => None,
                };
                match (set, otherwise) {
                    (Some(_), Otherwise::Replacement(text)) | (None, Otherwise::Default(text)) => {
                        self.add(value, text, line, depth + 1)?
                    }
                    (Some(set), _) => value.push_str(set),
                    (None, Otherwise::Replacement(_)) => {}
                    (None, Otherwise::Refused) => return Err(self.unset(name, empty_is_unset, line)),
                }
            }
        }
        if value.len() > MAX_BYTES {
            return Err(self.builder.mistake(
                line,
                format!(
                    "its references make the value longer than {} MiB",
                    MAX_BYTES >> 20
                ),
            ));
        }
        Ok(rest)
    }

    fn unset(&self, name: &str, empty_is_unset: bool, line: usize) -> Mistake {
        let what = if empty_is_unset {
            "is not set above, or is empty"
        } else {
            "is not set above"
        };
        self.builder.mistake(
            line,
            format!(
                "`$` refers to {}, which {what}: set it, or write `\\$` for the character",
                quoted(name)
            ),
        )
    }
}
