//! `podweave status` and `podweave history` show how the containers of a node follow changes.

mod support;

use serde_json::{Value, json};
use support::agent::agent;
use support::{Place, Run};

/// The status of a node with these pods.
fn node(pods: Value) -> Value {
    json!({
        "apiVersion": "podweave.dev/v1alpha1",
        "kind": "NodeStatus",
        "agent": {
            "version": "0.1.0",
            "node": "node-1",
            "startedAt": "2026-11-26T08:41:08Z",
            "runtime": { "state": "ready" },
            "apiServer": { "reachable": true },
        },
        "counts": { "pods": 1, "containers": 1, "rendered": 1, "skipped": 0, "ignored": 0, "failed": 0, "waiting": 0 },
        "pods": pods,
    })
}

fn pod(namespace: &str, name: &str, containers: &[(&str, Value)]) -> Value {
    let containers: Vec<Value> = containers
        .iter()
        .map(|(name, change)| json!({ "name": name, "state": "rendered", "change": change }))
        .collect();
    json!({ "namespace": namespace, "name": name, "uid": format!("uid-{namespace}"), "containers": containers })
}

fn change(state: &str, fields: &Value) -> Value {
    let mut change = json!({ "state": state, "since": "2026-11-29T10:31:02Z" });
    let more = fields.as_object().expect("an object").clone();
    change.as_object_mut().expect("an object").extend(more);
    change
}

fn cause() -> Value {
    json!({ "namespace": "shop", "configMap": "web", "resourceVersion": "812345", "keys": ["port", "host"], "by": "kubectl-edit", "at": "2026-11-29T10:31:01Z" })
}

/// A pod whose containers were given several things, in another order than that of their names.
fn web() -> Value {
    let files = |digit: &str| format!("1:sha256:{}", digit.repeat(64));
    let web = json!({ "history": [
        { "at": "2026-11-29T10:31:02Z", "outcome": "followed", "causes": [cause()], "files": files("b"), "resourceVersions": { "shop/web": "812345" } },
        { "at": "2026-11-29T10:00:00Z", "outcome": "created", "files": files("a") },
    ] });
    let other = json!({ "namespace": "shared", "configMap": "flags" });
    let sidecar = json!({ "history": [
        { "at": "2026-11-29T10:20:00Z", "outcome": "followed", "causes": [cause(), other], "files": files("d") },
        { "at": "2026-11-29T10:00:01Z", "outcome": "created", "files": "\u{1b}[31mred" },
    ] });
    pod(
        "shop",
        "web-0",
        &[
            ("web", change("current", &web)),
            ("sidecar", change("current", &sidecar)),
        ],
    )
}

fn run(status: &Value, arguments: &[&str]) -> Run {
    let place = Place::new();
    let agent = agent(&place.path("agent.sock"), status);
    let run = place.run(&[arguments, &["--socket", "agent.sock"]].concat());
    agent.join().expect("it answers");
    run
}

#[test]
fn status_says_what_would_change_and_why() {
    let many: Vec<String> = (10..22).map(|number| format!("/etc/web/{number}")).collect();
    let outdated = json!({
        "would": { "env": ["PORT"], "args": true, "mounts": ["/etc/web.conf"], "files": many },
        "causes": [cause()],
        "nodeLabels": ["zone"],
        "history": [],
    });
    let table = run(
        &node(json!([pod(
            "shop",
            "web-0",
            &[("web", change("outdated", &outdated))]
        )])),
        &["status"],
    )
    .silent();
    assert!(table.contains("\nchanges     1 outdated\n"), "{table}");
    let rows = table
        .split("\n  web        outdated  rendered\n")
        .nth(1)
        .expect(&table);
    let rows: Vec<&str> = rows.lines().collect();
    let (since, meaning) = rows[0].split_once(" ago: ").expect(rows[0]);
    assert!(since.starts_with("    since    "), "{since:?}");
    assert_eq!(meaning, "only a new container gets what is rendered now");
    assert_eq!(
        rows[1],
        "    would    change variables PORT; mounts /etc/web.conf; files /etc/web/10, /etc/web/11, /etc/web/12, \
         /etc/web/13, /etc/web/14, /etc/web/15, /etc/web/16, /etc/web/17, /etc/web/18, /etc/web/19, and 2 more; arguments"
    );
    let written = rows[2]
        .strip_prefix("    cause    ConfigMap shop/web@812345 (port, host) by kubectl-edit ")
        .expect(rows[2]);
    assert!(written.ends_with(" ago"), "{written:?}");
    assert_eq!(rows[3..], ["    cause    node labels zone"]);
}

#[test]
fn the_document_has_all_of_it() {
    let status = node(json!([web()]));
    let text = run(&status, &["status", "-o", "json"]).silent();
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let change = |document: &Value| document["pods"][0]["containers"][0]["change"].clone();
    assert_eq!(change(&document), change(&status));
    assert!(change(&document)["history"][1]["files"].is_string());
}

/// The lines below a pod with a container in each state, without ages.
const EXPLAINED: [&str; 22] = [
    "a current rendered",
    "b held rendered",
    "since it keeps what it has until podweave.dev/hold is removed",
    "would change files /etc/a",
    "hold wait for | the \\u{1b}[31mrelease",
    "c failing rendered",
    "since the render fails now; it keeps what it has",
    "failure no key | \"port\"",
    "d pinned rendered",
    "since it does not follow changes (podweave.dev/follow: none)",
    "would change files /etc/a",
    "e waiting rendered",
    "since its files are about to be replaced",
    "would change files /etc/a",
    "f unknown rendered",
    "since the agent cannot tell whether it has what is rendered now",
    "failure no answer",
    "g outdated rendered",
    "since only a new container gets what is rendered now",
    "would change files /etc/a",
    "cause no change of a ConfigMap; a plugin or podweave was upgraded, for example",
    "h - rendered",
];

#[test]
fn every_state_but_current_is_explained() {
    let mut held = cause();
    held["hold"] = "wait for\nthe \u{1b}[31mrelease".into();
    let files = json!({ "env": [], "args": false, "mounts": [], "files": ["/etc/a"] });
    let fields = json!({ "would": files });
    let containers = [
        (
            "a",
            change("current", &json!({ "would": files, "causes": [cause()] })),
        ),
        ("b", change("held", &json!({ "would": files, "causes": [held] }))),
        ("c", change("failing", &json!({ "failure": "no key\n\"port\"" }))),
        ("d", change("pinned", &fields)),
        ("e", change("waiting", &fields)),
        ("f", change("unknown", &json!({ "failure": "no answer" }))),
        ("g", change("outdated", &fields)),
        ("h", Value::Null),
    ];
    let table = run(&node(json!([pod("shop", "web-0", &containers)])), &["status"]).silent();
    let (_, shown) = table.split_once("\nshop/web-0\n").expect(&table);
    // Without how long ago something was.
    let ages = |line: &str| match line.split_once(" ago: ") {
        Some((_, meaning)) => format!("since {meaning}"),
        None => line.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let shown: Vec<String> = shown.lines().map(ages).collect();
    let cause = shown[4].strip_suffix(" ago").expect(&shown[4]);
    assert!(
        cause.starts_with("cause ConfigMap shop/web@812345 (port, host) by kubectl-edit "),
        "{cause}"
    );
    let others: Vec<&str> = shown[..4].iter().chain(&shown[5..]).map(String::as_str).collect();
    assert_eq!(others, EXPLAINED);
    let sums = "changes     1 current, 1 waiting, 1 held, 1 outdated, 1 failing, 1 pinned, 1 unknown\n";
    assert!(table.contains(sums), "{table}");
}

#[test]
fn history_lists_all_containers_latest_first() {
    let table = run(&node(json!([web()])), &["history", "web-0"]).silent();
    assert_eq!(
        table,
        "TIME                  CONTAINER  OUTCOME   FILES                   CAUSES\n\
         2026-11-29T10:31:02Z  web        followed  sha256:bbbbbbbbbbbb...  shop/web@812345 (port, host) by kubectl-edit\n\
         2026-11-29T10:20:00Z  sidecar    followed  sha256:dddddddddddd...  shop/web@812345 (port, host) by kubectl-edit, shared/flags@deleted\n\
         2026-11-29T10:00:01Z  sidecar    created   \\u{1b}[31mred           -\n\
         2026-11-29T10:00:00Z  web        created   sha256:aaaaaaaaaaaa...  -\n"
    );
}

#[test]
fn history_of_one_container_as_a_document() {
    let text = run(
        &node(json!([web()])),
        &["history", "web-0", "web", "-n", "shop", "-o", "json"],
    )
    .silent();
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&document["apiVersion"], &document["kind"]),
        (&"podweave.dev/v1alpha1".into(), &"HistoryList".into())
    );
    let entry = |given: &Value| {
        let mut entry = json!({ "namespace": "shop", "pod": "web-0", "uid": "uid-shop", "container": "web" });
        let given = given.as_object().expect("an object").clone();
        entry.as_object_mut().expect("an object").extend(given);
        entry
    };
    let given = web()["containers"][0]["change"]["history"].clone();
    let expected: Vec<Value> = given.as_array().expect("a list").iter().map(entry).collect();
    assert_eq!(document["items"], Value::Array(expected));
}

#[test]
fn history_without_a_namespace_needs_one_pod() {
    let both = node(json!([web(), pod("test", "web-0", &[])]));
    assert_eq!(
        run(&both, &["history", "web-0"]).refused(2),
        "error: pods of the name \"web-0\" are in the namespaces \"shop\", \"test\"; choose one with -n\n"
    );
    run(&both, &["history", "web-0", "--namespace", "shop"]).silent();
}

#[test]
fn a_missing_history_is_an_error() {
    let not_running = pod("shop", "idle", &[("web", Value::Null)]);
    let status = node(json!([web(), not_running]));
    for (arguments, message) in [
        (
            &["history", "web-1"][..],
            "node \"node-1\" has no opted-in pod \"web-1\"; podweave status lists those that it has",
        ),
        (
            &["history", "web-0", "-n", "test"],
            "node \"node-1\" has no opted-in pod \"web-0\" in namespace \"test\"; podweave status lists those that it has",
        ),
        (
            &["history", "web-0", "wbe"],
            "pod \"web-0\" has no container \"wbe\" (did you mean \"web\"?)",
        ),
        (
            &["history", "idle"],
            "pod \"idle\" has no history: none of its containers runs, or files do not follow changes on this node; podweave doctor says whether they do",
        ),
        (
            &["history", "idle", "web", "-o", "json"],
            "container \"web\" of pod \"idle\" has no history: it does not run, or files do not follow changes on this node; podweave doctor says whether they do",
        ),
    ] {
        assert_eq!(run(&status, arguments).refused(1), format!("error: {message}\n"));
    }
}

#[test]
fn history_asks_the_agent_and_checks_its_arguments() {
    let message = Place::new()
        .run(&["history", "web-0", "--socket", "agent.sock"])
        .refused(1);
    assert!(
        message.starts_with("error: no agent answers at agent.sock: there is no such socket; run this where"),
        "{message}"
    );
    let message = Place::new().run(&["history", "shop/web-0"]).refused(2);
    assert!(message.contains("DNS subdomain"), "{message}");
}
