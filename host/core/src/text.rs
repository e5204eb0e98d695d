//! Text from strangers, made fit to be printed; and the nearest word to a misspelt one.

use std::path::Path;

/// Makes text that somebody else wrote fit for a terminal, a log line and an Event: control characters become `\u{..}`
/// escapes, except that a line break becomes ` | `, and what passes `limit` bytes is cut with a mark.
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

/// Whether a character must not reach a terminal or a log as it is: controls, line separators, and the marks that turn the direction of
/// text, with which a log line can be made to lie.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is shown in a message as far as it is fit to be printed.
pub trait Shown {
    /// In one line, with nothing in it that a terminal would obey.
    fn shown(&self) -> String;
}

impl Shown for Path {
    /// Of the longest path that Linux takes, nothing is cut.
    fn shown(&self) -> String {
        printable(&self.to_string_lossy(), 4096)
    }
}

/// A name from outside as it stands in a message: in quotes, escaped, at most 80 characters of it.
#[must_use]
pub fn quoted(name: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String = name.chars().take(SHOWN).collect();
    if shown.len() < name.len() {
        shown.push_str("...");
    }
    format!("{shown:?}")
}

/// How much is compared for one suggestion: the products of the lengths of the names, in sum.
const MAX_CELLS: usize = 256 * 1024;

/// The known name nearest to a misspelt one, if one is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(misspelt: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance is quadratic in the lengths; nobody means a known name by more than this.
    if misspelt.len() > 128 {
        return None;
    }
    let misspelt = misspelt.to_lowercase();
    let length = misspelt.chars().count();
    let allowed = (length / 3).max(1);
    let mut cells = 0;
    known
        .into_iter()
        // A ConfigMap can have many thousand keys; most are ruled out by their length.
        .filter(|name| name.len() <= 4 * (length + allowed) && name.chars().count().abs_diff(length) <= allowed)
        // Those that are left may all be as long as allowed, and each takes the product of the lengths.
        .take_while(|name| {
            cells += length * name.len();
            cells <= MAX_CELLS
        })
        .map(|name| (strsim::damerau_levenshtein(&misspelt, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// ` (did you mean "x"?)` for a misspelt name, or nothing; to be put behind a message.
#[must_use]
pub fn did_you_mean<'a>(misspelt: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(misspelt, known).map_or_else(String::new, |name| format!(" (did you mean {name:?}?)"))
}

/// Names as a list in a message: `"a", "b"`; `none` for no names. At most 20 of them are shown.
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
    fn the_nearest_name_is_looked_for_among_as_many_as_that_is_worth() {
        assert_eq!(nearest("prot", ["host", "port", "path"]), Some("port"));
        assert_eq!(nearest("prot", ["certificate"]), None);
        // Sixteen thousand keys of ninety bytes, each of which might be meant.
        let keys: Vec<String> = (0..16_000).map(|index| format!("{index:0>90}")).collect();
        let mut looked = 0;
        let found = nearest(&"x".repeat(126), keys.iter().map(|key| (key.as_str(), looked += 1).0));
        assert_eq!(found, None);
        assert!(looked < 100, "{looked} of 16000 were compared");
    }
}
