//! Handles numbers: they keep the text of their document, and are compared by value.

use std::borrow::Cow;

use podweave_formats::{Kind, Scalar};

/// A number of a document or a template.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub(crate) scalar: Scalar,
    /// Whether text writes it without its exponent, as Handlebars.js does: `1e6` in JSON can only be a
    /// number, but in YAML it may be a word.
    is_spelt_out: bool,
}

/// A finite number: its digits, without zeros at either end, times a power of ten.
#[derive(Debug, PartialEq, Eq)]
struct Worth {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Number {
    pub(crate) fn new(scalar: Scalar, is_spelt_out: bool) -> Self {
        Self { scalar, is_spelt_out }
    }

    /// Returns it as text shows it.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        let spelt_out = if self.is_spelt_out && self.scalar.text.contains(['e', 'E']) {
            self.worth().and_then(|worth| worth.spelt_out())
        } else {
            None
        };
        spelt_out.map_or_else(|| self.scalar.plain(), Cow::Owned)
    }

    /// Returns its value, if that is an integer of 64 bits.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        let worth = self.worth().filter(|worth| (0..=18).contains(&worth.exponent))?;
        if worth.digits.is_empty() {
            return Some(0);
        }
        let sign = if worth.is_negative { "-" } else { "" };
        format!("{sign}{}{}", worth.digits, "0".repeat(worth.exponent as usize))
            .parse()
            .ok()
    }

    /// Whether it is 0 or NaN.
    pub(crate) fn is_zero(&self) -> bool {
        match self.worth() {
            Some(worth) => worth.digits.is_empty(),
            None => {
                let unsigned = self.scalar.text.trim_start_matches(['-', '+']);
                unsigned.eq_ignore_ascii_case(".nan") || unsigned.bytes().all(|digit| digit == b'0')
            }
        }
    }

    /// Whether both have the same value: 1.0 and 1 do.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self.worth(), other.worth()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.scalar.text == other.scalar.text,
            _ => false,
        }
    }

    /// `None` if versions of YAML disagree about it, or it is not finite.
    fn worth(&self) -> Option<Worth> {
        let decimal = self.scalar.decimal().ok()?;
        let (is_negative, unsigned) = match decimal.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, &*decimal),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{integer}{fraction}");
        let significant = all.trim_start_matches('0');
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Worth {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let exponent =
            i64::from(exponent) - fraction.len() as i64 + (significant.len() - digits.len()) as i64;
        Some(Worth {
            is_negative,
            digits: digits.to_owned(),
            exponent,
        })
    }
}

impl Worth {
    /// Writes the number without an exponent, if that is not longer than what ECMAScript's `Number::toString`
    /// writes without one.
    fn spelt_out(&self) -> Option<String> {
        const MAX_INTEGER_DIGITS: i64 = 21;
        const MAX_LEADING_ZEROS: i64 = 6;
        let Self {
            is_negative,
            digits,
            exponent,
        } = self;
        let sign = if *is_negative { "-" } else { "" };
        let point = digits.len() as i64 + exponent;
        if digits.is_empty() {
            Some("0".to_owned())
        } else if point > MAX_INTEGER_DIGITS || point <= -MAX_LEADING_ZEROS {
            None
        } else if *exponent >= 0 {
            Some(format!("{sign}{digits}{}", "0".repeat(*exponent as usize)))
        } else if point > 0 {
            let (integer, fraction) = digits.split_at(point as usize);
            Some(format!("{sign}{integer}.{fraction}"))
        } else {
            Some(format!("{sign}0.{}{digits}", "0".repeat(-point as usize)))
        }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self::new(Scalar::new(Kind::Integer, number.to_string()), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Number {
        Number::new(Scalar::new(Kind::Float, text), true)
    }

    fn yaml(text: &str) -> Number {
        Number::new(Scalar::new(Kind::Integer, text), false)
    }

    /// The right column is the output of Node 20.
    #[test]
    fn exponents_of_json_are_spelt_out_as_handlebars_js_does() {
        for (text, wanted) in [
            ("1e6", "1000000"),
            ("1E5", "100000"),
            ("-1.5e3", "-1500"),
            ("1.25e1", "12.5"),
            ("2.5e-3", "0.0025"),
            ("1e-6", "0.000001"),
            ("1e20", "100000000000000000000"),
            ("0e99", "0"),
        ] {
            assert_eq!(json(text).shown(), wanted, "{text}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_was_written() {
        for text in [
            "1.10",
            "100.00",
            "1.0",
            "123456789012345678901234567890",
            "1e21",
            "1e-7",
            "1e999999999999999999999",
            "-0",
        ] {
            assert_eq!(json(text).shown(), text);
        }
        for text in ["0e1234", "1e6", "+49", "0755", "0x1F", "0o17", ".inf", ".5"] {
            assert_eq!(yaml(text).shown(), text);
        }
    }

    #[test]
    fn equal_is_what_is_worth_the_same() {
        for (one, other) in [
            ("1.0", "1"),
            ("1e3", "1000"),
            ("0.5", "5e-1"),
            ("0", "-0.0"),
            ("10", "1e1"),
        ] {
            assert!(json(one).equals(&json(other)), "{one} {other}");
        }
        for (one, other) in [
            ("1", "-1"),
            ("123456789012345678901234567890", "123456789012345678901234567891"),
            ("1e99999999999", "1"),
        ] {
            assert!(!json(one).equals(&json(other)), "{one} {other}");
        }
    }

    #[test]
    fn an_integer_is_one_however_it_is_written() {
        for (text, wanted) in [
            ("12", Some(12)),
            ("1.0", Some(1)),
            ("1e3", Some(1000)),
            ("-0", Some(0)),
            ("1.5", None),
            ("1e19", None),
            ("1e99", None),
        ] {
            assert_eq!(json(text).as_i64(), wanted, "{text}");
        }
        assert_eq!(yaml("0o17").as_i64(), Some(15));
        assert_eq!(
            yaml("0440").as_i64(),
            None,
            "octal to some readers, decimal to others"
        );
    }

    #[test]
    fn nothing_but_zero_and_what_is_no_number_is_zero() {
        for text in ["0", "0.0", "-0", "0e5", "00", ".nan", "0x0"] {
            assert!(yaml(text).is_zero(), "{text}");
        }
        for text in ["1", "0.01", ".inf", "0440"] {
            assert!(!yaml(text).is_zero(), "{text}");
        }
    }
}
