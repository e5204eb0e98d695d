//! Rendered variables, arguments and files in real containers.

use anyhow::Result;
use serde_json::json;

use super::fixture::{fixture, spec, waiting};

/// Returns the arguments of a rendered container's shell, after those that make it wait.
async fn arguments(pod: &podweave_cluster::RunningPod<'_>, container: &str) -> Result<Vec<String>> {
    Ok(pod.arguments(container).await?.split_off(4))
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn a_container_starts_with_variables_arguments_and_files() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("delivery").await?;
    let cluster = fixture.node.cluster();
    cluster
        .put_config_map(
            namespace.name(),
            "web",
            [("port", "8080"), ("db", "db:5432"), ("greeting", "rendered")],
        )
        .await?;
    cluster
        .apply([json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "db", "namespace": namespace.name() }, "stringData": { "password": "hunter2-S3CRET" } })])
        .await?;
    let params = r#"
env:
  PORT: "{{config.port}}"
  GREETING: "{{config.greeting}}"
  ZONE: "{{node.labels.zone}}"
  DSN: "postgres://app:$(DB_PASSWORD)@{{config.db}}/shop"
args: {append: ["--greeting={{config.greeting}}"]}
files: {app.conf: "port {{config.port}}\n", bin/run.sh: {key: web/greeting, mode: "0555"}}
"#;
    let mut web = waiting("web");
    web["args"] = json!(["--port=$(PORT)", "$$(PORT)", "$(DB_PASSWORD)"]);
    web["env"] = json!([
        { "name": "DB_PASSWORD", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } },
        { "name": "FROM_KUBELET", "valueFrom": { "configMapKeyRef": { "name": "web", "key": "db" } } },
        { "name": "GREETING", "value": "the pod's own" },
        { "name": "URL", "value": "http://localhost:$(PORT)/" },
        { "name": "LITERAL", "value": "$$(PORT)" },
    ]);
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "web"),
        ("podweave.dev/params", params),
        ("podweave.dev/file-mounts", "app.conf=/app/app.conf"),
    ];
    let pod = fixture.run(&namespace, "web", &annotations, spec([web])).await?;
    pod.ready().await?;

    let env = pod.env("web").await?;
    for (name, value) in [
        ("PORT", "8080"),
        ("GREETING", "rendered"),
        ("ZONE", "a"),
        ("DSN", "postgres://app:hunter2-S3CRET@db:5432/shop"),
        ("FROM_KUBELET", "db:5432"),
        ("URL", "http://localhost:8080/"),
        ("LITERAL", "$(PORT)"),
    ] {
        assert_eq!(env.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(
        arguments(&pod, "web").await?,
        ["--port=8080", "$(PORT)", "hunter2-S3CRET", "--greeting=rendered"]
    );
    assert_eq!(pod.read("web", "/etc/podweave/app.conf").await?, "port 8080\n");
    assert_eq!(pod.read("web", "/etc/podweave/bin/run.sh").await?, "rendered");
    assert_eq!(pod.read("web", "/app/app.conf").await?, "port 8080\n");

    // The Secret is only in the container.
    let events = format!("{:?}", pod.events().await?);
    assert!(
        events.contains("podweave") && events.contains("Rendered"),
        "{events}"
    );
    let record = std::fs::read_to_string(fixture.podweave.records().join(format!("{}.json", pod.uid())))?;
    for (what, text) in [
        ("Events", events),
        ("the agent's log", fixture.podweave.agent().log()),
        ("the guard's log", fixture.podweave.guard().log()),
        ("the record", record),
    ] {
        assert!(!text.contains("hunter2-S3CRET"), "the Secret is in {what}");
    }
    pod.delete().await
}

#[tokio::test]
async fn a_pod_without_annotations_is_untouched() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("plain").await?;
    let pod = fixture
        .run(&namespace, "plain", &[], spec([waiting("web")]))
        .await?;
    pod.ready().await?;
    assert_eq!(
        pod.arguments("web").await?,
        ["sh", "-c", "sleep 100000; :", "waiting"]
    );
    assert!(!pod.env("web").await?.keys().any(|name| name.contains("PODWEAVE")));
    pod.delete().await
}

#[tokio::test]
async fn named_init_and_sidecar_containers_are_rendered() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("init").await?;
    fixture
        .node
        .cluster()
        .put_config_map(namespace.name(), "web", [("a", "1")])
        .await?;
    let renders = r#"
- {plugin: handlebars, containers: [setup], configMaps: [web], params: {env: {SETUP: "setup-{{config.a}}"}}}
- {plugin: handlebars, containers: [proxy, web], configMaps: [web], params: {env: {BOTH: "{{container.name}}-{{config.a}}", OVER: first}}}
- {plugin: handlebars, containers: [web], params: {env: {OVER: second}}}
"#;
    let mut spec = spec([waiting("web"), waiting("other")]);
    let mut setup = waiting("setup");
    setup["command"] = json!(["sh", "-c", "echo setup=$SETUP"]);
    let mut proxy = waiting("proxy");
    proxy["restartPolicy"] = "Always".into();
    spec["initContainers"] = json!([setup, proxy]);
    let pod = fixture
        .run(&namespace, "web", &[("podweave.dev/renders", renders)], spec)
        .await?;
    pod.ready().await?;
    assert_eq!(pod.log("setup").await?, "setup=setup-1\n");
    assert_eq!(pod.env("proxy").await?["BOTH"], "proxy-1");
    let web = pod.env("web").await?;
    assert_eq!((web["BOTH"].as_str(), web["OVER"].as_str()), ("web-1", "second"));
    assert!(!pod.env("other").await?.contains_key("BOTH"));
    pod.delete().await
}

#[tokio::test]
async fn a_pod_waits_with_the_reason_until_its_config_map_exists() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("late").await?;
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "web"),
        ("podweave.dev/params", "env: {A: '{{config.a}}'}"),
    ];
    let pod = fixture
        .run(&namespace, "web", &annotations, spec([waiting("web")]))
        .await?;
    let message = pod.until_waiting("web", "does not exist").await?;
    assert!(
        message.contains(&format!("ConfigMap {}/web", namespace.name())),
        "{message}"
    );
    fixture
        .node
        .cluster()
        .put_config_map(namespace.name(), "web", [("a", "1")])
        .await?;
    pod.ready().await?;
    assert_eq!(pod.env("web").await?["A"], "1");
    let events = pod.events().await?;
    assert!(
        events
            .iter()
            .any(|event| event.reason.as_deref() == Some("RenderFailed")),
        "{events:?}"
    );
    pod.delete().await
}

#[tokio::test]
async fn a_restarted_container_gets_the_current_config_map() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("restart").await?;
    fixture
        .node
        .cluster()
        .put_config_map(namespace.name(), "web", [("a", "1")])
        .await?;
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "web"),
        (
            "podweave.dev/params",
            "env: {A: '{{config.a}}'}\nfiles: {a: '{{config.a}}'}",
        ),
    ];
    let pod = fixture
        .run(&namespace, "web", &annotations, spec([waiting("web")]))
        .await?;
    pod.ready().await?;
    fixture
        .node
        .cluster()
        .put_config_map(namespace.name(), "web", [("a", "2")])
        .await?;
    kill(pod.pid("web").await?)?;
    pod.until("a restart", |pod| {
        let statuses = pod
            .status
            .iter()
            .flat_map(|status| status.container_statuses.iter().flatten());
        statuses
            .into_iter()
            .any(|status| status.restart_count == 1 && status.ready)
    })
    .await?;
    assert_eq!(pod.env("web").await?["A"], "2");
    assert_eq!(pod.read("web", "/etc/podweave/a").await?, "2");
    pod.delete().await
}

fn kill(pid: u32) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process has a number");
    Ok(kill_process(pid, Signal::KILL)?)
}

#[tokio::test]
async fn with_ignore_a_container_starts_and_an_event_reports_it() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("ignore").await?;
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", "missing"),
        ("podweave.dev/params", "env: {A: '{{config.a}}'}"),
        ("podweave.dev/on-failure", "ignore"),
    ];
    let pod = fixture
        .run(&namespace, "web", &annotations, spec([waiting("web")]))
        .await?;
    pod.ready().await?;
    assert!(!pod.env("web").await?.contains_key("A"));
    let events = pod.events().await?;
    assert!(
        events
            .iter()
            .any(|event| event.reason.as_deref() == Some("RenderIgnored")),
        "{events:?}"
    );
    pod.delete().await
}

#[tokio::test]
async fn a_process_that_is_not_root_reads_its_private_files() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("users").await?;
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        (
            "podweave.dev/params",
            "files: {open: open, closed: {key: web/a, mode: '0400'}}",
        ),
        ("podweave.dev/config-maps", "web"),
    ];
    fixture
        .node
        .cluster()
        .put_config_map(namespace.name(), "web", [("a", "closed")])
        .await?;
    let mut web = waiting("web");
    web["command"] = json!([
        "sh",
        "-c",
        "cat /etc/podweave/open /etc/podweave/closed; echo; id -u; exec sleep 100000"
    ]);
    web["securityContext"] = json!({ "runAsUser": 1234, "runAsGroup": 1234 });
    let pod = fixture.run(&namespace, "web", &annotations, spec([web])).await?;
    assert_eq!(pod.until_log("web", "1234\n").await?, "openclosed\n1234\n");
    pod.delete().await
}

#[tokio::test]
async fn a_pod_in_a_user_namespace_reads_its_files() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("mapped").await?;
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/params", "files: {open: open}"),
    ];
    let mut web = waiting("web");
    web["command"] = json!(["sh", "-c", "cat /etc/podweave/open; echo; exec sleep 100000"]);
    let mut mapped = spec([web]);
    mapped["hostUsers"] = false.into();
    let pod = fixture.run(&namespace, "web", &annotations, mapped).await?;
    assert_eq!(pod.until_log("web", "\n").await?, "open\n");
    pod.delete().await
}
