//! Formats the difference between two texts for people.

use std::fmt::Write as _;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::messages::{BAD, FAINT, GOOD, HEADING, styled};

/// The number of context lines around a change.
const CONTEXT: usize = 3;

/// The timeout of the search for the smallest difference; more would not help a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// Formats a unified diff in colour.
pub fn unified(old_name: &str, old: &str, new_name: &str, new: &str) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", styled(HEADING, &format!("--- {old_name}")));
    let _ = writeln!(text, "{}", styled(HEADING, &format!("+++ {new_name}")));
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(text, "{}", styled(FAINT, hunk.header().to_string().trim_end()));
        for change in hunk.iter_changes() {
            let line = change.value().strip_suffix('\n').unwrap_or(change.value());
            let _ = match change.tag() {
                ChangeTag::Equal => writeln!(text, " {line}"),
                ChangeTag::Delete => writeln!(text, "{}", styled(BAD, &format!("-{line}"))),
                ChangeTag::Insert => writeln!(text, "{}", styled(GOOD, &format!("+{line}"))),
            };
        }
    }
    text
}
