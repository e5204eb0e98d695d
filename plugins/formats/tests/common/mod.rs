//! Provides short ways to read, write and show documents.
#![allow(dead_code, reason = "each test file uses a part of it")]

use podweave_formats::{Format, Kind, Node, Value};

/// Shows a document with its kinds: text in quotes, everything else as it was written.
pub fn shown(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => match scalar.kind {
            Kind::Text => format!("{:?}", scalar.text),
            Kind::Bare => format!("'{}'", scalar.text),
            Kind::Date => format!("@{}", scalar.text),
            Kind::Null => "null".to_owned(),
            Kind::Boolean | Kind::Integer | Kind::Float => scalar.text.clone(),
        },
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let own = map.own.iter().map(|own| format!("={}", shown(own)));
            let members = map
                .members()
                .into_iter()
                .map(|(name, node)| format!("{name}: {}", shown(node)));
            format!("{{{}}}", own.chain(members).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Shows what a text contains, or what is wrong with it.
pub fn read(format: Format, text: &str) -> String {
    format
        .read(text, 0)
        .map_or_else(|mistake| mistake.text(), |node| shown(&node))
}

/// Converts a text from one format to another, or says what is wrong with it.
pub fn convert(from: Format, text: &str, to: Format) -> String {
    let node = from
        .read(text, 0)
        .unwrap_or_else(|mistake| panic!("{text}: {}", mistake.text()));
    to.write(&node).unwrap_or_else(|mistake| mistake.text())
}

#[track_caller]
pub fn reads(format: Format, text: &str, wanted: &str) {
    assert_eq!(read(format, text), wanted, "{text}");
}
