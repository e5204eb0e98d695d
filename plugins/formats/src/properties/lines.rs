//! Splits `.properties` into logical lines, as the reader of lines in `java.util.Properties` does.

/// A line with the lines that continue it, and the number of the first.
pub(super) struct Logical {
    pub(super) number: usize,
    pub(super) text: String,
    /// Whether Spring's separator of documents is between the previous line and this one.
    pub(super) begins_document: bool,
}

pub(super) const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// Returns the lines that are neither empty nor comments.
pub(super) fn logical(text: &str) -> impl Iterator<Item = Logical> {
    let mut lines = natural(text).enumerate();
    let mut before = "";
    let mut begins_document = false;
    std::iter::from_fn(move || {
        let mut open: Option<Logical> = None;
        let mut is_continued = false;
        for (index, (written, end)) in lines.by_ref() {
            begins_document |= open.is_none() && is_separator(written, before);
            before = written;
            let line = written.trim_start_matches(BLANKS);
            let is_first = open.as_ref().is_none_or(|open| open.text.is_empty());
            // What a lone backslash continues is still empty, and a comment may follow.
            if is_first && (line.is_empty() || line.starts_with(['#', '!'])) {
                is_continued = false;
                continue;
            }
            let logical = open.get_or_insert_with(|| Logical {
                number: index + 1,
                text: String::new(),
                begins_document: std::mem::take(&mut begins_document),
            });
            logical.text.push_str(line);
            is_continued = continues(line) && end != "\r\n";
            if !continues(line) {
                return open;
            }
            logical.text.pop();
        }
        // A backslash at the very end continues nothing. A lone one is still a line, except for Java before
        // `\r\n`.
        open.filter(|open| is_continued || !open.text.is_empty())
    })
}

/// Whether this is `#---` or `!---`, and not part of a comment of several lines.
fn is_separator(line: &str, before: &str) -> bool {
    line.starts_with(['#', '!']) && line[1..].trim_end() == "---" && !before.starts_with(&line[..1])
}

/// Returns lines and their ends: a line feed, a carriage return, or both.
fn natural(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, behind) = rest.split_at(rest.find(['\n', '\r']).unwrap_or(rest.len()));
        let (end, behind) = behind.split_at(if behind.starts_with("\r\n") {
            2
        } else {
            behind.len().min(1)
        });
        rest = behind;
        Some((line, end))
    })
}

/// Whether a line ends in a backslash that no backslash escapes.
fn continues(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}
