//! What a pod cannot do through podweave.

use anyhow::Result;
use serde_json::json;

use super::fixture::{fixture, spec, waiting};

#[tokio::test]
async fn reading_another_namespace_needs_the_owners_consent() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let (owner, reader) = (
        fixture.namespace("owner").await?,
        fixture.namespace("reader").await?,
    );
    let cluster = fixture.node.cluster();
    cluster
        .put_config_map(owner.name(), "shared", [("a", "owners")])
        .await?;
    let bound = format!("{}/shared", owner.name());
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/config-maps", bound.as_str()),
        ("podweave.dev/params", "env: {A: '{{config.a}}'}"),
    ];
    let pod = fixture
        .run(&reader, "web", &annotations, spec([waiting("web")]))
        .await?;
    let refused = pod.until_waiting("web", "has not shared it").await?;
    assert!(!refused.contains("owners"), "{refused}");
    let consent = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "shared", "namespace": owner.name(), "annotations": { "podweave.dev/share-with": reader.name() } },
        "data": { "a": "owners" },
    });
    cluster.apply([consent]).await?;
    pod.ready().await?;
    assert_eq!(pod.env("web").await?["A"], "owners");
    pod.delete().await
}

#[tokio::test]
async fn no_file_is_written_outside_of_the_pods_own_directory() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("outside").await?;
    for (name, params) in [
        ("parent", "files: {'../../escaped': a}"),
        ("absolute", "files: {'/escaped': a}"),
        ("dots", "files: {'..data/escaped': a}"),
    ] {
        let annotations = [
            ("podweave.dev/plugin", "handlebars"),
            ("podweave.dev/params", params),
        ];
        let pod = fixture
            .run(&namespace, name, &annotations, spec([waiting("web")]))
            .await?;
        let message = pod.until_waiting("web", "the path cannot be used").await?;
        assert!(message.contains("plugin handlebars"), "{message}");
        pod.delete().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_container_sees_its_own_files_and_cannot_change_them() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let namespace = fixture.namespace("own").await?;
    let annotations = [
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/params", "files: {mine: '{{container.name}}'}"),
    ];
    let mut web = waiting("web");
    web["command"] = json!([
        "sh",
        "-c",
        "ls /etc/podweave; cat /etc/podweave/mine; echo; echo x > /etc/podweave/mine; ls /etc/podweave/..; echo done; exec sleep 100000"
    ]);
    let pod = fixture
        .run(&namespace, "web", &annotations, spec([web, waiting("worker")]))
        .await?;
    let log = pod.until_log("web", "done").await?;
    for part in ["mine\n", "web\n", "Read-only file system"] {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(!log.contains("worker"), "{log}");
    pod.ready().await?;
    assert_eq!(pod.read("worker", "/etc/podweave/mine").await?, "worker");
    pod.delete().await
}
