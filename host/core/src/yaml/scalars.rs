//! Resolves text without quotes as kubectl does: YAML 1.1 for booleans and octal numbers, and text in case of
//! doubt.

use serde_json::Number;

/// The type of text without quotes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Boolean(bool),
    Integer(Number),
    Float(f64),
    /// `<<`, which takes over the entries of other maps.
    Merge,
    Text,
}

/// Returns the type that kubectl gives to text without quotes.
pub(super) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Boolean(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Boolean(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        "<<" => Scalar::Merge,
        _ => match text.as_bytes()[0] {
            b'0'..=b'9' | b'+' | b'-' => {
                let plain = text.replace('_', "");
                integer(&plain)
                    .map(Scalar::Integer)
                    .or_else(|| float(&plain).map(Scalar::Float))
                    .unwrap_or(Scalar::Text)
            }
            b'.' => float(text).map_or(Scalar::Text, Scalar::Float),
            _ => Scalar::Text,
        },
    }
}

/// A decimal integer of at most 64 bits, or one with `0x`, `0o`, `0b`, or `0`, which is octal, too.
fn integer(plain: &str) -> Option<Number> {
    let (is_negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let prefixed = |prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
    let (base, digits) = if let Some(digits) = prefixed(["0x", "0X"]) {
        (16, digits)
    } else if let Some(digits) = prefixed(["0o", "0O"]) {
        (8, digits)
    } else if let Some(digits) = prefixed(["0b", "0B"]) {
        (2, digits)
    } else {
        (
            if digits.len() > 1 && digits.starts_with('0') {
                8
            } else {
                10
            },
            digits,
        )
    };
    // The standard library's parser would accept a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    if is_negative {
        0i64.checked_sub_unsigned(size).map(Number::from)
    } else {
        Some(size.into())
    }
}

/// A decimal number with a point, an exponent or too many digits for an integer; `None` for one that does not
/// fit 64 bits.
fn float(plain: &str) -> Option<f64> {
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    if !has_exponent || !are_digits(whole) || !are_digits(fraction) || whole.is_empty() && fraction.is_empty()
    {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Returns the text that kubectl makes of a key that is not text; `None` for null, which it refuses.
pub(super) fn key(written: &str, scalar: &Scalar) -> Option<String> {
    match scalar {
        Scalar::Null => None,
        Scalar::Boolean(value) => Some(value.to_string()),
        Scalar::Integer(number) => Some(number.to_string()),
        Scalar::Float(value) => Some(short_float(*value)),
        Scalar::Merge | Scalar::Text => Some(written.to_owned()),
    }
}

/// Writes a number as Go's shortest format for 32 bits does.
#[expect(clippy::cast_possible_truncation, reason = "kubectl does so")]
fn short_float(value: f64) -> String {
    match value {
        f64::INFINITY => return ".inf".to_owned(),
        f64::NEG_INFINITY => return "-.inf".to_owned(),
        value if value.is_nan() => return ".nan".to_owned(),
        _ => {}
    }
    let value = value as f32;
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        -4..6 => format!("{value}"),
        exponent => format!(
            "{digits}e{}{:02}",
            if exponent < 0 { '-' } else { '+' },
            exponent.abs()
        ),
    }
}
