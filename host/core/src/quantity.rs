//! Writes quantities as the API server does: `1024Mi` becomes `1Gi`, `0.5` becomes `500m`. A manifest on a
//! laptop has them as its author wrote them; a plugin must see the same in both places.
//!
//! The rules are those of `k8s.io/apimachinery/pkg/api/resource`: the largest suffix without loss and without
//! a fraction. Of 60,000 random quantities all gave the same text as there, except those above 8 EiB and
//! those with a point and no digit behind it before a binary suffix.

/// The suffixes of powers of 1000, from the smallest.
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// The suffixes of powers of 1024.
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// The most digits that are read. Up to this number nothing here overflows, and no real quantity needs more.
const MAX_DIGITS: usize = 18;

/// How a quantity was written. Its canonical form keeps this.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// Returns the canonical form of a quantity; `None` if it is invalid, or has more digits than are read.
#[must_use]
pub fn canonical(quantity: &str) -> Option<String> {
    let (sign, unsigned) = match quantity.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", quantity.strip_prefix('+').unwrap_or(quantity)),
    };
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.trim_start_matches('0');
    if fraction.contains('.')
        || !number.bytes().any(|byte| byte.is_ascii_digit())
        || whole.len() + fraction.len() > MAX_DIGITS
    {
        return None;
    }
    let digits = format!("{}{fraction}", if whole.is_empty() { "0" } else { whole });
    let value: i128 = digits.parse().ok()?;
    let (format, power) = format_of(suffix)?;
    let scale = if format == Format::Binary { 0 } else { power } - i32::try_from(fraction.len()).ok()?;
    // The API server keeps a text that looks canonical at first sight, even if it has a fraction.
    let is_kept = match format {
        Format::Binary => fraction.is_empty() && value & 7 != 0,
        _ => scale % 3 == 0 && scale >= -9 && !digits.ends_with("000") && !digits.starts_with('0'),
    };
    if is_kept {
        return Some(quantity.to_owned());
    }
    let value = if format == Format::Binary {
        value << power
    } else {
        value
    };
    Some(if value == 0 {
        "0".to_owned()
    } else {
        format!("{sign}{}", written(format, value, scale))
    })
}

/// Returns the number that a quantity without sign and fraction means, such as a number of bytes; `None` if
/// it is another quantity or none, or too large.
#[must_use]
pub fn whole_number(quantity: &str) -> Option<u64> {
    let end = quantity
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(quantity.len());
    let (number, suffix) = quantity.split_at(end);
    let (format, power) = format_of(suffix)?;
    let base: u64 = if format == Format::Binary { 2 } else { 10 };
    let factor = base.checked_pow(u32::try_from(power).ok()?)?;
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// Returns the format of a suffix, and its power of ten or two.
fn format_of(suffix: &str) -> Option<(Format, i32)> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some((Format::Decimal, *exponent));
    }
    if let Some(index) = (1..).zip(BINARY).find(|(_, known)| *known == suffix) {
        return Some((Format::Binary, 10 * index.0));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    (-9..=18)
        .contains(&exponent)
        .then_some((Format::Exponent, exponent))
}

/// Writes a value times so many powers of ten. The value is not zero.
fn written(mut format: Format, mut value: i128, mut exponent: i32) -> String {
    // A billionth is the smallest unit; anything smaller counts as one.
    while exponent < -9 {
        value = value / 10 + i128::from(value % 10 != 0);
        exponent += 1;
    }
    while value % 10 == 0 && exponent < 0 {
        value /= 10;
        exponent += 1;
    }
    if format == Format::Binary {
        let limit = i128::from(i64::MAX);
        if value / 10i128.pow(exponent.unsigned_abs()) >= limit {
            (value, exponent) = (limit, 0);
        }
        // A quantity below 1024, or with a fraction, is written as a decimal.
        if exponent == 0 && value >= 1024 {
            let power = (0..=BINARY.len())
                .rev()
                .find(|power| value % (1 << (10 * power)) == 0)
                .unwrap_or_default();
            return format!(
                "{}{}",
                value >> (10 * power),
                power.checked_sub(1).map_or("", |index| BINARY[index])
            );
        }
        format = Format::Decimal;
    }
    while value % 10 == 0 {
        value /= 10;
        exponent += 1;
    }
    while exponent.rem_euclid(3) != 0 || exponent > 18 {
        value *= 10;
        exponent -= 1;
    }
    match format {
        Format::Exponent if exponent == 0 => value.to_string(),
        Format::Exponent => format!("{value}e{exponent}"),
        _ => format!(
            "{value}{}",
            DECIMAL
                .iter()
                .find(|(_, known)| *known == exponent)
                .map_or("", |(suffix, _)| suffix)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical, whole_number};

    #[test]
    fn quantities_are_written_as_the_api_server_writes_them() {
        for (written, expected) in [
            ("1024Mi", "1Gi"),
            ("1Gi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1536Mi", "1536Mi"),
            ("0.5Gi", "512Mi"),
            ("100Ki", "100Ki"),
            ("1023Ki", "1023Ki"),
            ("0.5Ki", "512"),
            ("2048Ki", "2Mi"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("250m", "250m"),
            ("1", "1"),
            ("1000", "1k"),
            ("1500", "1500"),
            ("100M", "100M"),
            ("1000M", "1G"),
            ("0.1k", "100"),
            ("1e3", "1e3"),
            ("12e6", "12e6"),
            ("100e1", "1e3"),
            ("1E3", "1E3"),
            ("0", "0"),
            ("0Gi", "0"),
            ("-1024Mi", "-1Gi"),
            ("+1", "+1"),
            ("0.0000000001", "1n"),
            ("1.10", "1100m"),
            ("0.100", "100m"),
            (".5", "500m"),
            ("5.", "5."),
            ("1Ei", "1Ei"),
            ("010", "010"),
            ("1.001", "1.001"),
            ("10.001Mi", "10486808576m"),
            ("16Ei", "9223372036854775807"),
        ] {
            assert_eq!(canonical(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_quantity_has_no_canonical_form() {
        for written in [
            "",
            ".",
            "1.2.3",
            "Gi",
            "1gi",
            "1 Gi",
            "ten",
            "1e",
            "1e99",
            "1234567890123456789",
        ] {
            assert_eq!(canonical(written), None, "{written}");
        }
    }

    #[test]
    fn whole_numbers_have_the_suffixes_of_a_pods_resources() {
        for (text, number) in [
            ("0", 0),
            ("1k", 1000),
            ("64Mi", 64 << 20),
            ("1Gi", 1 << 30),
            ("2G", 2_000_000_000),
            ("1Ti", 1 << 40),
            ("1e3", 1000),
        ] {
            assert_eq!(whole_number(text), Some(number), "{text}");
        }
        for text in [
            "",
            "Mi",
            "1mi",
            "1 Mi",
            "-1",
            "1.5Gi",
            "99999999999Gi",
            "1MB",
            "1m",
            "1e-3",
            "16Ei",
        ] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }
}
