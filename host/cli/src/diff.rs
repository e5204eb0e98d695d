//! What changed between two texts, for people.

use std::fmt::Write as _;
use std::time::Duration;

use podweave_core::text::is_unprintable;
use similar::{ChangeTag, TextDiff};

use crate::messages::{BAD, FAINT, GOOD, HEADING, styled};

/// Lines around a change.
const CONTEXT: usize = 3;

/// A longer search for the smallest difference gains nothing for a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// A unified diff in colour. Both texts may be a plugin's: what a terminal would obey is escaped.
pub fn unified(old_name: &str, old: &str, new_name: &str, new: &str) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", styled(HEADING, &format!("--- {old_name}")));
    let _ = writeln!(text, "{}", styled(HEADING, &format!("+++ {new_name}")));
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(text, "{}", styled(FAINT, hunk.header().to_string().trim_end()));
        for change in hunk.iter_changes() {
            let line = printable(change.value());
            let _ = match change.tag() {
                ChangeTag::Equal => writeln!(text, " {line}"),
                ChangeTag::Delete => writeln!(text, "{}", styled(BAD, &format!("-{line}"))),
                ChangeTag::Insert => writeln!(text, "{}", styled(GOOD, &format!("+{line}"))),
            };
        }
    }
    text
}

fn printable(line: &str) -> String {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let mut shown = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '\t' => shown.push('\t'),
            c if is_unprintable(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}
