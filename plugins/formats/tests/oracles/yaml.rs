//! Reads podweave's YAML with PyYAML (YAML 1.1) and ruamel.yaml (YAML 1.2).

use podweave_formats::{Format, Kind, Node, Value as Ours};
use serde_json::{Value, json};

use crate::readers::{answers, python};
use crate::{count, no_differences, random};

const TEXTS: [&str; 70] = [
    "a",
    "b c",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "null",
    "Null",
    "~",
    "true",
    "False",
    "1",
    "-1",
    "+1",
    "1_000",
    "0755",
    "0o17",
    "0x1F",
    "0b11",
    "1e5",
    "1E5",
    "1.5e3",
    "1.5e+3",
    ".5",
    "5.",
    "-.inf",
    ".nan",
    "inf",
    "22:22",
    "190:20:30",
    "1:30.5",
    "2026-01-02",
    "2026-01-02T03:04:05Z",
    "=",
    "<<",
    "-",
    "- a",
    "? a",
    "a: b",
    "a:",
    ":a",
    "#a",
    "a #b",
    "[a",
    "{a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "'a'",
    "\"a\"",
    "\\",
    "a\nb",
    "a\n",
    "\na",
    "a\n\n\nb\n\n",
    " a",
    "a ",
    "\ta",
    "a\tb",
    "\r",
    "\u{85}",
    "\u{2028}x",
    "é😀",
];

const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "7",
    "-12",
    "123456789012345678901234567890",
    "1.10",
    "0.5",
    "-1.50",
    "1e5",
    "1E5",
    "-2e-3",
    "1.5e10",
    "1.5E+10",
    "0.0",
    "0e0",
    "9007199254740993",
    "1e-7",
    "12e03",
    "100.00",
    "1E-2",
    "0E+1",
    "8",
];

/// JSON with text and numbers that readers of YAML may misread.
fn json(random: &mut fastrand::Rng, depth: usize) -> String {
    let text = |random: &mut fastrand::Rng| Value::from(TEXTS[random.usize(..TEXTS.len())]).to_string();
    match random.usize(..if depth == 0 { 6 } else { 9 }) {
        0..=2 => text(random),
        3 | 4 => NUMBERS[random.usize(..NUMBERS.len())].to_owned(),
        5 => ["true", "false", "null"][random.usize(..3)].to_owned(),
        6 => format!(
            "[{}]",
            (0..random.usize(..4))
                .map(|_| json(random, depth - 1))
                .collect::<Vec<_>>()
                .join(",")
        ),
        _ => map(random, depth),
    }
}

fn map(random: &mut fastrand::Rng, depth: usize) -> String {
    let mut names: Vec<&str> = (0..random.usize(..5))
        .map(|_| TEXTS[random.usize(..TEXTS.len())])
        .collect();
    names.sort_unstable();
    names.dedup();
    let members: Vec<String> = names
        .iter()
        .map(|name| format!("{}:{}", Value::from(*name), json(random, depth - 1)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Shows a document as the Python program does.
fn shown(node: &Node) -> Value {
    match &node.value {
        Ours::Map(map) => {
            json!({ "map": map.members().into_iter().map(|(name, node)| json!([name, shown(node)])).collect::<Vec<_>>() })
        }
        Ours::List(items) => items.iter().map(shown).collect(),
        Ours::Scalar(scalar) => match scalar.kind {
            Kind::Null => Value::Null,
            Kind::Boolean => json!(scalar.text == "true"),
            Kind::Integer => {
                json!({ "int": scalar.decimal().expect("it is finite").parse::<i128>().expect("it is short").to_string() })
            }
            Kind::Float => {
                json!({ "float": number(&scalar.decimal().map_or_else(|_| scalar.text.replace('_', ""), |text| text.into_owned())) })
            }
            Kind::Text | Kind::Bare | Kind::Date => json!(scalar.text),
        },
    }
}

/// Writes all texts of one number the same way.
fn number(text: &str) -> String {
    text.parse::<f64>().expect("it is a number").to_string()
}

fn with_numbers(theirs: Value) -> Value {
    match theirs {
        Value::Array(items) => items.into_iter().map(with_numbers).collect(),
        Value::Object(map) => match map.get("float").and_then(Value::as_str) {
            Some(text) => json!({ "float": number(text) }),
            None => map
                .into_iter()
                .map(|(name, value)| (name, with_numbers(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        },
        other => other,
    }
}

fn compare(sources: &[(Format, String)]) {
    let nodes: Vec<Node> = sources
        .iter()
        .map(|(format, text)| {
            format
                .read(text, 0)
                .unwrap_or_else(|mistake| panic!("{text}: {}", mistake.text()))
        })
        .collect();
    let written: Vec<String> = nodes
        .iter()
        .map(|node| Format::Yaml.write(node).expect("YAML holds everything"))
        .collect();
    let mut differences = Vec::new();
    for (node, (text, answer)) in nodes.iter().zip(
        written
            .iter()
            .zip(answers(&mut python("yaml_1_1_and_1_2.py"), &written)),
    ) {
        let wanted = json!({ "value": with_numbers(shown(node)) });
        for reader in ["old", "new"] {
            let theirs = with_numbers(answer[reader].clone());
            if theirs != wanted {
                differences.push((reader, text, theirs, wanted.clone()));
            }
        }
    }
    no_differences(&differences);
}

#[test]
fn json_documents_are_the_same_in_every_version() {
    let mut random = random();
    let sources: Vec<(Format, String)> = (0..count() / 5)
        .map(|_| (Format::Json, map(&mut random, 3)))
        .collect();
    compare(&sources);
}

#[test]
fn toml_numbers_are_the_same_in_every_version() {
    let numbers = [
        "0o755",
        "0xDEAD_beef",
        "0b1_01",
        "1_000",
        "+5",
        "-0",
        "1e5",
        "1E5",
        "+1.5",
        "1_0.5e+3",
        "6.626e-34",
        "inf",
        "-inf",
        "0.0",
        "-0.0",
        "5e+22",
        "9_223_372_036_854_775_807",
    ];
    let sources: Vec<(Format, String)> = numbers
        .iter()
        .map(|number| (Format::Toml, format!("a = {number}\nl = [{number}]\n")))
        .collect();
    compare(&sources);
}
