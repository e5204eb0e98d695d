//! Checks what a plugin may read, what is recorded about it, and the misses that end a render.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::digest::Digest;
use podweave_core::inputs::{Bound, Inputs};
use podweave_core::reads::{self, Read};
use support::{MARKER, annotated, config_map, inputs, pod_with};

fn settings() -> Arc<ConfigMap> {
    let map = ConfigMap::new("shop", "settings")
        .with("url", Value::text("http://x"))
        .with("logo", Value::bytes(vec![0xff]))
        .with("note", Value::bytes(b"hi".to_vec()));
    Arc::new(map)
}

fn shop() -> Inputs {
    inputs(
        &pod_with("    image: app:1\n    args: [serve]\n    ports: [{name: http, containerPort: 8080}]"),
        &[settings()],
    )
}

/// Inputs whose one ConfigMap is bound as optional and does not exist.
fn absent() -> Inputs {
    let bound = vec![Bound {
        alias: "flags".to_owned(),
        identity: "shop/flags-v1".to_owned(),
        config_map: None,
    }];
    Inputs::new(Arc::new(pod_with("    image: app")), 0, bound, "{}".into())
}

fn recorded(inputs: &Inputs) -> Vec<String> {
    inputs
        .reads()
        .iter()
        .map(|(what, found)| format!("{what}{}", if found.is_some() { "" } else { " (miss)" }))
        .collect()
}

#[test]
fn values_are_found_as_text_and_as_bytes() {
    let mut inputs = shop();
    assert_eq!(inputs.require_text("settings", "url"), Ok("http://x"));
    assert_eq!(
        inputs.find_text("settings", "note"),
        Ok(Some("hi")),
        "binaryData that is UTF-8"
    );
    assert_eq!(
        inputs
            .require("settings", "logo")
            .map(|value| value.as_bytes().to_vec()),
        Ok(vec![0xff])
    );
    assert_eq!(
        inputs.find("settings", "none").map(|found| found.is_some()),
        Ok(false)
    );
    assert_eq!(
        inputs.keys("settings"),
        Ok(vec!["logo".to_owned(), "note".to_owned(), "url".to_owned()])
    );
    assert_eq!(inputs.config_maps(), ["settings"]);
}

#[test]
fn a_read_that_ends_the_render_says_what_to_do() {
    let mut present = shop();
    let mut gone = absent();
    let messages = [
        present
            .require("setings", "url")
            .expect_err("not bound")
            .to_string(),
        present.keys("x").expect_err("not bound").to_string(),
        present
            .require_text("settings", "ur")
            .expect_err("no key")
            .to_string(),
        present
            .require("settings", "\u{202e}\n")
            .expect_err("no key")
            .to_string(),
        present
            .find_text("settings", "logo")
            .expect_err("no text")
            .to_string(),
        gone.require("flags", "a").expect_err("absent").to_string(),
        gone.keys("flags").expect_err("absent").to_string(),
    ];
    let does_not_exist = "ConfigMap shop/flags-v1 (\"flags\") does not exist; it is bound as optional, but this render needs it. Create it, or give the plugin a default";
    let expected = [
        "no ConfigMap is bound as \"setings\" (did you mean \"settings\"?); bound are \"settings\". Bind it in podweave.dev/config-maps",
        "no ConfigMap is bound as \"x\"; bound are \"settings\". Bind it in podweave.dev/config-maps",
        "ConfigMap shop/settings (\"settings\") has no key \"ur\" (did you mean \"url\"?); add it, or give the plugin a default",
        "ConfigMap shop/settings (\"settings\") has no key \"\\u{202e}\\n\"; add it, or give the plugin a default",
        "ConfigMap shop/settings (\"settings\"): key \"logo\" is not UTF-8 text; the plugin must read it as bytes",
        does_not_exist,
        does_not_exist,
    ];
    assert_eq!(messages, expected);
}

#[test]
fn an_absent_optional_config_map_is_a_miss_and_not_listed() {
    let mut inputs = absent();
    assert_eq!(inputs.config_maps(), Vec::<String>::new());
    assert_eq!(inputs.find("flags", "a").map(|found| found.is_some()), Ok(false));
    assert_eq!(recorded(&inputs), ["config-maps", "config-map/flags/a (miss)"]);
}

#[test]
fn every_read_is_recorded_once_with_its_misses() {
    let mut inputs = shop();
    for _ in 0..3 {
        assert!(inputs.find("settings", "url").is_ok() && inputs.find("settings", "none").is_ok());
        assert!(inputs.find_text("settings", "logo").is_err() && inputs.keys("settings").is_ok());
        inputs.label("app");
        inputs.label("none");
        inputs.pod_uid();
        inputs.port("http");
    }
    let expected = [
        "keys/settings",
        "config-map/settings/logo",
        "config-map/settings/none (miss)",
        "config-map/settings/url",
        "pod-uid (miss)",
        "label/app",
        "label/none (miss)",
        "port/http",
    ];
    assert_eq!(recorded(&inputs), expected);
}

#[test]
fn a_read_of_an_unbound_alias_is_not_recorded() {
    let mut inputs = shop();
    assert!(inputs.find("other", "url").is_err());
    assert_eq!(recorded(&inputs), Vec::<String>::new());
}

#[test]
fn pod_facts_are_those_of_the_manifest() {
    let mut pod = annotated(&[("note", "hello")]);
    pod.node_labels.insert("zone".to_owned(), "eu-1".to_owned());
    let mut inputs = Inputs::new(Arc::new(pod), 1, Vec::new(), "{}".into());
    assert_eq!(
        (inputs.pod_name().as_deref(), inputs.pod_uid(), inputs.node_name()),
        (Some("web-0"), None, None)
    );
    assert_eq!(
        (inputs.pod_namespace(), inputs.service_account()),
        ("shop".to_owned(), "default".to_owned())
    );
    assert_eq!(
        (inputs.container_name(), inputs.image()),
        ("proxy".to_owned(), "proxy".to_owned()),
        "the container of the index"
    );
    assert_eq!(
        (
            inputs.annotation("note").as_deref(),
            inputs.node_label("zone").as_deref()
        ),
        (Some("hello"), Some("eu-1"))
    );
    let mut inputs = shop();
    assert_eq!(
        (inputs.command(), inputs.args()),
        (None, Some(vec!["serve".to_owned()]))
    );
    assert_eq!((inputs.port("http"), inputs.port("https")), (Some(8080), None));
    assert_eq!(
        (inputs.resource_request("cpu"), inputs.resource_limit("cpu")),
        (None, None)
    );
    assert_eq!(
        recorded(&inputs),
        [
            "args",
            "command (miss)",
            "port/http",
            "port/https (miss)",
            "resource-limit/cpu (miss)",
            "resource-request/cpu (miss)"
        ]
    );
}

#[test]
fn reads_are_reported_sorted_with_digests_and_without_values() {
    let map = ConfigMap::new("shop", "a").with("k", Value::text(MARKER));
    let mut inputs = inputs(&pod_with("    image: app"), &[Arc::new(map)]);
    assert!(inputs.find("a", "k").is_ok() && inputs.find("a", "b").is_ok() && inputs.keys("a").is_ok());
    let report = reads::report(&[inputs.reads().clone(), inputs.into_reads()]);
    let read = |what: &str, value: Option<&[u8]>| Read {
        what: what.to_owned(),
        found: value.is_some(),
        sha256: value.map(|value| Digest::of(value).hex()),
    };
    assert_eq!(
        report,
        [
            read("config-map/a/b", None),
            read("config-map/a/k", Some(MARKER.as_bytes())),
            read("keys/a", Some(br#"["k"]"#))
        ]
    );
}

#[test]
fn the_nearest_key_is_suggested_even_among_very_many() {
    let data: BTreeMap<String, &str> = (0..9_999)
        .map(|index| (format!("setting-number-{index}"), ""))
        .collect();
    let many = config_map(
        &serde_json::json!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}).to_string(),
    );
    let message = inputs(
        &pod_with("    image: app"),
        &[Arc::new(
            ConfigMap::clone(&many).with("databaseUrl", Value::text("")),
        )],
    )
    .require("a", "databaseUlr")
    .expect_err("no key")
    .to_string();
    assert!(message.contains("did you mean \"databaseUrl\"?"), "{message}");
}
