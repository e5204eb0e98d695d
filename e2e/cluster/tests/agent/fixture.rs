//! A node with podweave, which the tests of this binary share, and pods on it.

use anyhow::{Context, Result};
use podweave_cluster::{Image, Namespace, Node, NodeOptions, Podweave, PodweaveOptions, RunningPod, shared};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// The annotation that the guard requires of a pod; the admission policy adds it where it is installed.
pub const REQUIRED: (&str, &str) = ("required-plugins.noderesource.dev/pod", r#"["podweave-guard"]"#);

/// The node, with agent and guard.
pub struct Fixture {
    pub node: Node<'static>,
    pub podweave: Podweave,
}

/// Returns the node of this binary; `None`, with a message, in an existing cluster.
pub async fn fixture() -> Result<Option<&'static Fixture>> {
    static FIXTURE: OnceCell<Option<Fixture>> = OnceCell::const_new();
    let fixture = FIXTURE.get_or_try_init(|| async {
        let cluster = shared().await?;
        if cluster.skips("the agent on a node") {
            return Ok(None);
        }
        let images = vec![
            Image::servers()?
                .named("docker.io/library/nginx:1.28")
                .named("docker.io/library/redis:7.4"),
            shop()?,
        ];
        let node = Node::start(
            cluster,
            NodeOptions {
                images,
                labels: vec![("zone".into(), "a".into())],
                ..NodeOptions::default()
            },
        )
        .await?;
        let podweave = Podweave::start(&node, PodweaveOptions::default()).await?;
        anyhow::Ok(Some(Fixture { node, podweave }))
    });
    Ok(fixture.await?.as_ref())
}

impl Fixture {
    /// Creates a namespace for a test.
    pub async fn namespace(&self, name: &str) -> Result<Namespace> {
        self.node.cluster().create_namespace(name).await
    }

    /// Runs a pod with these annotations, and the one that the guard requires.
    pub async fn run(
        &self,
        namespace: &Namespace,
        name: &str,
        annotations: &[(&str, &str)],
        spec: Value,
    ) -> Result<RunningPod<'_>> {
        let mut pod = json!({ "metadata": { "name": name, "annotations": {} }, "spec": spec });
        let opted_in = annotations.iter().any(|(key, _)| key.contains("podweave.dev/"));
        for (key, value) in annotations.iter().chain(opted_in.then_some(&REQUIRED)) {
            pod["metadata"]["annotations"][*key] = (*value).into();
        }
        self.node.run(namespace.name(), pod).await
    }
}

/// A container that waits in a shell, whose arguments and environment can be read.
pub fn waiting(name: &str) -> Value {
    json!({ "name": name, "image": "podweave.test/busybox:1", "command": ["sh", "-c", "sleep 100000; :", "waiting"] })
}

/// A spec with these containers.
pub fn spec(containers: impl IntoIterator<Item = Value>) -> Value {
    json!({ "containers": containers.into_iter().collect::<Vec<_>>(), "terminationGracePeriodSeconds": 0 })
}

/// Returns the selected objects of a manifest.
pub fn documents(text: &str, is_wanted: impl Fn(&Value) -> bool) -> Result<Vec<Value>> {
    let documents = podweave_core::yaml::documents(text).context("an example is not YAML")?;
    Ok(documents
        .into_iter()
        .filter(|document| is_wanted(document))
        .collect())
}

/// A stand-in for the program of examples/web-service, which answers with what it received.
const SHOP: &str = r#"#!/bin/sh
case $1 in
migrate) exec env ;;
work) sleep 100000; : ;;
serve)
	mkdir -p /tmp/www && cd /tmp/www || exit 1
	env >env
	printf '%s\n' "$@" >arguments
	cp /app/config/application.yaml . || exit 1
	echo ok >ready
	exec httpd -f -p "$PORT"
	;;
esac
"#;

fn shop() -> Result<Image> {
    Ok(Image::busybox()?
        .named("ghcr.io/example/shop:2.4.0")
        .file("/app/shop", SHOP, 0o755))
}
