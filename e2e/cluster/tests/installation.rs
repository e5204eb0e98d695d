//! deploy/install.yaml unchanged on a real node: agent and guard in the pods of their DaemonSets, the
//! policies in the API server.

use std::fs;

use anyhow::{Context as _, Result};
use kube::Api;
use podweave_agent::configuration::AgentConfiguration;
use podweave_cluster::{Cluster, Image, Node, NodeOptions, RunningPod};
use serde_json::{Value, json};

/// The image of the manifests, with the program that was built here.
const IMAGE: &str = "ghcr.io/podweave/podweave:0.1.0";

fn installation() -> Result<Vec<Value>> {
    Ok(podweave_core::yaml::documents(include_str!(
        "../../../deploy/install.yaml"
    ))?)
}

fn find(kind: &str, name: &str) -> Result<Value> {
    let is_it = |document: &Value| document["kind"] == kind && document["metadata"]["name"] == name;
    installation()?
        .into_iter()
        .find(is_it)
        .with_context(|| format!("no {kind} {name}"))
}

/// A cluster with podweave installed, and a node of it. No controller manager runs; the tests create what it
/// would create.
struct Installed {
    cluster: Cluster,
}

impl Installed {
    async fn new() -> Result<Self> {
        let cluster = Cluster::start().await?;
        cluster.apply(installation()?).await?;
        cluster.furnish("podweave").await?;
        Ok(Self { cluster })
    }

    /// Starts a node. Only one of this process can have its NRI socket where the manifests expect it.
    async fn node(&self, nri_directory: Option<&str>) -> Result<Node<'_>> {
        let options = NodeOptions {
            nri_directory: nri_directory.map(Into::into),
            labels: vec![("kubernetes.io/os".into(), "linux".into())],
            images: vec![Image::podweave(IMAGE)?],
            ..NodeOptions::default()
        };
        Node::start(&self.cluster, options).await
    }

    /// Creates the namespace `shop`, whose ConfigMaps the agent may read, with a ConfigMap.
    async fn shop(&self) -> Result<()> {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
        self.cluster.apply([namespace]).await?;
        self.cluster.furnish("shop").await?;
        self.cluster
            .put_config_map("shop", "web", [("port", "8080")])
            .await?;
        self.cluster
            .apply(podweave_core::yaml::documents(include_str!(
                "../../../deploy/rbac/config-maps.yaml"
            ))?)
            .await
    }
}

/// Creates the pod of a DaemonSet on a node, as the controller does.
async fn daemon<'node>(node: &'node Node<'_>, name: &str) -> Result<RunningPod<'node>> {
    let template = &find("DaemonSet", name)?["spec"]["template"];
    let mut metadata = template["metadata"].clone();
    metadata["generateName"] = json!(format!("{name}-"));
    node.run(
        "podweave",
        json!({"metadata": metadata, "spec": template["spec"]}),
    )
    .await
}

/// A pod of an application owner, which only names a plugin.
async fn web<'node>(node: &'node Node<'_>, name: &str) -> Result<RunningPod<'node>> {
    let annotations = json!({
        "podweave.dev/plugin": "handlebars",
        "podweave.dev/config-maps": "web",
        "podweave.dev/params": r#"{env: {PORT: "{{config.port}}"}, files: {web.conf: "listen {{config.port}}\n"}}"#,
    });
    let container = json!({"name": "web", "image": "podweave.test/busybox:1", "command": ["sh", "-c", "sleep 100000; :", "$(PORT)"]});
    node.run(
        "shop",
        json!({"metadata": {"name": name, "annotations": annotations}, "spec": {"containers": [container]}}),
    )
    .await
}

async fn assert_configured(pod: &RunningPod<'_>) -> Result<()> {
    pod.ready().await?;
    assert_eq!(
        pod.env("web").await?.get("PORT").map(String::as_str),
        Some("8080")
    );
    assert_eq!(
        pod.arguments("web").await?.last().map(String::as_str),
        Some("8080")
    );
    assert_eq!(pod.read("web", "/etc/podweave/web.conf").await?, "listen 8080\n");
    Ok(())
}

/// Returns the anonymous memory, in KiB.
fn anonymous(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .context("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[test]
fn the_installed_configuration_is_that_of_the_defaults() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("agent.yaml");
    fs::write(
        &file,
        find("ConfigMap", "podweave-agent")?["data"]["agent.yaml"]
            .as_str()
            .context("agent.yaml")?,
    )?;
    let fields = "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\nnodeName: node\n";
    let defaults = directory.path().join("defaults.yaml");
    fs::write(&defaults, fields)?;
    let with_name = format!("{}\nnodeName: node\n", fs::read_to_string(&file)?);
    fs::write(&file, with_name)?;
    assert_eq!(
        AgentConfiguration::load(Some(&file))?,
        AgentConfiguration::load(Some(&defaults))?
    );
    Ok(())
}

#[tokio::test]
async fn the_installation_configures_pods_and_fails_closed() -> Result<()> {
    if podweave_cluster::shared()
        .await?
        .skips("the_installation_configures_pods_and_fails_closed")
    {
        return Ok(());
    }
    let installed = Installed::new().await?;
    installed.shop().await?;
    let node = installed.node(Some("/var/run/nri")).await?;
    node.label("podweave.dev/node", Some("ready")).await?;

    // Neither process is running: the runtime itself refuses.
    let first = web(&node, "first").await?;
    first
        .until_waiting("web", "required plugin \"podweave-guard\" not present")
        .await?;
    // A pod that does not use podweave is not affected.
    let plain = json!({"metadata": {"name": "plain"}, "spec": {"containers": [{"name": "web", "image": "podweave.test/busybox:1", "command": ["sleep", "100000"]}]}});
    node.run("shop", plain).await?.ready().await?;

    let guard = daemon(&node, "podweave-guard").await?;
    guard.ready().await?;
    first
        .until_waiting("web", "podweave's agent has not configured container \"web\"")
        .await?;

    let agent = daemon(&node, "podweave-agent").await?;
    agent.ready().await?;
    assert_configured(&first).await?;
    let kibibytes = anonymous(guard.pid("guard").await?)?;
    assert!(kibibytes <= 4096, "the guard has {kibibytes} KiB of its own");

    agent.delete().await?;
    let second = web(&node, "second").await?;
    second
        .until_waiting("web", "podweave's agent has not configured container \"web\"")
        .await?;
    let agent = daemon(&node, "podweave-agent").await?;
    assert_configured(&second).await?;

    guard.delete().await?;
    let third = web(&node, "third").await?;
    third
        .until_waiting("web", "required plugin \"podweave-guard\" not present")
        .await?;
    let guard = daemon(&node, "podweave-guard").await?;
    assert_configured(&third).await?;

    for pod in [&first, &second, &third, &agent, &guard] {
        pod.delete().await?;
    }
    node.stop().await
}

#[tokio::test]
async fn a_pod_does_not_run_on_an_unlabelled_node() -> Result<()> {
    if podweave_cluster::shared()
        .await?
        .skips("a_pod_does_not_run_on_an_unlabelled_node")
    {
        return Ok(());
    }
    let installed = Installed::new().await?;
    installed.shop().await?;
    let node = installed.node(None).await?;
    // The scheduler would not choose the node; with a fixed nodeName, the kubelet refuses the pod.
    let pod = web(&node, "web").await?;
    let refused = pod
        .until("it is refused", |pod| {
            pod.status
                .as_ref()
                .is_some_and(|status| status.phase.as_deref() == Some("Failed"))
        })
        .await?;
    let status = refused.status.context("no status")?;
    assert_eq!(
        status.reason.as_deref(),
        Some("NodeAffinity"),
        "{:?}",
        status.message
    );
    let pods: Api<k8s_openapi::api::core::v1::Pod> =
        Api::namespaced(installed.cluster.admin().await?, "shop");
    pods.delete("web", &kube::api::DeleteParams::default().grace_period(0))
        .await?;
    node.stop().await
}
