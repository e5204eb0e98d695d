//! `podweave plugin inspect`.

mod support;

use serde_json::Value;
use support::{Place, component};

/// An empty component.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

#[test]
fn a_built_in_plugin_is_described() {
    let table = Place::new().run(&["plugin", "inspect", "handlebars"]).silent();
    for part in [
        "name          handlebars",
        "podweave:plugin/inputs",
        "podweave:plugin/renderer",
        "parameters (JSON Schema)",
        "the sandbox runs it",
    ] {
        assert!(table.contains(part), "{part:?} in\n{table}");
    }
}

#[test]
fn json_has_the_same() {
    let text = Place::new()
        .run(&["plugin", "inspect", "handlebars", "-o", "json"])
        .silent();
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&document["about"]["name"], &document["refused"]),
        (&"handlebars".into(), &serde_json::json!([]))
    );
    assert_eq!(document["size"], component().len());
    for field in ["digest", "world", "contract", "imports", "exports"] {
        assert!(!document[field].is_null(), "{field}");
    }
}

#[test]
fn a_file_is_inspected_by_its_path() {
    let place = Place::new();
    place.write("acme.wasm", component());
    assert!(
        place
            .run(&["plugin", "inspect", "acme.wasm"])
            .silent()
            .starts_with("plugin        acme.wasm\n")
    );
}

#[test]
fn a_component_that_is_not_a_plugin_is_refused() {
    let place = Place::new();
    place.write("empty.wasm", EMPTY);
    let table = place.run(&["plugin", "inspect", "empty.wasm"]).failed();
    assert!(table.contains("the sandbox refuses it:"), "{table}");
    let json: Value = serde_json::from_str(
        &place
            .run(&["plugin", "inspect", "empty.wasm", "-o", "json"])
            .failed(),
    )
    .expect("JSON");
    assert!(
        json["refused"]
            .as_array()
            .is_some_and(|reasons| !reasons.is_empty())
            && json["about"].is_null(),
        "{json}"
    );
}

#[test]
fn a_file_that_is_not_a_component_is_an_error() {
    let place = Place::new().with("text.wasm", "text");
    place.write("module.wasm", b"\0asm\x01\0\0\0");
    for (file, part) in [
        ("text.wasm", "it is not Wasm"),
        ("module.wasm", "wasm-tools component new"),
        ("gone.wasm", "cannot read gone.wasm"),
    ] {
        let message = place.run(&["plugin", "inspect", file]).refused(1);
        assert!(message.contains(part), "{message}");
    }
}
