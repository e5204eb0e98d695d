//! Which whitespace around a tag belongs to the tag.

/// What happens to the text behind a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Keep,
    /// `~}}`: all whitespace goes.
    Strip,
    /// The tag stood alone on its line: the rest of the line goes.
    DropLine,
}

impl After {
    pub(crate) fn apply(self, text: &str) -> &str {
        match self {
            Self::Keep => text,
            Self::Strip => text.trim_start(),
            Self::DropLine => {
                let rest = text.trim_start_matches(BLANKS);
                rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest)
            }
        }
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Whether nothing but blanks shares a line with the tag between these offsets.
pub(crate) fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end_matches(BLANKS);
    let after = text[end..].trim_start_matches(BLANKS);
    (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n') || after.starts_with("\r\n"))
}

/// Splits text in front of a tag that stands alone into what stays and the tag's indentation.
pub(crate) fn split_indent(text: &str) -> (&str, &str) {
    text.split_at(text.trim_end_matches(BLANKS).len())
}
