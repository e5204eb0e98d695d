//! Checks the document that scripts rely on: its shape, and that reading its YAML gives the same document.

mod support;

use std::sync::Arc;

use podweave_core::completion::complete;
use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::digest::Digest;
use podweave_core::limits::Limits;
use podweave_core::merge::{RenderResult, merge};
use podweave_core::own_environment::OwnEnvironment;
use podweave_core::report::{Item, RenderList};
use podweave_core::yaml;
use proptest::prelude::*;
use serde_json::json;
use support::{Set, environment, inputs, pod_with, render};

fn list(container: &str, set: Set) -> RenderList {
    let pod = pod_with(container);
    let mut inputs = inputs(
        &pod,
        &[Arc::new(ConfigMap::new("shop", "a").with("k", Value::text("v")))],
    );
    assert!(inputs.find("a", "k").is_ok() && inputs.find("a", "none").is_ok());
    let render = render();
    let result = RenderResult {
        render: &render,
        plugin: Digest::of(b"plugin"),
        outputs: set.0,
        reads: inputs.into_reads(),
    };
    let rendered = merge(vec![result], &Limits::default()).expect("a result");
    let completed = complete(
        &pod.containers[0],
        &rendered,
        OwnEnvironment::OfSpec(&environment(&[])),
        &Limits::default(),
    )
    .expect("a delivery");
    RenderList::new(vec![Item::new(&pod, &pod.containers[0], &rendered, completed)])
}

#[test]
fn the_document_has_the_promised_shape() {
    let set = Set::default()
        .env("B", "2")
        .env("A", "1")
        .append("-v")
        .file("f", "hi")
        .mode("f", 0o40);
    let mut document = serde_json::to_value(list("    args: [x]", set)).expect("JSON");
    let provenance: Vec<_> = ["inputsDigest", "outputDigest"]
        .map(|field| {
            document["items"][0]
                .as_object_mut()
                .and_then(|item| item.remove(field))
        })
        .into();
    assert!(
        provenance.iter().all(|digest| digest
            .as_ref()
            .and_then(|digest| digest.as_str())
            .is_some_and(|digest| digest.starts_with("sha256:"))),
        "{provenance:?}"
    );
    let expected = json!({
        "apiVersion": "podweave.dev/v1alpha1",
        "kind": "RenderList",
        "items": [{
            "namespace": "shop",
            "pod": "web-0",
            "container": "web",
            "plugins": [{"ref": "handlebars", "digest": Digest::of(b"plugin").to_string()}],
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "command": null,
            "args": ["x", "-v"],
            "appendArgs": null,
            "files": [{"path": "/etc/podweave/f", "mode": "0040", "contents": "hi"}],
            "reads": [
                {"what": "config-map/a/k", "found": true, "sha256": Digest::of(b"v").hex()},
                {"what": "config-map/a/none", "found": false},
            ],
        }],
    });
    assert_eq!(document, expected);
}

#[test]
fn golden_cases_hold_neither_digests_nor_reads() {
    let golden = yaml::to_string(
        &list("    image: app", Set::default().env("A", "yes").append("-v")).without_provenance(),
    )
    .expect("YAML");
    let expected = "\
apiVersion: podweave.dev/v1alpha1
kind: RenderList
items:
- namespace: shop
  pod: web-0
  container: web
  plugins:
  - ref: handlebars
  env:
  - name: A
    value: \"yes\"
  command: null
  args: null
  appendArgs:
  - -v
  files: []
";
    assert_eq!(golden, expected);
}

#[test]
fn contents_that_are_not_text_are_base64() {
    let mut set = Set::default();
    set.0
        .file(
            "f".to_owned(),
            vec![0xff, 0xd8],
            &Limits::default(),
            &Default::default(),
        )
        .expect("a file");
    let document = serde_json::to_value(list("    image: app", set)).expect("JSON");
    assert_eq!(
        document["items"][0]["files"],
        json!([{"path": "/etc/podweave/f", "mode": "0444", "contentsBase64": "/9g="}])
    );
}

/// Texts that a YAML writer must quote or escape with care.
fn awkward() -> impl Strategy<Value = String> {
    let words = [
        "yes", "no", "on", "Null", "~", "0644", "1e3", "1_000", "0x1F", ".inf", "08", "-", "?", ": ", " #",
        "*a", "&a", "!a", "%", "@", "`", "|", ">", "'", "\"", "\\", "---", "...", "\n", "\n\n", " ", "\t",
        "\r", "\u{85}", "\u{2028}", "\u{feff}", "\u{7f}", "\0", "a", "é", "=", "<<", "{", "]", ",",
    ];
    prop_oneof![
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..6).prop_map(|words| words.concat()),
        any::<String>(),
        "[a-z \n]{0,200}"
    ]
}

proptest! {
    #[test]
    fn every_text_survives_the_yaml_of_a_golden_case(texts in prop::collection::vec(awkward(), 1..4), key in awkward()) {
        let tree = json!({"items": [{"value": texts[0], "list": texts}], key: null});
        let written = yaml::to_string(&tree).expect("YAML");
        prop_assert_eq!(yaml::document(&written), Ok(tree), "{}", written);
    }
}
