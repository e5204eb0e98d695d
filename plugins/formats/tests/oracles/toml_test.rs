//! Reads the files of toml-test, for TOML 1.1.

use std::fs;

use podweave_formats::{Format, Kind, Node, Value as Ours};
use serde_json::{Value, json};

use crate::readers::fetched;
use crate::{common, no_differences};

/// Returns a value as toml-test's JSON has it, with numbers and times in one form.
fn tagged(node: &Node) -> Value {
    let tag = |kind: &str, value: String| json!({ "type": kind, "value": value });
    match &node.value {
        Ours::Map(map) => map
            .members()
            .into_iter()
            .map(|(name, node)| (name.to_owned(), tagged(node)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Ours::List(items) => items.iter().map(tagged).collect(),
        Ours::Scalar(scalar) => match scalar.kind {
            Kind::Integer => tag("integer", integer(&scalar.decimal().expect("it is finite"))),
            Kind::Float => tag("float", float(&scalar.text)),
            Kind::Boolean => tag("bool", scalar.text.clone()),
            Kind::Date => tag(kind_of_time(&scalar.text), time(&scalar.text)),
            Kind::Text | Kind::Bare | Kind::Null => tag("string", scalar.text.clone()),
        },
    }
}

fn integer(text: &str) -> String {
    text.parse::<i64>().expect("it has 64 bits").to_string()
}

fn float(text: &str) -> String {
    let number: f64 = text.replace('_', "").parse().expect("it is a number");
    if number.is_nan() {
        "nan".to_owned()
    } else {
        number.to_string()
    }
}

fn kind_of_time(text: &str) -> &'static str {
    match (text.contains(':'), text.get(4..5) == Some("-")) {
        (false, _) => "date-local",
        (true, false) => "time-local",
        (true, true) if text.to_ascii_uppercase().ends_with('Z') || text[10..].contains(['+', '-']) => {
            "datetime"
        }
        (true, true) => "datetime-local",
    }
}

/// Writes a time with `T`, `Z` and seconds, and without zeros behind these.
fn time(text: &str) -> String {
    let text = text.to_ascii_uppercase().replacen(' ', "T", 1);
    let Some(colon) = text.find(':') else { return text };
    let (front, zone) = text.split_at(
        text[colon..]
            .find(['Z', '+', '-'])
            .map_or(text.len(), |at| colon + at),
    );
    let seconds = if front.matches(':').count() == 1 {
        ":00"
    } else {
        ""
    };
    let front = format!("{front}{seconds}");
    let front = if front.contains('.') {
        front.trim_end_matches('0').trim_end_matches('.')
    } else {
        &front
    };
    format!("{front}{zone}")
}

fn in_one_form(wanted: Value) -> Value {
    match wanted {
        Value::Array(items) => items.into_iter().map(in_one_form).collect(),
        Value::Object(map) => match (
            map.get("type").and_then(Value::as_str),
            map.get("value").and_then(Value::as_str),
        ) {
            (Some(kind), Some(value)) => {
                let value = match kind {
                    "integer" => integer(value),
                    "float" => float(value),
                    "string" | "bool" => value.to_owned(),
                    _ => time(value),
                };
                json!({ "type": kind, "value": value })
            }
            _ => map
                .into_iter()
                .map(|(name, value)| (name, in_one_form(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        },
        other => other,
    }
}

#[test]
fn its_files_are_read_or_refused_as_expected() {
    let list = fs::read_to_string(fetched("toml-test/files-toml-1.1.0")).unwrap();
    let mut counts = [0, 0, 0];
    let mut differences = Vec::new();
    for name in list.lines().filter(|name| name.ends_with(".toml")) {
        let path = fetched("toml-test").join(name);
        // Text that is not UTF-8 cannot be in a ConfigMap's `data`.
        let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) else {
            counts[2] += 1;
            continue;
        };
        let is_valid = name.starts_with("valid/");
        counts[usize::from(is_valid)] += 1;
        match Format::Toml.read(&text, 0) {
            Ok(_) if !is_valid => differences.push(format!("{name}: read, but is not TOML")),
            Err(mistake) if is_valid => differences.push(format!("{name}: {}", mistake.text())),
            Ok(node) => {
                let wanted = in_one_form(
                    serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap(),
                );
                if tagged(&node) != wanted {
                    differences.push(format!("{name}: {}", common::shown(&node)));
                }
                let written = Format::Toml
                    .write(&node)
                    .unwrap_or_else(|mistake| panic!("{name}: {}", mistake.text()));
                let again = Format::Toml
                    .read(&written, 0)
                    .unwrap_or_else(|mistake| panic!("{name}: {}\n{written}", mistake.text()));
                if tagged(&again) != wanted {
                    differences.push(format!("{name}: written as {written}"));
                }
            }
            Err(_) => {}
        }
    }
    println!(
        "{} files are TOML, {} are not, {} are not UTF-8",
        counts[1], counts[0], counts[2]
    );
    assert!(counts[0] > 300 && counts[1] > 200);
    no_differences(&differences);
}
