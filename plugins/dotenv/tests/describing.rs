//! Checks the plugin's description of itself.

mod common;

use common::{documents, several};
use serde_json::Value;

#[test]
fn the_schema_and_the_example_are_json() {
    let description: Value = serde_json::from_str(&podweave_dotenv::describe().to_json()).unwrap();
    assert_eq!(description["name"], "dotenv");
    assert_eq!(description["params"]["type"], "object");
    assert!(description["example"]["sources"].is_array());
}

#[test]
fn the_schema_names_every_parameter() {
    let description: Value = serde_json::from_str(&podweave_dotenv::describe().to_json()).unwrap();
    let fields = &description["params"]["properties"]["sources"]["items"]["oneOf"][1]["properties"];
    for field in fields.as_object().unwrap().keys().filter(|field| *field != "key") {
        let params = format!(r#"{{"sources":[{{"key":"app/.env","{field}":[[]]}}]}}"#);
        let refusal = format!("{:?}", several(&documents([("app/.env", "")]), &params));
        assert!(
            !refusal.contains("is not a parameter") && refusal.contains(&format!("sources[0].{field}")),
            "{refusal}"
        );
    }
}

#[test]
fn the_example_renders() {
    let documents = documents([
        ("app/.env", "MODE=fast\n"),
        (
            "app/application.yaml",
            "server:\n  port: 8080\n  internal:\n    port: 9090\nlog-level: info\nother: x\n",
        ),
    ]);
    let rendered = several(&documents, podweave_dotenv::describe().example).unwrap();
    assert_eq!(rendered, ["APP_SERVER__PORT=8080", "LOG_LEVEL=info", "MODE=fast"]);
}
