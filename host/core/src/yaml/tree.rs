//! Holds a document of YAML before numbers lose the form in which they are written.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

/// A value of YAML.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number, and its JSON text: as it is written, if that is valid JSON.
    Number(Number, String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Map(BTreeMap<String, Self>),
}

impl Tree {
    /// Creates a number. `written` is its text in the document.
    pub(super) fn number(number: Number, written: &str) -> Self {
        let json = if is_json_number(written) {
            written.to_owned()
        } else {
            number.to_string()
        };
        Self::Number(number, json)
    }

    /// Converts to the JSON value that other modules use.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => value.into(),
            Self::Number(number, _) => number.into(),
            Self::Text(text) => text.into(),
            Self::List(items) => items.into_iter().map(Self::into_value).collect::<Vec<_>>().into(),
            Self::Map(map) => map
                .into_iter()
                .map(|(name, value)| (name, value.into_value()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    /// Writes JSON with sorted keys and with numbers as the document writes them: `1.10` stays `1.10`. `None`
    /// if it has more than `limit` bytes. Writing stops at the limit, because the text's length does not
    /// predict the JSON's: a NUL takes six bytes in JSON.
    pub(crate) fn to_json(&self, limit: usize) -> Option<String> {
        let mut out = Json {
            text: String::new(),
            limit,
        };
        self.write(&mut out)?;
        Some(out.text)
    }

    fn write(&self, out: &mut Json) -> Option<()> {
        match self {
            Self::Null => out.push("null"),
            Self::Boolean(value) => out.push(if *value { "true" } else { "false" }),
            Self::Number(_, text) => out.push(text),
            Self::Text(text) => out.quote(text),
            Self::List(items) => {
                out.push("[")?;
                for (index, item) in items.iter().enumerate() {
                    out.push(if index == 0 { "" } else { "," })?;
                    item.write(out)?;
                }
                out.push("]")
            }
            Self::Map(map) => {
                out.push("{")?;
                for (index, (name, value)) in map.iter().enumerate() {
                    out.push(if index == 0 { "" } else { "," })?;
                    out.quote(name)?;
                    out.push(":")?;
                    value.write(out)?;
                }
                out.push("}")
            }
        }
    }
}

/// JSON that grows up to a limit.
struct Json {
    text: String,
    limit: usize,
}

impl Json {
    fn push(&mut self, text: &str) -> Option<()> {
        self.text.push_str(text);
        (self.text.len() <= self.limit).then_some(())
    }

    fn quote(&mut self, text: &str) -> Option<()> {
        // A text that exceeds the limit before it is escaped need not be escaped.
        if text.len() > self.limit {
            return None;
        }
        self.push(&Value::from(text).to_string())
    }
}

/// Whether JSON has a number in this form.
fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(are_digits)
        && exponent.is_none_or(|exponent| are_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}
