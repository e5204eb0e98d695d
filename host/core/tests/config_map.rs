//! Checks ConfigMaps: what the API server would refuse, consent to other namespaces, and that no value
//! reaches a message.

mod support;

use podweave_core::config_map::ConfigMap;
use podweave_core::config_map::Value;
use podweave_core::digest::Digest;
use podweave_core::manifest::Manifests;
use proptest::prelude::*;
use support::{MARKER, assert_printable, config_map, manifest_error};

fn with(rest: &str) -> String {
    format!("kind: ConfigMap\nmetadata: {{name: settings}}\n{rest}")
}

#[test]
fn data_and_binary_data_are_read_by_key() {
    let map = config_map(&with(
        "data: {b: text, a: '', nothing: null}\nbinaryData: {jpg: /9j/4A==, utf8: aGk=, folded: \"aG\\n  k=\"}",
    ));
    assert_eq!(
        map.keys().collect::<Vec<_>>(),
        ["a", "b", "folded", "jpg", "nothing", "utf8"],
        "sorted"
    );
    let text = |key: &str| map.get(key).and_then(Value::as_text).map(str::to_owned);
    assert_eq!(
        (text("b"), text("a"), text("nothing")),
        (Some("text".to_owned()), Some(String::new()), Some(String::new()))
    );
    assert_eq!(text("jpg"), None, "no UTF-8");
    assert_eq!(
        map.get("jpg").map(Value::as_bytes),
        Some(&[0xff, 0xd8, 0xff, 0xe0][..])
    );
    assert_eq!(
        (text("utf8"), text("folded")),
        (Some("hi".to_owned()), Some("hi".to_owned()))
    );
    assert_eq!(
        map.get("utf8").and_then(Value::as_data),
        None,
        "the kubelet makes no variables of binaryData"
    );
    assert_eq!(map.get("b").and_then(Value::as_data), Some("text"));
    assert_eq!(map.get("b").map(Value::digest), Some(Digest::of(b"text")));
}

#[test]
fn a_config_map_that_the_api_server_refuses_is_refused_by_path() {
    let table = [
        (
            "data: {a: 5}",
            "shop.yaml, document 1: ConfigMap shop/settings, data.a: expected text, found a number; put it in quotes",
        ),
        (
            "data: {a: yes}",
            "shop.yaml, document 1: ConfigMap shop/settings, data.a: expected text, found a boolean; put it in quotes",
        ),
        (
            "data: {a: [b]}",
            "shop.yaml, document 1: ConfigMap shop/settings, data.a: expected text, found a list",
        ),
        (
            "data: [a]",
            "shop.yaml, document 1: ConfigMap shop/settings, data: expected an object, found a list",
        ),
        (
            "binaryData: {a: '%'}",
            "shop.yaml, document 1: ConfigMap shop/settings, binaryData.a: is not base64",
        ),
        (
            "data: {a: x}\nbinaryData: {a: aGk=}",
            "shop.yaml, document 1: ConfigMap shop/settings, binaryData.a: the key is in data, too",
        ),
        (
            "data: {a/b: x}",
            "shop.yaml, document 1: ConfigMap shop/settings, data: \"a/b\" cannot be a key of a ConfigMap: only letters, digits, '-', '_' and '.' are allowed",
        ),
    ];
    for (rest, message) in table {
        assert_eq!(manifest_error(&with(rest)), message);
    }
    for key in ["''", ".", "..data", "ä", "'a b'", &"k".repeat(254)] {
        assert!(
            manifest_error(&with(&format!("data: {{{key}: x}}")))
                .contains("cannot be a key of a ConfigMap: "),
            "{key}"
        );
    }
    for key in ["a", "-", "_", ".a", "a..b", &"k".repeat(253)] {
        assert_eq!(
            config_map(&with(&format!("data: {{{key}: x}}")))
                .keys()
                .collect::<Vec<_>>(),
            [key]
        );
    }
    assert_eq!(
        manifest_error("kind: ConfigMap\nmetadata: {name: A_b}"),
        "shop.yaml, document 1: metadata.name: \"A_b\" is not a DNS subdomain: lower-case letters, digits, '-' and '.', a letter or digit at both ends and beside each '.', at most 253 of them"
    );
}

#[test]
fn values_sum_to_at_most_one_mebibyte() {
    let of = |bytes: usize| with(&format!("data: {{a: {}, b: x}}", "x".repeat(bytes)));
    assert_eq!(config_map(&of(1024 * 1024 - 1)).keys().len(), 2);
    let message = "shop.yaml, document 1: ConfigMap shop/settings, data: has 1048577 bytes; a ConfigMap holds at most 1 MiB";
    assert_eq!(manifest_error(&of(1024 * 1024)), message);
}

#[test]
fn data_and_binary_data_have_at_most_ten_thousand_keys_together() {
    let keys = |from: usize, to: usize| {
        (from..to)
            .map(|key| format!("k{key}: ''"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let of = |data: usize, all: usize| {
        with(&format!(
            "data: {{{}}}\nbinaryData: {{{}}}",
            keys(0, data),
            keys(data, all)
        ))
    };
    assert_eq!(config_map(&of(6_000, 10_000)).keys().len(), 10_000);
    for (data, all, field) in [(10_001, 10_001, "data"), (6_000, 10_001, "binaryData")] {
        let message = format!(
            "shop.yaml, document 1: ConfigMap shop/settings, {field}: has too many keys: podweave reads at most 10000 of a ConfigMap"
        );
        assert_eq!(manifest_error(&of(data, all)), message);
    }
}

#[test]
fn the_owner_consents_to_other_namespaces_one_by_one() {
    let shared = config_map(
        "kind: ConfigMap\nmetadata: {name: a, annotations: {podweave.dev/share-with: 'ns-a, ns-b,'}}",
    );
    for (namespace, readable) in [
        ("shop", true),
        ("ns-a", true),
        ("ns-b", true),
        ("ns-c", false),
        ("ns", false),
        ("*", false),
    ] {
        assert_eq!(shared.is_readable_from(namespace), readable, "{namespace}");
    }
    let private = config_map("kind: ConfigMap\nmetadata: {name: a}");
    assert!(private.is_readable_from("shop") && !private.is_readable_from("ns-a"));
    let everybody =
        config_map("kind: ConfigMap\nmetadata: {name: a, annotations: {podweave.dev/share-with: '*'}}");
    assert!(!everybody.is_readable_from("ns-a"), "there is no wildcard");
}

#[test]
fn values_do_not_show_in_debug_output() {
    let map = ConfigMap::new("shop", "a")
        .with("k", Value::text(MARKER))
        .with("b", Value::bytes(MARKER.into()));
    assert!(!format!("{map:?}").contains(MARKER));
}

/// The marker in manifests with typical mistakes.
fn broken_values() -> impl Strategy<Value = String> {
    let shapes = [
        "@",
        "*@",
        "&@ &@ x",
        "!@ [",
        "!!int @",
        "!!float @",
        "!!bool @",
        "!!binary @",
        "'@",
        "\"@ \\q\"",
        "[@",
        "{@: @",
        "|@",
        ">9@",
        "@: b",
        "%@",
        "`@",
        "- @",
        "@ #\n- @",
        "!<@",
        "!e!@ x",
        "1e999@",
        "12e4567",
        "\"\\x@\"",
        "<<: @",
        "? @",
        "[[@]]",
        "\t@: @",
        "@\n  @: @",
        "{a: @}",
        "!!str [@]",
        "!!map @",
        "!!seq @",
        "!!null [@]",
    ];
    prop::sample::select(shapes.to_vec()).prop_map(|shape| shape.replace('@', MARKER))
}

proptest! {
    #[test]
    fn no_error_of_a_manifest_contains_a_value(value in broken_values(), other in broken_values(), key in "(data|binaryData|immutable|extra)") {
        for yaml in [with(&format!("{key}:\n  a: {value}\n  b: {other}")), with(&format!("{key}: {{a: {value}, b: {other}}}")), with(&format!("{key}: {value}"))] {
            if let Err(error) = Manifests::default().add("shop.yaml", &yaml, "shop") {
                let message = error.to_string();
                // A message may name a key; where these mistakes make a value part of a key, the message cuts
                // it off.
                let is_key = message.contains("is a duplicate") || message.contains("cannot be a key") || message.contains(&format!(".{MARKER}"));
                prop_assert!(is_key || !message.contains(MARKER), "{yaml}\n{message}");
                assert_printable(&message);
            }
        }
    }

    #[test]
    fn text_comes_out_of_a_config_map_as_it_went_in(text in any::<String>()) {
        let json = serde_json::json!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": text}}).to_string();
        let map = config_map(&json);
        prop_assert_eq!(map.get("k").and_then(Value::as_text), Some(text.as_str()));
    }
}

#[test]
fn infinite_values_are_refused_without_showing_them() {
    let message = manifest_error(&with("data: {token: -.inf}"));
    assert!(
        !message.contains("inf}") && message.contains("put it in quotes"),
        "{message}"
    );
}
