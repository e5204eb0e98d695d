//! Formats what messages contain: untrusted text made printable, sizes, lists of names, the nearest word to a
//! misspelt one.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// Makes untrusted text safe for a terminal, a log line and an Event: control characters become `\u{..}`
/// escapes, except that a line break becomes ` | `. Text behind `limit` bytes is cut, with a mark.
#[must_use]
pub fn printable(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for character in text.trim_end().chars() {
        if out.len() >= limit {
            out.push_str("...");
            break;
        }
        match character {
            '\n' => out.push_str(" | "),
            '\r' => {}
            '\t' => out.push(' '),
            c if is_unprintable(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Whether a character must not reach a terminal or a log as it is: controls, line separators, and the marks
/// that change the direction of text, which can make a log line show something false.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Formats an error with its causes, made printable.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        // Some errors already print their causes.
        if !message.ends_with(&said) {
            // Writing to a String does not fail.
            let _ = write!(message, ": {said}");
        }
        next = cause.source();
    }
    // rustls adds a link to its manual.
    let message = message
        .split_once(": https://docs.rs")
        .map_or(message.as_str(), |(message, _)| message);
    printable(message, 500)
}

/// Formats a size for people: `64 MiB`, `500 B`.
#[must_use]
pub fn human_size(bytes: usize) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value.fract() == 0.0 {
        format!("{value} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Formats something for a message, as far as it is printable.
pub trait Shown {
    /// Returns one line without anything that a terminal would obey.
    fn shown(&self) -> String;
}

impl Shown for Path {
    /// The limit cuts nothing of the longest path that Linux accepts.
    fn shown(&self) -> String {
        printable(&self.to_string_lossy(), 4096)
    }
}

/// Quotes an untrusted name for a message: in quotes, escaped, at most 80 characters of it.
#[must_use]
pub fn quoted(name: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String = name.chars().take(SHOWN).collect();
    if shown.len() < name.len() {
        shown.push_str("...");
    }
    format!("{shown:?}")
}

/// The most work for one suggestion: the sum of the products of the names' lengths.
const MAX_CELLS: usize = 256 * 1024;

/// Returns the known name nearest to a misspelt one, if one is near enough.
#[must_use]
pub fn nearest<'a>(misspelt: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance is quadratic in the lengths, and no misspelling of a known name is longer than this.
    if misspelt.len() > 128 {
        return None;
    }
    let misspelt = misspelt.to_lowercase();
    let length = misspelt.chars().count();
    let allowed = (length / 3).max(1);
    let mut cells = 0;
    known
        .into_iter()
        // A ConfigMap can have many thousand keys; the length rules most of them out.
        .filter(|name| {
            name.len() <= 4 * (length + allowed) && name.chars().count().abs_diff(length) <= allowed
        })
        // The remaining names can all have the largest allowed length, and each takes the product of the
        // lengths.
        .take_while(|name| {
            cells += length * name.len();
            cells <= MAX_CELLS
        })
        .map(|name| (strsim::damerau_levenshtein(&misspelt, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Returns ` (did you mean "x"?)` for a misspelt name, or nothing; to be appended to a message.
#[must_use]
pub fn did_you_mean<'a>(misspelt: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(misspelt, known).map_or_else(String::new, |name| format!(" (did you mean {name:?}?)"))
}

/// Formats names as a list for a message: `"a", "b"`; `none` for no names. It shows at most 20 of them.
#[must_use]
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 20;
    let mut names = names.into_iter();
    let mut shown: Vec<String> = names.by_ref().take(SHOWN).map(quoted).collect();
    match names.count() {
        0 if shown.is_empty() => return "none".to_owned(),
        0 => {}
        more => shown.push(format!("and {more} more")),
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_search_for_the_nearest_name_is_bounded() {
        assert_eq!(nearest("prot", ["host", "port", "path"]), Some("port"));
        assert_eq!(nearest("prot", ["certificate"]), None);
        // Sixteen thousand keys of ninety bytes, each near enough to be suggested.
        let keys: Vec<String> = (0..16_000).map(|index| format!("{index:0>90}")).collect();
        let mut looked = 0;
        let found = nearest(
            &"x".repeat(126),
            keys.iter().map(|key| (key.as_str(), looked += 1).0),
        );
        assert_eq!(found, None);
        assert!(looked < 100, "{looked} of 16000 were compared");
    }
}
