//! Implements helpers for text.

use crate::document;
use crate::failure::Result;
use crate::helpers::Arguments;
use crate::value::{Data, Value};

/// A larger indent is a mistake, and would cost memory for each line.
const MAX_INDENT: i64 = 200;

pub(super) fn upper(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::text(arguments.text(0)?.to_uppercase()))
}

pub(super) fn lower(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::text(arguments.text(0)?.to_lowercase()))
}

pub(super) fn trim(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::text(arguments.text(0)?.trim()))
}

pub(super) fn concat(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let mut joined = String::new();
    for index in 0..arguments.len() {
        joined.push_str(&arguments.text(index)?);
    }
    Ok(Value::text(joined))
}

pub(super) fn replace(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (text, from, to) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if from.is_empty() {
        return Err(arguments.template("`replace` cannot look for empty text"));
    }
    Ok(Value::text(text.replace(&*from, &to)))
}

pub(super) fn split(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (text, separator) = (arguments.text(0)?, arguments.text(1)?);
    if separator.is_empty() {
        return Err(arguments.template("`split` cannot split at empty text"));
    }
    // Empty text is an empty list, not a list of one empty item.
    let items = if text.is_empty() {
        Vec::new()
    } else {
        text.split(&*separator).map(Value::text).collect()
    };
    Ok(Value::list(items))
}

pub(super) fn join(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (list, separator) = (arguments.value(0)?, arguments.text(1)?);
    let Data::List(items) = &list.data else {
        return Err(arguments.reject(&list, &format!("`join` needs a list, not {}", list.kind())));
    };
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            joined.push_str(&separator);
        }
        match item.as_scalar() {
            Some(text) => joined.push_str(&text),
            None => return Err(arguments.reject(&list, &format!("`join` cannot join {}", item.kind()))),
        }
    }
    Ok(Value::text(joined))
}

pub(super) fn indent(arguments: &Arguments<'_, '_>) -> Result<Value> {
    indented(arguments, String::new())
}

pub(super) fn nindent(arguments: &Arguments<'_, '_>) -> Result<Value> {
    indented(arguments, String::from("\n"))
}

fn indented(arguments: &Arguments<'_, '_>, mut out: String) -> Result<Value> {
    let (text, spaces) = (arguments.text(0)?, arguments.integer(1)?);
    if !(0..=MAX_INDENT).contains(&spaces) {
        return Err(arguments.template(&format!("text can be indented by 0 to {MAX_INDENT} spaces")));
    }
    let spaces = " ".repeat(spaces as usize);
    for line in text.split_inclusive('\n') {
        // Blanks at the end of an empty line would be invisible.
        if !line.trim_end_matches(['\r', '\n']).is_empty() {
            out.push_str(&spaces);
        }
        out.push_str(line);
    }
    Ok(Value::text(out))
}

/// Puts text in double quotes, as JSON and YAML read them.
pub(super) fn quote(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let text = arguments.text(0)?;
    document::quote(&text)
        .map(Value::text)
        .map_err(|mistake| arguments.template(&mistake.text()))
}

/// Puts text in single quotes, as a POSIX shell reads them.
pub(super) fn shell_quote(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::text(format!(
        "'{}'",
        arguments.text(0)?.replace('\'', r"'\''")
    )))
}
