//! Describes what is wrong with a document, and where.

/// The place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The document, by the number that [`Format::read`](crate::Format::read) was given.
    pub source: u32,
    /// Counted from 1; 0 if no line is known.
    pub line: u32,
}

/// What is wrong with a document. The message may name keys, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is.
    pub place: Place,
    /// What is wrong and what to write instead, without the place.
    pub message: String,
}

impl Mistake {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
        }
    }

    /// Returns the message with its line, if one is known: `line 3: duplicate key "a"`.
    #[must_use]
    pub fn text(&self) -> String {
        match self.place.line {
            0 => self.message.clone(),
            line => format!("line {line}: {}", self.message),
        }
    }
}

/// Quotes a name of a document for a message: in quotes, escaped, at most 80 characters of it.
// As core::text::quoted; docs/decisions/018 says why plugins have their own.
#[must_use]
pub fn quoted(name: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String = name.chars().take(SHOWN).collect();
    if shown.len() < name.len() {
        shown.push_str("...");
    }
    format!("{shown:?}")
}
