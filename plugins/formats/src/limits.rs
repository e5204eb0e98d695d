//! Limits a document: its values are counted as they are created.

use crate::kind::Kind;
use crate::mistake::Place;
use crate::mistake::{Mistake, quoted};
use crate::tree::{Node, Scalar, Value};

/// How deep lists and maps may be nested.
pub(crate) const MAX_DEPTH: usize = 64;
/// How many values a document may have once its aliases are expanded.
pub(crate) const MAX_VALUES: usize = 100_000;
/// How many bytes of text it may have, including names. A ConfigMap has 1 MiB.
pub(crate) const MAX_BYTES: usize = 4 * 1024 * 1024;
/// How many characters a number may have: the time for arithmetic on it grows with the square of the length.
pub(crate) const MAX_NUMBER: usize = 1000;

/// What a value counts, including its members.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) values: usize,
    pub(crate) bytes: usize,
}

/// Creates the values of one document.
pub(crate) struct Builder {
    source: u32,
    left: Cost,
}

impl Builder {
    pub(crate) fn new(source: u32) -> Self {
        Self {
            source,
            left: Cost {
                values: MAX_VALUES,
                bytes: MAX_BYTES,
            },
        }
    }

    pub(crate) fn place(&self, line: usize) -> Place {
        Place {
            source: self.source,
            line: u32::try_from(line).unwrap_or(u32::MAX),
        }
    }

    pub(crate) fn mistake(&self, line: usize, message: impl Into<String>) -> Mistake {
        Mistake::new(self.place(line), message)
    }

    pub(crate) fn scalar(
        &mut self,
        kind: Kind,
        text: impl Into<String>,
        line: usize,
    ) -> Result<Node, Mistake> {
        let text = text.into();
        if matches!(kind, Kind::Integer | Kind::Float) && text.len() > MAX_NUMBER {
            return Err(self.mistake(line, format!("a number has more than {MAX_NUMBER} characters")));
        }
        self.spend(
            Cost {
                values: 1,
                bytes: text.len(),
            },
            line,
        )?;
        Ok(Node::new(
            Value::Scalar(Scalar::new(kind, text)),
            self.place(line),
        ))
    }

    /// Returns the mistake for a name that has been set before in the same document.
    pub(crate) fn duplicate(&self, name: &str, line: usize, first: &Node) -> Mistake {
        let first = match first.place.line {
            known if known != 0 && usize::try_from(known) != Ok(line) => {
                format!(": it is set twice, first in line {known}")
            }
            _ => ": it is set twice".to_owned(),
        };
        self.mistake(line, format!("duplicate key {}{first}", quoted(name)))
    }

    pub(crate) fn collection(&mut self, value: Value, line: usize) -> Result<Node, Mistake> {
        self.spend(Cost { values: 1, bytes: 0 }, line)?;
        Ok(Node::new(value, self.place(line)))
    }

    pub(crate) fn name(&mut self, name: &str, line: usize) -> Result<(), Mistake> {
        self.spend(
            Cost {
                values: 0,
                bytes: name.len(),
            },
            line,
        )
    }

    pub(crate) fn spend(&mut self, cost: Cost, line: usize) -> Result<(), Mistake> {
        let values = self.left.values.checked_sub(cost.values).ok_or_else(|| {
            self.mistake(
                line,
                format!("the document has more than {MAX_VALUES} values, including what its aliases repeat"),
            )
        })?;
        let bytes = self.left.bytes.checked_sub(cost.bytes).ok_or_else(|| {
            self.mistake(
                line,
                format!(
                    "the document has more than {} MiB of text, including what its aliases repeat",
                    MAX_BYTES >> 20
                ),
            )
        })?;
        self.left = Cost { values, bytes };
        Ok(())
    }

    pub(crate) fn depth(&self, depth: usize, line: usize) -> Result<(), Mistake> {
        if depth > MAX_DEPTH {
            Err(self.mistake(
                line,
                format!("lists and maps are nested deeper than {MAX_DEPTH} levels"),
            ))
        } else {
            Ok(())
        }
    }
}
