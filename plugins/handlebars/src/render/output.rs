//! Builds the text that a template renders to.

use crate::escape::{self, References};
use crate::failure::Source;
use crate::syntax::Template;

/// A text that is being built.
#[derive(Debug, Default)]
pub(crate) struct Output {
    text: String,
    /// Set if this is an environment variable, in which `$(NAME)` has a meaning.
    references: Option<References>,
}

/// The value of an environment variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EnvValue {
    Plain(String),
    /// Contains references that are completed after the render.
    WithReferences(String),
}

impl Output {
    pub(crate) fn of_env() -> Self {
        Self {
            text: String::new(),
            references: Some(References::default()),
        }
    }

    /// Adds text of the template itself. For an environment variable, a ConfigMap's template is as foreign as
    /// its values are.
    pub(crate) fn own_text(&mut self, text: &str, template: &Template<'_>) {
        match (&mut self.references, &template.source) {
            (Some(references), Source::Params(_)) => references.own_text(text, &mut self.text),
            _ => self.foreign_text(text),
        }
    }

    /// Adds text of an expression.
    pub(crate) fn foreign_text(&mut self, text: &str) {
        if self.references.is_some() {
            self.text.push_str(&escape::foreign_text(text));
        } else {
            self.text.push_str(text);
        }
    }

    /// Calls `write`, and indents each line that it writes.
    pub(crate) fn indented<T>(&mut self, indent: &str, write: impl FnOnce(&mut Self) -> T) -> T {
        if indent.is_empty() {
            return write(self);
        }
        let start = self.text.len();
        let result = write(self);
        let written = self.text.split_off(start);
        for line in written.split_inclusive('\n') {
            self.text.push_str(indent);
            self.text.push_str(line);
        }
        result
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn into_env(self) -> EnvValue {
        match self.references {
            Some(References { found: true }) => EnvValue::WithReferences(self.text),
            _ => EnvValue::Plain(escape::without_references(self.text)),
        }
    }
}
