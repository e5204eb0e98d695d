//! Decides what text without quotes is in YAML, and which text needs quotes.

use crate::kind::Kind;
use crate::number;

/// Returns the kind that the core schema gives to text without quotes.
pub(super) fn resolve(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Boolean,
        _ => number::of_yaml(text).unwrap_or(Kind::Bare),
    }
}

/// Returns YAML text without quotes for another format; refuses it if versions of YAML disagree whether it is
/// text.
pub(crate) fn certain(text: &str) -> Result<&str, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "no" | "on" | "off" => Err(
            "yes, no, on or off without quotes, which YAML 1.1 takes for a boolean: write true or false, or put it in quotes",
        ),
        _ if is_number_of_yaml_1_1(text) => Err(
            "text without quotes that YAML 1.1 takes for a number, as 1_000, 0b11 and 22:22 (to base 60): write it in decimal, or put it in quotes",
        ),
        _ => Ok(text),
    }
}

/// Whether YAML 1.1 reads text of the core schema as a number.
fn is_number_of_yaml_1_1(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let of = |prefix, radix| {
        unsigned.strip_prefix(prefix).is_some_and(|rest: &str| {
            !rest.is_empty() && rest.chars().all(|next| next == '_' || next.is_digit(radix))
        })
    };
    if of("0b", 2) || of("0x", 16) {
        return true;
    }
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let without = unsigned.replace('_', "");
    if without.len() < unsigned.len() && number::of_yaml(&without).is_some() {
        return true;
    }
    // The form of hours, minutes and seconds.
    let (whole, fraction) = without.split_once('.').unwrap_or((&without, ""));
    let mut parts = whole.split(':');
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    parts.next().is_some_and(is_digits)
        && whole.contains(':')
        && parts.all(|part| is_digits(part) && part.len() <= 2 && (part.len() == 1 || part < "60"))
        && fraction.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether text can be written without quotes so that every reader of every version sees text. It is rather
/// too strict.
pub(super) fn needs_no_quotes(text: &str) -> bool {
    let starts_well = text.starts_with(|first: char| first.is_alphabetic() || matches!(first, '/' | '_'));
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    starts_well
        && !is_word
        && is_on_one_plain_line(text)
        && text
            .chars()
            .all(|next| next.is_alphanumeric() || " _-./+@~%=,;:()$#".contains(next))
}

/// Whether text that was written without quotes can be written so again, also in the first column.
pub(super) fn stays_bare(text: &str) -> bool {
    let mut characters = text.chars();
    let starts_well = match characters.next() {
        Some('-' | '?' | ':') => characters.next().is_some_and(|next| !next.is_whitespace()),
        Some(first) => !"[]{},#&*!|>%@`\"'".contains(first),
        None => false,
    };
    starts_well && !text.starts_with("---") && !text.starts_with("...") && is_on_one_plain_line(text)
}

fn is_on_one_plain_line(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(":\t")
        && !text.contains(" #")
        && !text.contains("\t#")
        && !text.contains(|next| is_hidden(next) || next == '\t')
}

/// Whether a character is invisible, or ends a line for some reader: it is written as an escape.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
