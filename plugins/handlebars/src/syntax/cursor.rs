//! Moves through a template's text.

use crate::failure::{Place, Problem, Result, Source};
use crate::syntax::whitespace::is_space;

/// How deep blocks and subexpressions may be nested in one template: more is a mistake or an attack on the
/// stack.
const MAX_NESTING: usize = 64;

/// A position in a template's text.
pub(crate) struct Cursor<'s> {
    pub(crate) text: &'s str,
    pub(crate) source: Source,
    pub(crate) at: usize,
    nesting: usize,
}

impl<'s> Cursor<'s> {
    pub(crate) fn new(text: &'s str, source: Source) -> Self {
        Self {
            text,
            source,
            at: 0,
            nesting: 0,
        }
    }

    pub(crate) fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    /// Returns the text between an earlier position and this one.
    pub(crate) fn since(&self, start: usize) -> &'s str {
        &self.text[start..self.at]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn fail<T>(&self, at: usize, message: impl Into<String>) -> Result<T> {
        Err(Problem::template(message).at(|| Place::new(&self.source, self.text, at)))
    }

    /// Skips this text if it comes next.
    pub(crate) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(crate) fn skip_whitespace(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
    }

    /// Enters a block or a subexpression.
    pub(crate) fn enter(&mut self) -> Result<()> {
        if self.nesting == MAX_NESTING {
            return self.fail(
                self.at,
                format!("blocks and subexpressions are nested deeper than {MAX_NESTING} levels"),
            );
        }
        self.nesting += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// Reads an identifier, or nothing.
    pub(crate) fn identifier(&mut self) -> &'s str {
        let rest = self.rest();
        let end = rest.find(|next: char| !is_id(next)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Reads the text in brackets: anything, including a `]` behind a backslash.
    pub(crate) fn bracketed(&mut self) -> Result<&'s str> {
        let start = self.at;
        self.take("[");
        let inner = self.rest();
        let mut ends = inner.match_indices(']').map(|(end, _)| end);
        let Some(first) = ends.next() else {
            return self.fail(self.at, "`]` is missing");
        };
        let end = std::iter::once(first)
            .chain(ends)
            .find(|end| !inner[..*end].ends_with('\\'))
            .unwrap_or(first);
        self.at = start + 1 + end + 1;
        Ok(&inner[..end])
    }

    /// Returns the message for a character that cannot begin anything.
    pub(crate) fn unexpected(&self) -> String {
        match self.peek() {
            None => "the template ends inside of braces: `}}` is missing".to_owned(),
            Some(next) if is_space(next) => "a name is missing here".to_owned(),
            Some(next) => format!("a value or a name was expected, not `{next}`"),
        }
    }
}

/// Whether the Handlebars language allows a character in a name; all others need `[...]`.
pub(crate) fn is_id(next: char) -> bool {
    !is_space(next) && !"!\"#%&'()*+,./;<=>@[\\]^`{|}~".contains(next)
}
