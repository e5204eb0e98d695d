//! `podweave explain`: what an output depends on, and which keys no render reads.

mod support;

use serde_json::{Value, json};
use support::{MARKER, Place, config_map, everything, pod_of_everything, pod_with};

/// Variables from several keys, one of them a checked number, and a file.
const PARAMS: &str = r#"
env:
  WORD: "{{config.word}}"
  PORT: "{{add config.port 1}}"
  MODE: "{{#if (eq config.mode 'fast')}}quick{{else}}thorough{{/if}}"
  NODE: "{{default node.labels.zone 'nowhere'}}"
args: {append: ["--word={{config.word}}", "--fixed"]}
files: {"app.conf": "port = {{config.port}}\n"}
"#;

fn place() -> Place {
    let config_map = config_map().replace(
        "word: hello",
        "word: hello, port: '80', mode: fast, spare: unused",
    );
    Place::new()
        .with(
            "pod.yaml",
            &pod_with(&[
                ("plugin", "handlebars"),
                ("config-maps", "app"),
                ("params", PARAMS),
            ]),
        )
        .with("app.yaml", &config_map)
}

fn explained(place: &Place, name: &str) -> Value {
    let text = place
        .run(&["explain", "pod.yaml", "app.yaml", name, "-o", "json"])
        .good();
    serde_json::from_str(&text).expect("JSON")
}

/// The effect of each input on the first item.
fn effects(document: &Value) -> Vec<(String, String)> {
    let inputs = document["items"][0]["inputs"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = |input: &Value| {
        if input["key"].is_null() {
            format!("{}/{}", text(&input["type"]), text(&input["name"]))
        } else {
            text(&input["key"])
        }
    };
    inputs
        .iter()
        .map(|input| (name(input), text(&input["effect"])))
        .collect()
}

fn effect_of(document: &Value, input: &str) -> String {
    let found = effects(document).into_iter().find(|(name, _)| name == input);
    found.unwrap_or_else(|| panic!("{input} in {document:#}")).1
}

#[test]
fn a_variable_depends_on_its_key() {
    let document = explained(&place(), "WORD");
    assert_eq!(
        (&document["apiVersion"], &document["kind"], &document["name"]),
        (
            &"podweave.dev/v1alpha1".into(),
            &"Explanation".into(),
            &"WORD".into()
        )
    );
    let item = &document["items"][0];
    assert_eq!(
        (&item["namespace"], &item["pod"], &item["container"]),
        (&"default".into(), &"web".into(), &"web".into())
    );
    assert_eq!(
        (&item["output"], &item["value"]),
        (&"WORD".into(), &"hello".into())
    );
    assert_eq!(
        item["madeBy"],
        json!([{"render": 0, "plugin": "handlebars", "overridden": false}])
    );
    assert_eq!(effect_of(&document, "word"), "changes");
    let word = &item["inputs"][0];
    assert_eq!(
        (&word["type"], &word["namespace"], &word["configMap"]),
        (&"key".into(), &"default".into(), &"app".into())
    );
    assert!(
        word["failsWithout"]
            .as_str()
            .is_some_and(|reason| reason.contains("key \"word\": is missing")),
        "{word}"
    );
}

#[test]
fn inputs_of_other_outputs_are_distinguished() {
    let document = explained(&place(), "WORD");
    assert_eq!(effect_of(&document, "port"), "needed");
    assert_eq!(effect_of(&document, "node-label/zone"), "none");
    assert!(
        effects(&document)
            .iter()
            .all(|(name, _)| name != "spare" && name != "secret"),
        "{document:#}"
    );
}

#[test]
fn a_checked_number_is_varied_by_other_numbers() {
    assert_eq!(effect_of(&explained(&place(), "PORT"), "port"), "changes");
}

#[test]
fn a_word_that_is_only_compared_changes_its_consequences() {
    let document = explained(&place(), "MODE");
    assert_eq!(
        (effect_of(&document, "mode"), effect_of(&document, "word")),
        ("changes".to_owned(), "needed".to_owned())
    );
}

#[test]
fn a_missing_fact_is_tried_with_a_value() {
    assert_eq!(
        effect_of(&explained(&place(), "NODE"), "node-label/zone"),
        "changes"
    );
}

#[test]
fn arguments_and_files_are_explained_as_variables_are() {
    let document = explained(&place(), "args[1]");
    assert_eq!(document["items"][0]["value"], "--word=hello");
    assert_eq!(
        (effect_of(&document, "word"), effect_of(&document, "port")),
        ("changes".to_owned(), "needed".to_owned())
    );
    assert_eq!(effect_of(&explained(&place(), "args[2]"), "word"), "needed");
    assert_eq!(effect_of(&explained(&place(), "args"), "word"), "changes");
    for name in ["app.conf", "/etc/podweave/app.conf"] {
        let document = explained(&place(), name);
        assert_eq!(document["items"][0]["value"]["contents"], "port = 80\n");
        assert_eq!(
            (effect_of(&document, "port"), effect_of(&document, "word")),
            ("changes".to_owned(), "needed".to_owned())
        );
    }
}

#[test]
fn relevant_lines_of_a_document_are_named() {
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata:\n  app.properties: |\n    # comment\n    color=red\n    size=3\n";
    let place = Place::new()
        .with(
            "pod.yaml",
            &pod_with(&[
                ("plugin", "dotenv"),
                ("config-maps", "app"),
                ("params", "sources: [app/app.properties]"),
            ]),
        )
        .with("app.yaml", config_map);
    let document = explained(&place, "size");
    assert_eq!(
        document["items"][0]["inputs"][0]["lines"],
        json!([3]),
        "{document:#}"
    );
}

#[test]
fn the_render_that_overrides_another_is_named() {
    let renders = "- {plugin: handlebars, configMaps: app, params: {env: {WORD: 'first', OTHER: 'x'}}}\n- {plugin: handlebars, configMaps: app, params: {env: {WORD: '{{config.word}}'}}}\n";
    let place = Place::new()
        .with("pod.yaml", &pod_with(&[("renders", renders)]))
        .with("app.yaml", &config_map());
    let document = explained(&place, "WORD");
    let made_by = &document["items"][0]["madeBy"];
    assert_eq!(
        (
            &made_by[0]["overridden"],
            &made_by[1]["overridden"],
            &made_by[1]["render"]
        ),
        (&true.into(), &false.into(), &1.into())
    );
    assert_eq!(
        explained(&place, "OTHER")["items"][0]["madeBy"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let text = place.run(&["explain", "pod.yaml", "app.yaml", "WORD"]).silent();
    assert!(
        text.contains("set by handlebars (render 2), which overrides handlebars (render 1)"),
        "{text}"
    );
}

#[test]
fn explain_text_has_no_colour_in_a_pipe_and_no_other_value() {
    let text = place().run(&["explain", "pod.yaml", "app.yaml", "PORT"]).silent();
    for line in [
        "PORT of default/web, container web",
        "set by handlebars",
        "  | 81",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line:?} in\n{text}");
    }
    assert!(
        text.contains("ConfigMap default/app, key port  changes it"),
        "{text}"
    );
    assert!(
        !text.contains('\u{1b}') && !text.contains(MARKER) && !text.contains("hello"),
        "{text}"
    );
}

#[test]
fn two_runs_print_the_same_bytes() {
    let place = place();
    let run = || {
        place
            .run(&["explain", "pod.yaml", "app.yaml", "app.conf", "-o", "json"])
            .silent()
    };
    assert_eq!(run(), run());
}

#[test]
fn an_unknown_name_is_refused_with_a_suggestion() {
    let message = place().run(&["explain", ".", "WROD"]).refused(1);
    assert!(
        message.contains("no container gets \"WROD\" (did you mean \"WORD\"?)"),
        "{message}"
    );
    assert!(
        message.contains("\"/etc/podweave/app.conf\"") && message.contains("\"args\""),
        "{message}"
    );
}

#[test]
fn a_render_that_fails_is_an_error_and_not_an_explanation() {
    let place = place();
    place.write("app.yaml", config_map());
    assert!(
        place
            .run(&["explain", ".", "WORD"])
            .refused(1)
            .contains("is missing")
    );
    assert!(
        place
            .run(&["explain", "--unused", "."])
            .refused(1)
            .contains("is missing")
    );
}

#[test]
fn wrong_usage_says_what_is_right() {
    assert!(
        place()
            .run(&["explain", "pod.yaml"])
            .refused(2)
            .contains("podweave explain FILE|DIR... NAME")
    );
    assert!(
        place()
            .run(&["explain", ".", "WORD", "--container", "wbe"])
            .refused(2)
            .contains("did you mean \"web\"?")
    );
}

#[test]
fn unread_keys_are_listed() {
    let place = place();
    let text = place.run(&["explain", "--unused", "."]).silent();
    assert_eq!(text, "ConfigMap default/app: nothing reads\n  secret\n  spare\n");
    let document: Value =
        serde_json::from_str(&place.run(&["explain", "--unused", ".", "-o", "json"]).silent()).expect("JSON");
    assert_eq!(
        (&document["apiVersion"], &document["kind"]),
        (&"podweave.dev/v1alpha1".into(), &"UnusedKeys".into())
    );
    assert_eq!(
        document["items"],
        json!([{"namespace": "default", "configMap": "app", "keys": ["secret", "spare"]}])
    );
}

#[test]
fn a_key_of_the_containers_own_variable_is_used_and_explained() {
    let params = r#"env: {URL: "http://$(HOST)/{{config.word}}"}"#;
    let pod = pod_with(&[
        ("plugin", "handlebars"),
        ("config-maps", "app"),
        ("params", params),
    ]);
    let pod = format!(
        "{pod}    env:\n    - {{name: HOST, valueFrom: {{configMapKeyRef: {{name: app, key: secret}}}}}}\n"
    );
    let place = Place::new()
        .with("pod.yaml", &pod)
        .with("app.yaml", &config_map());
    let document = explained(&place, "URL");
    assert_eq!(
        (effect_of(&document, "word"), effect_of(&document, "secret")),
        ("changes".to_owned(), "changes".to_owned())
    );
    assert!(
        place
            .run(&["explain", "--unused", "."])
            .silent()
            .starts_with("every key of the bound ConfigMaps is read")
    );
}

#[test]
fn facts_are_distinguished() {
    let place = Place::new().with("pod.yaml", &pod_of_everything());
    place.write("everything.wasm", everything());
    let facts = [
        ("ANNOTATION", "annotation/note"),
        ("COMMAND", "command/"),
        ("CONFIG_MAPS", "config-maps/"),
        ("CONTAINER_NAME", "container-name/"),
        ("FOUND", "host"),
        ("IMAGE", "image/"),
        ("KEYS", "keys/"),
        ("LABEL", "label/app"),
        ("LIMIT", "resource-limit/memory"),
        ("NODE_LABEL", "node-label/zone"),
        ("NODE_NAME", "node-name/"),
        ("POD_NAME", "pod-name/"),
        ("POD_NAMESPACE", "pod-namespace/"),
        ("POD_UID", "pod-uid/"),
        ("REQUEST", "resource-request/memory"),
        ("REQUIRED", "host"),
        ("SERVICE_ACCOUNT", "service-account/"),
        ("/etc/podweave/required.bin", "blob"),
    ];
    for (output, input) in facts {
        let arguments = [
            "explain",
            "pod.yaml",
            output,
            "--plugin",
            "everything=everything.wasm",
            "--set",
            "node-label/zone=zone-a",
            "-o",
            "json",
        ];
        let document: Value = serde_json::from_str(&place.run(&arguments).good()).expect("JSON");
        assert_eq!(effect_of(&document, input), "changes", "{output}: {document:#}");
        let others: Vec<String> = effects(&document)
            .into_iter()
            .filter(|(name, effect)| effect == "changes" && name != input)
            .map(|(name, _)| name)
            .collect();
        // Adding or removing a key changes the list of keys.
        let is_allowed = |other: &String| output == "KEYS" && !other.contains('/');
        assert!(others.iter().all(is_allowed), "{output}: {others:?}");
    }
}
