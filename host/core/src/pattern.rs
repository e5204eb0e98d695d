//! Matches names against the patterns of policies: exact, or with `*` for any text.
//! docs/decisions/018-plugins-share-no-code-with-the-host.md says why dotenv has its own.

use std::fmt;

/// The most bytes of a pattern.
const MAX_BYTES: usize = 512;

/// A text in which each `*` matches any text, including the empty one and `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Checks and wraps a pattern.
    ///
    /// # Errors
    /// The pattern is empty or too long.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.len() {
            0 => Err("is empty; write a name, or * for any".to_owned()),
            1..=MAX_BYTES => Ok(Self(text.to_owned())),
            _ => Err(format!("has more than {MAX_BYTES} bytes")),
        }
    }

    /// Whether the pattern matches this name. Takes at most the product of both lengths.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_matches_any_text() {
        let cases = [
            ("APP_*", &["APP_", "APP_X"][..], &["XAPP_", "APP", "app_x"][..]),
            ("exact", &["exact"], &["exactly", "inexact", ""]),
            ("*", &["", "anything", "a/b"], &[]),
            ("*.conf", &["a.conf", "d/a.conf", ".conf"], &["a.conf.bak"]),
            ("a*b*c", &["abc", "a-b-c", "abbc", "abcbc"], &["ab", "ac", "abcd"]),
            ("ab*ba", &["abba", "ab-ba"], &["aba"]),
        ];
        for (pattern, matching, others) in cases {
            let pattern = Pattern::parse(pattern).unwrap();
            assert!(
                matching.iter().all(|name| pattern.matches(name)),
                "{pattern} {matching:?}"
            );
            assert!(
                !others.iter().any(|name| pattern.matches(name)),
                "{pattern} {others:?}"
            );
        }
    }

    #[test]
    fn an_empty_or_a_giant_pattern_is_refused() {
        assert!(Pattern::parse("").is_err());
        assert!(Pattern::parse(&"x".repeat(513)).is_err());
        assert!(Pattern::parse(&"x".repeat(512)).is_ok());
    }
}
