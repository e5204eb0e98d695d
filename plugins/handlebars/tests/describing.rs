//! Checks the plugin's description of itself.

mod common;

use common::Case;
use serde_json::Value;

#[test]
fn the_schema_and_the_example_are_json() {
    let description: Value = serde_json::from_str(&podweave_handlebars::describe().to_json()).unwrap();
    assert_eq!(description["name"], "handlebars");
    assert_eq!(description["params"]["type"], "object");
    assert!(description["example"]["env"].is_object());
}

#[test]
fn the_example_renders() {
    let example = podweave_handlebars::describe().example;
    let case = Case::new().map(
        "web",
        [
            ("user", "app"),
            ("host", "db"),
            ("nginx.conf", "worker_processes 1;"),
        ],
    );
    let rendered = case.params(example).render().unwrap();
    assert_eq!(rendered.files["app.yaml"], b"debug: false\n");
    assert_eq!(rendered.modes["nginx.conf"], 0o440);
}
