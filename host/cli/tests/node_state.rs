//! `podweave status` and `podweave doctor`, with and without an agent.

mod support;

use std::os::unix::net::UnixListener;

use serde_json::{Value, json};
use support::Place;
use support::agent::agent;

fn status() -> Value {
    json!({
        "apiVersion": "podweave.dev/v1alpha1",
        "kind": "NodeStatus",
        "agent": {
            "version": "0.1.0",
            "node": "node-1",
            "startedAt": "2026-11-26T08:41:08Z",
            "runtime": { "state": "ready", "name": "containerd", "version": "v2.3.4", "nri": "0.12", "requestTimeoutMillis": 2000 },
            "apiServer": { "reachable": false, "failure": "connection refused", "failedAt": "2026-11-26T08:50:00Z" },
            "protection": { "guard": true, "validator": false, "at": "2026-11-26T09:02:11Z" },
        },
        "counts": { "pods": 2, "containers": 2, "rendered": 1, "skipped": 0, "ignored": 0, "failed": 2, "waiting": 0 },
        "pods": [
            { "namespace": "shop", "name": "broken", "uid": "u-1", "failure": "annotation podweave.dev/plugin: is required", "containers": [] },
            { "namespace": "shop", "name": "web-0", "uid": "u-2", "containers": [
                {
                    "name": "web", "state": "rendered", "plugins": [{ "ref": "handlebars", "digest": "sha256:ec85" }],
                    "inputsDigest": "sha256:01", "outputDigest": "sha256:0123456789abcdef0123", "renderedAt": "2026-11-26T09:02:11Z", "oldestInputSeconds": 75,
                },
                { "name": "sidecar", "state": "failed", "failure": "plugin says \u{1b}[31mred\nand more" },
            ] },
        ],
    })
}

#[test]
fn status_shows_pods_and_failures() {
    let place = Place::new();
    let agent = agent(&place.path("agent.sock"), &status());
    let table = place.run(&["status", "--socket", "agent.sock"]).silent();
    agent.join().expect("it answers");
    for part in [
        "node node-1\n",
        "runtime     ready containerd v2.3.4, NRI 0.12\n",
        "API server  not reachable (",
        ": connection refused\n",
        "protection  guard, no validator; podweave doctor says what to do\n",
        "pods        2 opted in, 2 containers, 1 rendered, 2 failed\n",
        "\n\n  CONTAINER  CHANGE    RENDER\n",
        "\nshop/broken\n  failed annotation podweave.dev/plugin: is required\n",
        "\nshop/web-0\n  web        -         rendered by handlebars ",
        ", from ConfigMaps of 1m15s ago sha256:0123456789ab",
        "  sidecar    -         failed: plugin says \\u{1b}[31mred | and more\n",
    ] {
        assert!(table.contains(part), "{part:?} in\n{table}");
    }
}

#[test]
fn status_prints_the_agents_document() {
    let place = Place::new();
    let agent = agent(&place.path("agent.sock"), &status());
    let text = place
        .run(&["status", "--socket", "agent.sock", "-o", "json"])
        .silent();
    agent.join().expect("it answers");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    // Fields without a value are left out.
    document["pods"][0]
        .as_object_mut()
        .expect("a pod")
        .retain(|_, value| !value.is_null());
    assert_eq!(document, status());
}

#[test]
fn an_absent_agent_is_an_error_with_a_remedy() {
    let message = Place::new().run(&["status", "--socket", "agent.sock"]).refused(1);
    assert_eq!(
        message,
        "error: no agent answers at agent.sock: there is no such socket; run this where the agent runs \
         (kubectl exec -n podweave ds/podweave-agent -- podweave ...), or name its socket: --socket, or statusSocket in its configuration\n"
    );
}

/// A configuration whose paths are all in one directory.
fn configuration(place: &Place) -> String {
    let at = |name: &str| place.path(name).display().to_string();
    format!(
        "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\nnri: {{socket: {}}}\nstatusSocket: {}\ndirectories: {{volumes: {}, records: {}, code: {}}}\n",
        at("nri.sock"),
        at("agent.sock"),
        at("volumes"),
        at("records"),
        at("code"),
    )
}

#[test]
fn doctor_reports_each_problem_with_its_remedy() {
    let place = Place::new();
    place.write("agent.yaml", configuration(&place));
    let table = place.run(&["doctor", "--config", "agent.yaml"]).failed();
    for part in [
        "ok       configuration",
        "problem  nri-socket     /",
        "nri.sock does not exist: the runtime is not running",
        "-> enable NRI (containerd: ",
        "problem  agent          no agent answers at ",
    ] {
        assert!(table.contains(part), "{part:?} in\n{table}");
    }
    let text = place
        .run(&["doctor", "--config", "agent.yaml", "-o", "json"])
        .failed();
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&document["kind"], &document["verdict"]),
        (&"NodeDiagnosis".into(), &"problem".into())
    );
}

#[test]
fn warnings_alone_are_not_a_failure() {
    let place = Place::new();
    place.write("agent.yaml", configuration(&place));
    let _runtime = UnixListener::bind(place.path("nri.sock")).expect("a socket");
    let mut good = status();
    good["agent"]["protection"]["validator"] = true.into();
    let agent = agent(&place.path("agent.sock"), &good);
    let table = place.run(&["doctor", "--config", "agent.yaml"]).silent();
    agent.join().expect("it answers");
    assert!(
        table.contains("warning  api-server     the API server was not asked"),
        "{table}"
    );
    assert!(table.contains("ok       validator"), "{table}");
}

#[test]
fn a_mistake_in_the_configuration_is_a_problem() {
    let place = Place::new().with(
        "agent.yaml",
        "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\nlimits: {memroy: 1Mi}\n",
    );
    let table = place.run(&["doctor", "--config", "agent.yaml"]).failed();
    assert!(table.contains("problem  configuration  configuration agent.yaml: limits: unknown field \"memroy\" (did you mean \"memory\"?)"), "{table}");
}
