//! Handles `$` in environment variables: decides which ones begin a reference that podweave completes after
//! the render.
//!
//! The rule is that of a container's `env` in Kubernetes, but only for the template's own text: `$(NAME)` is
//! a reference and `$$` is a `$`. In text that comes from an expression or a ConfigMap's partial, neither has
//! this meaning, so that someone who can write a ConfigMap cannot read a Secret of the container through it.

use std::borrow::Cow;

/// Builds the text of an environment variable: every `$` that is not a reference is doubled, so that no two
/// pieces can form a reference together.
#[derive(Debug, Default)]
pub(crate) struct References {
    pub(crate) found: bool,
}

impl References {
    /// Adds a piece of the template's own text.
    pub(crate) fn own_text(&mut self, mut text: &str, out: &mut String) {
        while let Some(dollar) = text.find('$') {
            out.push_str(&text[..dollar]);
            let rest = &text[dollar..];
            let length = if let Some(end) = reference(rest) {
                self.found = true;
                out.push_str(&rest[..end]);
                end
            } else {
                out.push_str("$$");
                if rest.starts_with("$$") { 2 } else { 1 }
            };
            text = &rest[length..];
        }
        out.push_str(text);
    }
}

/// Adds a piece that came from elsewhere.
pub(crate) fn foreign_text(text: &str) -> Cow<'_, str> {
    if text.contains('$') {
        Cow::Owned(text.replace('$', "$$"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns a text without references as it is when nothing expands it.
pub(crate) fn without_references(text: String) -> String {
    if text.contains('$') {
        text.replace("$$", "$")
    } else {
        text
    }
}

/// Finds a `$(` without its `)` in a piece of a template's text.
pub(crate) fn unfinished_reference(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$') {
        at += dollar;
        let rest = &text[at..];
        at += match reference(rest) {
            Some(end) => end,
            None if rest.starts_with("$(") => return Some(at),
            None if rest.starts_with("$$") => 2,
            None => 1,
        };
    }
    None
}

/// Returns the length of the reference that a text begins with.
fn reference(text: &str) -> Option<usize> {
    text.strip_prefix("$(")
        .and_then(|name| name.find(')'))
        .map(|end| "$(".len() + end + ")".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> (String, bool) {
        let (mut references, mut out) = (References::default(), String::new());
        references.own_text(text, &mut out);
        (out, references.found)
    }

    #[test]
    fn a_reference_stays_and_is_found() {
        assert_eq!(own("a $(B) c"), ("a $(B) c".to_owned(), true));
    }

    #[test]
    fn a_doubled_dollar_is_one_dollar_and_no_reference() {
        assert_eq!(own("$$(B)"), ("$$(B)".to_owned(), false));
        assert_eq!(without_references(own("$$(B)").0), "$(B)");
    }

    #[test]
    fn a_lone_dollar_is_itself() {
        assert_eq!(without_references(own("5$ and $").0), "5$ and $");
    }

    #[test]
    fn foreign_text_never_holds_a_reference() {
        assert_eq!(foreign_text("$(B)"), "$$(B)");
        assert_eq!(foreign_text("$$(B)"), "$$$$(B)");
    }

    #[test]
    fn an_unfinished_reference_is_found_behind_finished_ones() {
        assert_eq!(unfinished_reference("$(A) $$( $(B"), Some(9));
        assert_eq!(unfinished_reference("$(A) $$( $ $"), None);
    }
}
