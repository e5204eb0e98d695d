//! Implements helpers that decide.

use crate::failure::{Kind, Problem, Result};
use crate::helpers::Arguments;
use crate::truth::is_true;
use crate::value::{Data, Value};

/// Returns the first value that exists and is not null. The last one must exist.
pub(super) fn default(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let last = arguments.len() - 1;
    for index in 0..last {
        if let Some(value) = arguments.find(index)?
            && !matches!(value.data, Data::Null)
        {
            return Ok(value);
        }
    }
    arguments.value(last)
}

/// Returns the value, which must not be empty.
pub(super) fn required(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let message = |arguments: &Arguments<'_, '_>| {
        if arguments.len() == 2 {
            arguments.text(1).map(Some)
        } else {
            Ok(None)
        }
    };
    let value = match arguments.value(0) {
        Ok(value) => value,
        Err(mut problem) => {
            if let (Kind::Missing(missing), Some(message)) = (&mut problem.kind, message(arguments)?) {
                missing.hint = message.to_string().into();
            }
            return Err(problem);
        }
    };
    let is_empty = match &value.data {
        Data::Null => true,
        Data::Text(text) => text.trim().is_empty(),
        Data::List(items) => items.is_empty(),
        Data::Map(members) => members.is_empty(),
        Data::Bool(_) | Data::Number(_) | Data::Fact(_) | Data::Overlay(_) => false,
    };
    if !is_empty {
        return Ok(value);
    }
    Err(match message(arguments)? {
        Some(message) => Problem::value(&value, &*message),
        None => arguments.reject(&value, "is empty, but required"),
    })
}

/// Whether a map has a key.
pub(super) fn has(arguments: &Arguments<'_, '_>) -> Result<Value> {
    if let Data::Fact(fact) = &arguments.value(0)?.data {
        return Ok(arguments.facts().has(fact, &arguments.text(1)?).into());
    }
    Ok(arguments.member()?.is_some().into())
}

/// Returns the first value that is false, otherwise the last.
pub(super) fn and(arguments: &Arguments<'_, '_>) -> Result<Value> {
    first(arguments, false)
}

/// Returns the first value that is true, otherwise the last.
pub(super) fn or(arguments: &Arguments<'_, '_>) -> Result<Value> {
    first(arguments, true)
}

fn first(arguments: &Arguments<'_, '_>, wanted: bool) -> Result<Value> {
    let last = arguments.len() - 1;
    for index in 0..last {
        let value = arguments.value(index)?;
        if is_true(&value, false)? == wanted {
            return Ok(value);
        }
    }
    arguments.value(last)
}

pub(super) fn not(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok((!is_true(&arguments.value(0)?, false)?).into())
}

pub(super) fn eq(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(equal(&arguments.whole(0)?, &arguments.whole(1)?).into())
}

pub(super) fn ne(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok((!equal(&arguments.whole(0)?, &arguments.whole(1)?)).into())
}

/// Numbers are equal if their values are, other scalars if their texts are: everything in a ConfigMap is
/// text, and `8080` in it must equal 8080.
fn equal(left: &Value, right: &Value) -> bool {
    match (&left.data, &right.data) {
        (Data::Null, Data::Null) => true,
        (Data::Number(left), Data::Number(right)) => left.equals(right),
        (Data::List(left), Data::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|(left, right)| equal(left, right))
        }
        (Data::Map(left), Data::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|(left, right)| left.0 == right.0 && equal(left.1, right.1))
        }
        _ => match (left.as_scalar(), right.as_scalar()) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    }
}

/// Converts the usual words for a boolean.
pub(super) fn bool(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.value(0)?;
    let text = value.as_scalar().unwrap_or_default();
    let is_any = |words: [&str; 4]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    if is_any(["true", "yes", "on", "1"]) {
        Ok(true.into())
    } else if is_any(["false", "no", "off", "0"]) {
        Ok(false.into())
    } else {
        Err(arguments.reject(
            &value,
            "is not a boolean: write true, false, yes, no, on, off, 1 or 0",
        ))
    }
}
