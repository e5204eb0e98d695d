//! Decides which values `if` treats as true.

use crate::failure::{Problem, Result};
use crate::value::{Data, Value};

/// Whether a value is true: all are except false, null, 0, and empty text, lists and maps.
///
/// By this rule, the text `false` would be true. But everything in a ConfigMap is text, so such text is
/// refused.
pub(crate) fn is_true(value: &Value, include_zero: bool) -> Result<bool> {
    Ok(match &value.data {
        Data::Null => false,
        Data::Bool(flag) => *flag,
        Data::Number(number) => include_zero || !number.is_zero(),
        Data::Text(text) => {
            if ["false", "no", "off", "0"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word))
            {
                return Err(Problem::value(
                    value,
                    "is text that says no, but as text it counts as true: write `(bool ...)` around it",
                ));
            }
            !text.is_empty()
        }
        Data::List(items) => !items.is_empty(),
        Data::Map(members) => !members.is_empty(),
        Data::Fact(_) | Data::Overlay(_) => true,
    })
}
