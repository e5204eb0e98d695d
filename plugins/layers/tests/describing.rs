//! Checks the plugin's description of itself.

mod common;

use common::{documents, render};
use podweave_plugin::Error;
use serde_json::Value;

#[test]
fn the_schema_and_the_example_are_json() {
    let description: Value = serde_json::from_str(&podweave_layers::describe().to_json()).unwrap();
    assert_eq!(description["name"], "layers");
    assert_eq!(description["params"]["type"], "object");
    assert!(description["example"]["files"].is_object());
}

#[test]
fn the_schema_names_every_parameter() {
    let description: Value = serde_json::from_str(&podweave_layers::describe().to_json()).unwrap();
    let fields = &description["params"]["properties"]["files"]["additionalProperties"]["properties"];
    for field in fields
        .as_object()
        .unwrap()
        .keys()
        .filter(|field| *field != "layers")
    {
        let params = format!(r#"{{"files":{{"a.json":{{"layers":[{{"values":{{}}}}],"{field}":[]}}}}}}"#);
        match render(&documents([]), &params).err() {
            Some(Error::InvalidParams { path, message }) => assert!(
                path.ends_with(field) && !message.contains("is not a parameter"),
                "{path} {message}"
            ),
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn the_example_renders() {
    let documents = documents([
        ("base/application.yaml", "debug: true\nhosts: [a]\n"),
        ("production/application.yaml", "hosts: [b]\n"),
        ("base/limits", "{\"open files\": 1024}"),
    ]);
    let files =
        render(&documents, podweave_layers::describe().example).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(
        (&*files[0].contents, files[0].mode),
        ("hosts:\n- a\n- b\n", Some(0o440))
    );
    assert_eq!(files[1].contents, "open files = 1024\n");
}
