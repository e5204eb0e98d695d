//! Implements helpers for structured data.

use podweave_formats::Mistake;

use crate::document;
use crate::failure::Result;
use crate::helpers::Arguments;
use crate::value::{Data, Value};

pub(super) fn lookup(arguments: &Arguments<'_, '_>) -> Result<Value> {
    match arguments.member()? {
        Some(member) => Ok(member),
        None => Err(arguments.no_member()?),
    }
}

pub(super) fn len(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.value(0)?;
    let length = match &value.data {
        Data::Text(text) => text.chars().count(),
        Data::List(items) => items.len(),
        Data::Map(members) => members.len(),
        Data::Fact(fact) => arguments.facts().members(fact)?.len(),
        Data::Overlay(_) => match arguments.whole(0)?.data {
            Data::Map(members) => members.len(),
            _ => {
                return Err(arguments.reject(
                    &value,
                    &format!(
                        "`len` needs text, a list or a map, not {} with options",
                        value.kind()
                    ),
                ));
            }
        },
        Data::Null | Data::Bool(_) | Data::Number(_) => {
            return Err(arguments.reject(
                &value,
                &format!("`len` needs text, a list or a map, not {}", value.kind()),
            ));
        }
    };
    Ok((length as i64).into())
}

pub(super) fn json(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let write = if arguments.flag("pretty")? {
        document::pretty_json
    } else {
        document::json
    };
    written(arguments, write)
}

pub(super) fn yaml(arguments: &Arguments<'_, '_>) -> Result<Value> {
    written(arguments, document::yaml)
}

pub(super) fn toml(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.whole(0)?;
    if !matches!(value.data, Data::Map(_)) {
        return Err(arguments.reject(&value, &format!("`toml` needs a map, not {}", value.kind())));
    }
    written(arguments, document::toml)
}

fn written(arguments: &Arguments<'_, '_>, write: fn(&Value) -> Result<String, Mistake>) -> Result<Value> {
    let value = arguments.whole(0)?;
    write(&value)
        .map(Value::text)
        .map_err(|mistake| arguments.reject(&value, &format!("cannot be written: {}", mistake.text())))
}

pub(super) fn parse_json(arguments: &Arguments<'_, '_>) -> Result<Value> {
    parsed(arguments, document::parse_json)
}

pub(super) fn parse_yaml(arguments: &Arguments<'_, '_>) -> Result<Value> {
    parsed(arguments, document::parse_yaml)
}

fn parsed(arguments: &Arguments<'_, '_>, parse: fn(&str) -> Result<Value, Mistake>) -> Result<Value> {
    let text = arguments.text(0)?;
    parse(&text).map_err(|mistake| {
        let message = mistake.text();
        arguments
            .value(0)
            .map_or_else(|problem| problem, |value| arguments.reject(&value, &message))
    })
}
