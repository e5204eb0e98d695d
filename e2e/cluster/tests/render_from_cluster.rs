//! `podweave render --from-cluster` and `--record`: the real binary against a real API server.

#[path = "render_from_cluster/access.rs"]
mod access;
#[path = "render_from_cluster/fixture.rs"]
mod fixture;

use std::fs;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use podweave_cluster::{Credentials, shared};
use serde_json::json;

use fixture::{MARKER, PATIENCE, Place, create, pod};

#[tokio::test]
async fn config_maps_of_the_manifests_override_the_clusters() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("manifest").await?;
    let namespace = namespace.name();
    place.write("pod.yaml", &pod("app"))?;
    let error = place
        .render(cluster, &["-n", namespace, "pod.yaml"])
        .await?
        .refused(1);
    assert!(
        error.contains(&format!(
            "ConfigMap {namespace}/app (\"app\") does not exist; create it"
        )),
        "{error}"
    );

    cluster
        .put_config_map(namespace, "app", [("word", "hello"), ("secret", MARKER)])
        .await?;
    assert_eq!(
        place
            .render(cluster, &["-n", namespace, "pod.yaml", "-o", "env"])
            .await?
            .silent(),
        "GREETING='hello web'\nZONE=nowhere\n"
    );

    place.write("app.yaml", &json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "app" }, "data": { "word": "mine" } }))?;
    let run = place
        .render(cluster, &["-n", namespace, "pod.yaml", "app.yaml", "-o", "env"])
        .await?;
    assert_eq!(
        run.stderr,
        format!("note: from the manifests, not from the cluster: ConfigMap {namespace}/app\n")
    );
    assert_eq!(run.good(), "GREETING='mine web'\nZONE=nowhere\n");
    Ok(())
}

#[tokio::test]
async fn a_workload_comes_from_the_cluster_by_its_kind_and_name() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("workload").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    create(cluster, namespace, pod("app")).await?;
    let mut template = pod("app");
    template["metadata"]
        .as_object_mut()
        .context("an object")?
        .remove("name");
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "shop" },
        "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": { "metadata": template["metadata"], "spec": template["spec"] } },
    });
    create(cluster, namespace, deployment).await?;

    for argument in ["pod/web", "po/web"] {
        assert_eq!(
            place
                .render(cluster, &["-n", namespace, argument, "-o", "env"])
                .await?
                .silent(),
            "GREETING='hello web'\nZONE=nowhere\n"
        );
    }
    for argument in ["deployment.apps/shop", "deploy/shop"] {
        assert_eq!(
            place
                .render(cluster, &["-n", namespace, argument, "-o", "env"])
                .await?
                .silent(),
            "GREETING='hello nobody'\nZONE=nowhere\n"
        );
    }
    let error = place
        .render(cluster, &["-n", namespace, "pod/wbe"])
        .await?
        .refused(1);
    assert!(
        error.contains(&format!(
            "there is no pod \"wbe\" in namespace {namespace} (did you mean \"web\"?)"
        )),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn node_labels_come_from_the_cluster_or_cause_a_warning() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("node").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    let mut bound = pod("app");
    bound["spec"]["nodeName"] = json!(namespace);
    place.write("pod.yaml", &bound)?;
    let run = place
        .render(cluster, &["-n", namespace, "pod.yaml", "-o", "env"])
        .await?;
    assert!(
        run.stderr.contains(&format!("warning: cannot read the labels of node {namespace}, to which pod {namespace}/web is bound: there is no such node")),
        "{run:?}"
    );
    assert_eq!(run.good(), "GREETING='hello web'\nZONE=nowhere\n");
    let given = place
        .render(
            cluster,
            &[
                "-n",
                namespace,
                "pod.yaml",
                "-o",
                "env",
                "--set",
                "node-label/zone=eu-2",
            ],
        )
        .await?;
    assert_eq!(given.silent(), "GREETING='hello web'\nZONE=eu-2\n");

    if cluster.skips("labels of a node that this test makes") {
        return Ok(());
    }
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": namespace, "labels": { "zone": "eu-1" } } });
    create(cluster, namespace, node).await?;
    assert_eq!(
        place
            .render(cluster, &["-n", namespace, "pod.yaml", "-o", "env"])
            .await?
            .silent(),
        "GREETING='hello web'\nZONE=eu-1\n"
    );
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn a_recorded_render_is_replayed_without_a_cluster() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("record").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    cluster
        .put_config_map(namespace, "env", [("name", "shop")])
        .await?;
    cluster
        .put_config_map(namespace, "unused", [("secret", MARKER)])
        .await?;
    let mut live = pod("app, absent?");
    let params = json!({ "env": { "GREETING": "{{config.word}} {{pod.uid}} {{node.labels.zone}}" }, "args": { "append": ["--greeting=$(GREETING)"] } });
    live["metadata"]["annotations"]["podweave.dev/params"] = json!(params.to_string());
    live["spec"]["containers"][0]["env"] = json!([
        { "name": "NAME", "valueFrom": { "configMapKeyRef": { "name": "env", "key": "name" } } },
        { "name": "WELCOME", "value": "$(NAME): $(GREETING)" },
        { "name": "PASSWORD", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } },
    ]);
    create(cluster, namespace, live).await?;
    let run = place
        .render(
            cluster,
            &[
                "-n",
                namespace,
                "pod/web",
                "--set",
                "node-label/zone=eu-1",
                "--record",
                "case",
            ],
        )
        .await?;
    assert!(
        run.stderr
            .contains("note: recorded in case: podweave test case\n"),
        "{run:?}"
    );
    let rendered = run.good();
    assert!(rendered.contains("WELCOME   shop: hello "), "{rendered}");

    let recorded = |name: &str| fs::read_to_string(place.path("case").join(name));
    let pod = recorded("pod.yaml")?;
    for left_out in [
        "managedFields",
        "resourceVersion",
        "creationTimestamp",
        "status",
        "tolerations",
        "terminationMessagePath",
        "imagePullPolicy",
    ] {
        assert!(!pod.contains(left_out), "{left_out} in\n{pod}");
    }
    assert!(
        pod.contains("secretKeyRef") && pod.contains(&format!("namespace: {namespace}")),
        "{pod}"
    );
    assert_eq!(recorded("case.yaml")?, "set:\n  node-label/zone: eu-1\n");
    let config_maps = recorded("configmaps.yaml")?;
    assert!(
        config_maps.contains("word: hello")
            && config_maps.contains("name: shop")
            && !config_maps.contains(MARKER),
        "{config_maps}"
    );

    assert_eq!(place.run(None, &["test"]).await?.silent(), "1 passed, 0 failed\n");
    assert_eq!(
        place
            .run(None, &["test", "-n", "elsewhere", "case"])
            .await?
            .silent(),
        "1 passed, 0 failed\n"
    );
    fs::write(
        place.path("case/configmaps.yaml"),
        config_maps.replace("hello", "goodbye"),
    )?;
    assert_eq!(place.run(None, &["test"]).await?.code, Some(1));
    Ok(())
}

#[tokio::test]
async fn with_watch_a_changed_config_map_shows_the_new_result() -> Result<()> {
    use tokio::io::{AsyncBufReadExt as _, BufReader};

    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("watch").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    place.write("pod.yaml", &pod("app"))?;
    let mut command = place.command(&[
        "render",
        "--from-cluster",
        "--watch",
        "-n",
        namespace,
        "pod.yaml",
        "-o",
        "env",
    ])?;
    command.env("KUBECONFIG", cluster.kubeconfig(Credentials::Admin)?);
    let mut child = tokio::process::Command::from(command)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    let mut until = async |wanted: &str| {
        let found = async {
            while lines.next_line().await?.context("it ended")? != wanted {}
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .with_context(|| format!("no line {wanted:?}"))?
    };
    until("GREETING='hello web'").await?;
    cluster
        .put_config_map(namespace, "app", [("word", "goodbye")])
        .await?;
    until("+    value: goodbye web").await?;
    // After a deletion there is an error; after a recreation, the result is compared with the last good
    // render.
    cluster.delete_config_map(namespace, "app").await?;
    cluster
        .put_config_map(namespace, "app", [("word", "welcome")])
        .await?;
    until("+    value: welcome web").await?;
    Ok(())
}
