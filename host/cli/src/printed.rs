//! Escapes untrusted text for terminals, and adds podweave's own styles.
//!
//! Everything that is shown to people passes through here, once and as a whole, so code that writes a table
//! or a message need not escape. A style is put into a text between marks that begin with a random number of
//! this process, so that no manifest, plugin or path can contain a mark.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::LazyLock;

use anstyle::Style;
use podweave_core::text::is_unprintable;

/// The mark before the codes of a style.
static MARK: LazyLock<String> =
    LazyLock::new(|| format!("{END}{:016x}", RandomState::new().build_hasher().finish()));

/// The mark after the codes of a style. Unicode has this code point for such uses, and for no character.
const END: char = '\u{fdd0}';

/// Puts text in a style.
pub fn styled(style: Style, text: &str) -> String {
    let mark = MARK.as_str();
    format!("{mark}{style}{END}{text}{mark}{style:#}{END}")
}

/// Escapes text for a terminal: of everything that a terminal obeys, only podweave's styles, line breaks and
/// tabs stay.
pub fn for_terminal(text: &str) -> String {
    shown(text, |codes, shown| shown.push_str(codes))
}

/// Escapes text, and removes the styles.
pub fn plain(text: &str) -> String {
    shown(text, |_, _| {})
}

fn shown(text: &str, mut style: impl FnMut(&str, &mut String)) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut pieces = text.split(MARK.as_str());
    push_printable(pieces.next().unwrap_or_default(), &mut shown);
    for piece in pieces {
        let (codes, rest) = piece.split_once(END).unwrap_or(("", piece));
        style(codes, &mut shown);
        push_printable(rest, &mut shown);
    }
    shown
}

fn push_printable(text: &str, shown: &mut String) {
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            c if is_unprintable(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use anstyle::AnsiColor;

    use super::*;

    const RED: Style = AnsiColor::Red.on_default();

    #[test]
    fn only_podweaves_own_styles_reach_the_terminal() {
        let text = format!(
            "{}: {}\tend\n",
            styled(RED, "bad"),
            styled(RED, "\u{1b}[32mall good\u{1b}[0m")
        );
        assert_eq!(
            for_terminal(&text),
            "\u{1b}[31mbad\u{1b}[0m: \u{1b}[31m\\u{1b}[32mall good\\u{1b}[0m\u{1b}[0m\tend\n"
        );
        assert_eq!(plain(&text), "bad: \\u{1b}[32mall good\\u{1b}[0m\tend\n");
        assert_eq!(for_terminal(&styled(Style::new(), "x")), "x");
    }

    #[test]
    fn text_that_looks_like_a_mark_is_not_one() {
        for text in [
            "\u{fdd0}",
            "\u{fdd0}0123456789abcdef\u{1b}[31m\u{fdd0}",
            "\u{fdd0}\u{fdd0}\u{1b}[31m",
        ] {
            assert!(!for_terminal(text).contains('\u{1b}'), "{text:?}");
            assert!(
                !for_terminal(&styled(RED, text))
                    .replace("\u{1b}[31m", "")
                    .replace("\u{1b}[0m", "")
                    .contains('\u{1b}'),
                "{text:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn a_terminal_gets_only_line_breaks_tabs_and_own_styles(text in "(\\PC|\\pC|[\u{1b}\u{9b}\u{7}\r\n\t\u{202e}\u{fdd0}\\]\\[0-9;m]){0,40}", styled_text in "(\\pC|[\u{1b}\\[0-9m\u{fdd0}]){0,20}") {
            let whole = format!("{text}{}{text}", styled(RED, &styled_text));
            let obeyed = |shown: &str| shown.chars().any(|c| is_unprintable(c) && !matches!(c, '\n' | '\t'));
            proptest::prop_assert!(!obeyed(&plain(&whole)));
            let (begin, end) = (RED.to_string(), format!("{RED:#}"));
            proptest::prop_assert!(!obeyed(&for_terminal(&whole).replacen(&begin, "", 1).replacen(&end, "", 1)));
        }
    }
}
