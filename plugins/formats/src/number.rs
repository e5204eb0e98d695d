//! Handles numbers as text: which ones a format accepts as they are written, and which ones must be converted
//! to decimal.

use std::borrow::Cow;

use crate::kind::Kind;

/// Whether the text is a JSON number: RFC 8259, section 6.
pub(crate) fn is_json(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (integer, rest) = digits(unsigned);
    if integer.is_empty() || integer.len() > 1 && integer.starts_with('0') {
        return false;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => match digits(fraction) {
            ("", _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    rest.is_empty() || is_exponent(rest)
}

/// Returns the kind of number that YAML's core schema sees in text without quotes, if any.
pub(crate) fn of_yaml(text: &str) -> Option<Kind> {
    let is = |prefix, digit: fn(char) -> bool| {
        text.strip_prefix(prefix)
            .is_some_and(|rest: &str| !rest.is_empty() && rest.chars().all(digit))
    };
    if is("0x", |digit| digit.is_ascii_hexdigit()) || is("0o", |digit| digit.is_digit(8)) {
        return Some(Kind::Integer);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Kind::Float);
    }
    let (integer, rest) = digits(unsigned);
    let (fraction, exponent) = rest.strip_prefix('.').map_or(("", rest), digits);
    match (
        integer.is_empty() && fraction.is_empty(),
        rest.is_empty(),
        exponent.is_empty() || is_exponent(exponent),
    ) {
        (false, true, _) => Some(Kind::Integer),
        (false, false, true) => Some(Kind::Float),
        _ => None,
    }
}

/// Whether an integer is written like `0x1F`, which JSON does not have, but TOML and every version of YAML
/// do.
pub(crate) fn is_hexadecimal(text: &str) -> bool {
    text.strip_prefix("0x")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Writes a JSON number so that every version of YAML reads it as a number: YAML 1.1 needs a `.` before an
/// exponent, and a sign in the exponent.
pub(crate) fn for_every_yaml(decimal: &str) -> Cow<'_, str> {
    let Some(at) = decimal.find(['e', 'E']) else {
        return Cow::Borrowed(decimal);
    };
    let (mantissa, exponent) = decimal.split_at(at);
    let fraction = if mantissa.contains('.') { "" } else { ".0" };
    let (letter, digits) = exponent.split_at(1);
    let sign = if digits.starts_with(['-', '+']) { "" } else { "+" };
    Cow::Owned(format!("{mantissa}{fraction}{letter}{sign}{digits}"))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|next: char| !next.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

fn is_exponent(text: &str) -> bool {
    let Some(exponent) = text.strip_prefix(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    !exponent.is_empty() && exponent.bytes().all(|digit| digit.is_ascii_digit())
}

/// Returns a number as JSON accepts it, which YAML and TOML accept, too: as it was written if possible,
/// otherwise in decimal.
pub(crate) fn decimal(kind: Kind, number: &str) -> Result<Cow<'_, str>, &'static str> {
    if is_json(number) {
        return Ok(Cow::Borrowed(number));
    }
    let text = number.replace('_', "");
    let (sign, unsigned) = match text.as_bytes().first() {
        Some(b'-') => ("-", &text[1..]),
        Some(b'+') => ("", &text[1..]),
        _ => ("", text.as_str()),
    };
    if matches!(
        unsigned.to_ascii_lowercase().as_str(),
        "inf" | ".inf" | "nan" | ".nan"
    ) {
        return Err("a number that is not finite");
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return Ok(Cow::Owned(format!("{sign}{}", in_decimal(digits, radix))));
        }
    }
    if kind == Kind::Integer {
        // YAML 1.2 reads 0440 as 440, YAML 1.1 and Kubernetes read it as 288, so its meaning is unclear.
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Err(
                "a number that begins with 0, which YAML 1.1 takes for octal: write 0o440 for octal, or put it in quotes",
            );
        }
        return Ok(Cow::Owned(format!("{sign}{unsigned}")));
    }
    let (integer, rest) = digits(unsigned);
    let (fraction, exponent) = rest.strip_prefix('.').map_or(("", rest), digits);
    let integer = match integer.trim_start_matches('0') {
        "" => "0",
        integer => integer,
    };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    Ok(Cow::Owned(format!("{sign}{integer}.{fraction}{exponent}")))
}

/// Converts digits of another radix to decimal, for any length.
fn in_decimal(digits: &str, radix: u32) -> String {
    const BASE: u64 = 1_000_000_000;
    // The least significant part comes first.
    let mut parts: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for part in &mut parts {
            let next = *part * u64::from(radix) + carry;
            *part = next % BASE;
            carry = next / BASE;
        }
        if carry > 0 {
            parts.push(carry);
        }
    }
    let mut parts = parts.iter().rev();
    let first = parts.next().map_or_else(String::new, u64::to_string);
    parts.fold(first, |text, part| format!("{text}{part:09}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal_of(kind: Kind, text: &str) -> String {
        decimal(kind, text).map_or_else(str::to_owned, Cow::into_owned)
    }

    #[test]
    fn what_json_has_stays_as_it_was_written() {
        for text in [
            "0",
            "-0",
            "12",
            "1.10",
            "1e3",
            "1E+3",
            "-1.5e-10",
            "123456789012345678901234567890",
        ] {
            assert!(is_json(text), "{text}");
            assert_eq!(decimal_of(Kind::Float, text), text);
        }
        for text in ["", "-", "01", "+1", "1.", ".5", "1e", "1e+", "0x1", "1_0", "inf"] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn other_forms_become_decimal() {
        for (kind, text, wanted) in [
            (Kind::Integer, "+1_000", "1000"),
            (Kind::Integer, "0x1F", "31"),
            (Kind::Integer, "0o17", "15"),
            (Kind::Integer, "0b1_01", "5"),
            (
                Kind::Integer,
                "0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                "340282366920938463463374607431768211455",
            ),
            (Kind::Float, ".5", "0.5"),
            (Kind::Float, "-.5", "-0.5"),
            (Kind::Float, "5.", "5.0"),
            (Kind::Float, "+5.e3", "5.0e3"),
            (Kind::Float, "007.50", "7.50"),
            (Kind::Float, "01e2", "1.0e2"),
        ] {
            assert_eq!(decimal_of(kind, text), wanted, "{text}");
        }
    }

    #[test]
    fn what_has_no_decimal_form_is_refused() {
        for text in [".inf", "-.Inf", "+inf", ".nan", ".NaN", "-nan", "inf"] {
            assert_eq!(
                decimal_of(Kind::Float, text),
                "a number that is not finite",
                "{text}"
            );
        }
        assert!(decimal_of(Kind::Integer, "-0440").starts_with("a number that begins with 0"));
    }

    #[test]
    fn an_exponent_gets_what_yaml_1_1_wants() {
        for (text, wanted) in [
            ("1E5", "1.0E+5"),
            ("-1.5e10", "-1.5e+10"),
            ("2.0e-3", "2.0e-3"),
            ("1e+3", "1.0e+3"),
            ("1.10", "1.10"),
            ("7", "7"),
        ] {
            assert_eq!(for_every_yaml(text), wanted);
        }
    }

    #[test]
    fn yaml_knows_its_numbers() {
        for (text, wanted) in [
            ("12", Some(Kind::Integer)),
            ("-0440", Some(Kind::Integer)),
            ("0x1f", Some(Kind::Integer)),
            ("0o17", Some(Kind::Integer)),
            ("0o18", None),
            ("1.", Some(Kind::Float)),
            (".5", Some(Kind::Float)),
            ("1e3", Some(Kind::Float)),
            ("1e", None),
            (".", None),
            ("-", None),
            ("", None),
            ("1.2.3", None),
            ("1_000", None),
            ("-.inf", Some(Kind::Float)),
            ("-.nan", None),
        ] {
            assert_eq!(of_yaml(text), wanted, "{text}");
        }
    }
}
