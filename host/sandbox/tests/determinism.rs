//! Checks that a render is the same on every run, and sees nothing of the machine.

mod support;

use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::pod::Pod;
use serde_json::json;
use support::{Bench, texts, variable};

#[test]
fn clocks_seeds_and_nan_bits_are_the_same_in_every_render() {
    for bench in Bench::both() {
        let plugin = bench.attacker_with_wasi();
        let render = || {
            bench
                .attack(&plugin, &json!({ "attack": "nondeterminism" }))
                .result
                .unwrap()
        };
        let first = render();
        assert_eq!(first, render());
        // Known answers: they must be the same on every machine.
        assert_eq!(variable(&first, "CLOCK").split('.').next(), Some("946684800"));
        assert_eq!(variable(&first, "NAN"), "7ff8000000000000");
    }
}

#[test]
fn a_guest_with_wasi_sees_no_environment_no_file_and_no_network() {
    for bench in Bench::both() {
        let outputs = bench
            .attack(
                &bench.attacker_with_wasi(),
                &json!({ "attack": "nondeterminism" }),
            )
            .result
            .unwrap();
        assert_eq!(variable(&outputs, "ENVIRONMENT"), "0");
        assert_eq!(variable(&outputs, "NETWORK"), "false");
        assert!(
            variable(&outputs, "FILE").starts_with("Err("),
            "{}",
            variable(&outputs, "FILE")
        );
    }
}

#[test]
fn facts_are_what_the_pod_says_and_each_read_is_recorded() {
    for bench in Bench::both() {
        let settings = ConfigMap::new("shop", "settings")
            .with("key", Value::text("value"))
            .with("binary", Value::bytes(vec![0, 255]));
        let mut pod = Pod {
            name: Some("web-0".to_owned()),
            node_name: Some("node-a".to_owned()),
            labels: texts([("app", "shop")]),
            annotations: texts([("note", "n")]),
            node_labels: texts([("zone", "a")]),
            ..support::pod()
        };
        let container = &mut pod.containers[0];
        container.args = Some(vec!["--port=$(PORT)".to_owned()]);
        container.ports.insert("http".to_owned(), 8080);
        container.requests = texts([("memory", "64Mi")]);
        let outcome = bench.render(
            &bench.attacker(),
            support::inputs(pod, settings, &json!({ "attack": "facts" })),
        );
        let outputs = outcome.result.unwrap();
        let expected = [
            ("POD_NAME", "web-0"),
            ("POD_UID", "(none)"),
            ("NODE_NAME", "node-a"),
            ("POD_NAMESPACE", "shop"),
            ("SERVICE_ACCOUNT", "default"),
            ("CONTAINER_NAME", "web"),
            ("IMAGE", "web:1"),
            ("LABEL", "shop"),
            ("ANNOTATION", "n"),
            ("NODE_LABEL", "a"),
            ("COMMAND", "/web"),
            ("ARGS", "--port=$(PORT)"),
            ("PORT", "8080"),
            ("REQUEST", "64Mi"),
            ("LIMIT", "(none)"),
            ("CONFIG_MAPS", "settings"),
            ("KEYS", "binary key"),
            ("FOUND", "value"),
            ("MISSED", "(none)"),
            ("BYTES", "Some([0, 255])"),
        ];
        for (name, value) in expected {
            assert_eq!(variable(&outputs, name), value, "{name}");
        }
        let reads: Vec<(String, bool)> = outcome
            .reads
            .iter()
            .map(|(what, found)| (what.to_string(), found.is_some()))
            .collect();
        assert_eq!(reads.len(), expected.len(), "{reads:?}");
        for missed in ["pod-uid", "config-map/settings/nothing", "resource-limit/memory"] {
            assert!(reads.contains(&(missed.to_owned(), false)), "{missed}: {reads:?}");
        }
    }
}
