//! Helpers for structured data.

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
        Data::Null | Data::Bool(_) | Data::Number(_) => {
            return Err(arguments.reject(&value, &format!("`len` needs text, a list or a map, not {}", value.kind())));
        }
    };
    Ok((length as i64).into())
}

pub(super) fn json(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.whole(0)?;
    let json = if arguments.flag("pretty")? { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
    json.map(Value::text).map_err(|error| arguments.reject(&value, &format!("cannot be written as JSON: {error}")))
}

pub(super) fn yaml(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.whole(0)?;
    match serde_saphyr::to_string(&value) {
        Ok(yaml) => Ok(Value::text(yaml.trim_end_matches('\n'))),
        Err(error) => Err(arguments.reject(&value, &format!("cannot be written as YAML: {error}"))),
    }
}

pub(super) fn toml(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.whole(0)?;
    if !matches!(value.data, Data::Map(_)) {
        return Err(arguments.reject(&value, &format!("`toml` needs a map, not {}", value.kind())));
    }
    match toml::to_string(&value) {
        Ok(toml) => Ok(Value::text(toml.trim_end_matches('\n'))),
        Err(error) => Err(arguments.reject(&value, &format!("cannot be written as TOML: {error}"))),
    }
}

pub(super) fn parse_json(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let text = arguments.text(0)?;
    serde_json::from_str(&text).map_err(|error| {
        // serde_json's own message may repeat a part of the value.
        let (line, column) = (error.line(), error.column());
        let message = format!("is not JSON: see its line {line}, column {column}");
        arguments.value(0).map_or_else(|problem| problem, |value| arguments.reject(&value, &message))
    })
}

pub(super) fn parse_yaml(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let text = arguments.text(0)?;
    crate::yaml::parse(&text).map_err(|mistake| {
        let message = mistake.text();
        arguments.value(0).map_or_else(|problem| problem, |value| arguments.reject(&value, &message))
    })
}
