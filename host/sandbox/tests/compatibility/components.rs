//! Components of contract 0.1.0 render, and set what they have always set.

use std::sync::Arc;

use podweave_core::config_map::{ConfigMap, Value};
use podweave_core::inputs::{Bound, Inputs};
use podweave_core::outputs::{Args, Outputs};
use podweave_core::pod::Pod;
use podweave_sandbox::{Failure, Level, Outcome, Plugin, RenderError};
use serde_json::json;

use crate::component;
use crate::support::{self, Bench, texts, variable};

fn plugin(bench: &Bench, text: &str) -> Plugin {
    let component = wat::parse_str(text).expect("it is WebAssembly text");
    bench
        .load(&component)
        .unwrap_or_else(|error| panic!("it loads: {error}"))
}

fn settings() -> ConfigMap {
    ConfigMap::new("shop", "settings")
        .with("blob", Value::bytes(vec![0, 255, 1]))
        .with("host", Value::text("db.example.com"))
}

/// A pod that has each fact which a plugin can ask for, but for its UID.
fn pod() -> Pod {
    let mut pod = Pod {
        name: Some("web-0".to_owned()),
        node_name: Some("node-a".to_owned()),
        labels: texts([("app", "shop")]),
        annotations: texts([("note", "a note")]),
        node_labels: texts([("zone", "zone-a")]),
        ..support::pod()
    };
    let container = &mut pod.containers[0];
    container.args = Some(vec!["--listen".to_owned(), "$(PORT)".to_owned()]);
    container.ports.insert("http".to_owned(), 0o640);
    container.requests = texts([("memory", "64Mi")]);
    pod
}

fn inputs(settings: ConfigMap) -> Inputs {
    let bound = |alias: &str, config_map: Option<ConfigMap>| Bound {
        alias: alias.to_owned(),
        identity: format!("shop/{alias}"),
        config_map: config_map.map(Arc::new),
    };
    let site = ConfigMap::new("shop", "site");
    let bound = vec![
        bound("settings", Some(settings)),
        bound("site", Some(site)),
        bound("absent", None),
    ];
    Inputs::new(Arc::new(pod()), 0, bound, r#"{"a":[1,"b"]}"#.into())
}

fn file<'a>(outputs: &'a Outputs, path: &str) -> (&'a [u8], u32) {
    let file = outputs
        .rendered_files()
        .get(path)
        .unwrap_or_else(|| panic!("{path} is made"));
    (&file.contents, file.mode)
}

fn rendered_everything(text: &str, settings: ConfigMap) -> Outcome {
    let bench = Bench::on_demand();
    bench.render(&plugin(&bench, text), inputs(settings))
}

#[test]
fn every_function_does_what_it_did() {
    let outcome = rendered_everything(&component("everything"), settings());
    let outputs = outcome.result.expect("it renders");
    let expected = [
        ("ANNOTATION", "a note"),
        ("COMMAND", "/web"),
        ("CONFIG_MAPS", "site"),
        ("CONTAINER_NAME", "web"),
        ("FOUND", "db.example.com"),
        ("IMAGE", "web:1"),
        ("KEYS", "host"),
        ("LABEL", "shop"),
        ("LIMIT", "(none)"),
        ("MISSED", "(none)"),
        ("NODE_LABEL", "zone-a"),
        ("NODE_NAME", "node-a"),
        ("POD_NAME", "web-0"),
        ("POD_NAMESPACE", "shop"),
        ("POD_UID", "(none)"),
        ("REQUEST", "64Mi"),
        ("REQUIRED", "db.example.com"),
        ("SERVICE_ACCOUNT", "default"),
        ("URL", "https://$(USER)@example.com"),
    ];
    let set: Vec<(&str, &str)> = outputs
        .env_values()
        .iter()
        .map(|(name, value)| (name.as_str(), value.text.as_str()))
        .collect();
    assert_eq!(set, expected);
    let expanded: Vec<&String> = outputs
        .env_values()
        .iter()
        .filter(|(_, value)| value.expand)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(expanded, ["URL"]);
    assert_eq!(
        outputs.arguments(),
        &Args::Replace(vec!["--listen".to_owned(), "$(PORT)".to_owned()])
    );
    assert_eq!(file(&outputs, "params.json"), (&br#"{"a":[1,"b"]}"#[..], 0o444));
    assert_eq!(file(&outputs, "required.bin"), (&[0, 255, 1][..], 0o444));
    assert_eq!(file(&outputs, "found.bin"), (&[0, 255, 1][..], 0o640));
    let log: Vec<(Level, &str)> = outcome
        .log
        .iter()
        .map(|line| (line.level, line.message.as_str()))
        .collect();
    let expected = [
        (Level::Debug, "a line for debug"),
        (Level::Info, "a line for info"),
        (Level::Warn, "a line for warn"),
        (Level::Error, "a line for error"),
    ];
    assert_eq!(log, expected);
}

#[test]
fn arguments_are_appended_as_they_were() {
    let outputs = rendered_everything(
        &component("everything"),
        settings().with("append", Value::text("--verbose")),
    )
    .result
    .expect("it renders");
    assert_eq!(outputs.arguments(), &Args::Append(vec!["--verbose".to_owned()]));
}

#[test]
fn a_key_that_is_not_there_ends_the_render_at_the_call() {
    let outcome = rendered_everything(
        &component("everything"),
        ConfigMap::new("shop", "settings").with("port", Value::text("1")),
    );
    let error = outcome.result.expect_err("host is required");
    assert!(
        matches!(&error, RenderError::Input(_)) && error.to_string().contains(r#"has no key "host""#),
        "{error}"
    );
}

#[test]
fn each_kind_of_failure_arrives_as_itself() {
    let bench = Bench::on_demand();
    let plugin = plugin(&bench, &component("failures"));
    let failure = |case: &str| match bench
        .render(&plugin, inputs(settings().with("case", Value::text(case))))
        .result
    {
        Err(RenderError::Failure(failure)) => failure,
        other => panic!("{case}: {other:?}"),
    };
    let text = str::to_owned;
    assert_eq!(
        failure("value"),
        Failure::InvalidValue {
            config_map: text("settings"),
            key: text("case"),
            message: text("is not acceptable")
        }
    );
    assert_eq!(
        failure("params"),
        Failure::InvalidParams {
            path: text("env.PORT"),
            message: text("must be a number")
        }
    );
    assert_eq!(failure("other"), Failure::Other(text("nothing to render")));
}

#[test]
fn a_plugin_that_describes_itself_is_asked_and_renders() {
    let bench = Bench::on_demand();
    let plugin = plugin(&bench, &component("described"));
    let description = support::block_on(bench.sandbox.describe(&plugin, &Arc::new(bench.limits.clone())))
        .expect("it answers");
    let description: serde_json::Value =
        serde_json::from_str(&description.expect("it describes itself")).expect("it is JSON");
    let expected = json!({ "name": "described", "version": "0.1.0", "summary": "sets one variable", "params": { "type": "object" }, "example": {} });
    assert_eq!(description, expected);
    assert_eq!(
        variable(
            &bench
                .render(&plugin, inputs(settings()))
                .result
                .expect("it renders"),
            "RENDERED"
        ),
        "yes"
    );
}

/// What Go's and C's libraries do: WASI's preview 1 by the adapter.
#[test]
fn a_plugin_with_wasi_has_the_same_clock_the_same_chance_and_no_environment() {
    let rendered = || {
        let bench = Bench::on_demand();
        bench.render(&plugin(&bench, &component("wasi")), inputs(settings()))
    };
    let outcome = rendered();
    let outputs = outcome.result.expect("it renders");
    let number = |path: &str| u64::from_le_bytes(file(&outputs, path).0.try_into().expect("eight bytes"));
    assert_eq!(number("clock") / 1_000_000_000, 946_684_800, "2000-01-01");
    assert_eq!(number("environment"), 0);
    assert_eq!(file(&outputs, "random").0.len(), 8);
    assert!(
        outcome
            .log
            .iter()
            .any(|line| line.message.contains("written to its stderr")),
        "{:?}",
        outcome.log
    );
    assert_eq!(rendered().result.expect("it renders"), outputs);
}

/// An author who has the WIT of a later, compatible version, and calls nothing that is new in it, shuts out
/// nobody.
#[test]
fn a_plugin_of_a_later_patch_version_renders_if_it_calls_nothing_new() {
    let text = component("everything").replace("@0.1.0", "@0.1.7");
    assert!(rendered_everything(&text, settings()).result.is_ok());
    let bench = Bench::on_demand();
    let described = plugin(&bench, &component("described").replace("@0.1.0", "@0.1.7"));
    let description = support::block_on(
        bench
            .sandbox
            .describe(&described, &Arc::new(bench.limits.clone())),
    );
    assert!(description.is_ok_and(|description| description.is_some()));
}
