//! A cluster with podweave's installation, and pods to test it with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::admissionregistration::v1::MutatingAdmissionPolicyBinding;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use podweave_agent::guard::refusal::Refusal;
use podweave_agent::guard::rule::judge;
use podweave_cluster::{Cluster, Namespace, shared};
use podweave_nri::api::{BriefPod, PluginInstance, Validation};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub const PLUGIN: &str = "podweave.dev/plugin";
pub const REQUIRED: &str = "required-plugins.noderesource.dev/pod";
pub const REQUIRED_OF_WEB: &str = "required-plugins.noderesource.dev/container.web";
pub const GOOD: &str = r#"["podweave-guard"]"#;

/// Longer than the API server needs to notice a policy.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns the cluster that all tests share, with everything of deploy/install.yaml; `None` for an existing
/// cluster, where the policies would be in force for all pods.
pub async fn installed(test: &str) -> Result<Option<&'static Cluster>> {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let cluster = shared().await?;
    if cluster.skips(test) {
        return Ok(None);
    }
    INSTALLED.get_or_try_init(|| install(cluster)).await?;
    Ok(Some(cluster))
}

/// Applies deploy/install.yaml, and waits until the policies for new pods are in force. (The tests of the
/// other policies wait for theirs.)
pub async fn install(cluster: &Cluster) -> Result<()> {
    cluster
        .apply(podweave_core::yaml::documents(include_str!(
            "../../../../deploy/install.yaml"
        ))?)
        .await?;
    let (_namespace, pods) = place(cluster).await?;
    let (changed, weakened) = (
        pod("probe", &[(PLUGIN, "handlebars")]),
        pod("probe", &[(PLUGIN, "handlebars"), (REQUIRED, "podweave-guard")]),
    );
    until("pods are changed", async || {
        annotation(&dry_run(&pods, changed.clone()).await?, REQUIRED)
            .map(drop)
            .context("it was created unchanged")
    })
    .await?;
    until("pods are refused", async || {
        expect_refusal(dry_run(&pods, weakened.clone()).await)
    })
    .await
}

/// Deletes the binding of the mutating policy, and waits until no pod is changed any more.
pub async fn unbind_mutation(cluster: &Cluster) -> Result<()> {
    let bindings: Api<MutatingAdmissionPolicyBinding> = Api::all(cluster.admin().await?);
    bindings.delete("podweave", &DeleteParams::default()).await?;
    let (_namespace, pods) = place(cluster).await?;
    let complete = pod("probe", &[(PLUGIN, "handlebars"), (REQUIRED, GOOD)]);
    until("pods are no longer changed", async || {
        expect_refusal(dry_run(&pods, complete.clone()).await)
    })
    .await
}

fn expect_refusal(answer: Result<Pod>) -> Result<()> {
    if answer.is_ok() {
        bail!("it was admitted")
    } else {
        Ok(())
    }
}

/// Waits until a condition holds.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> Result<()>) -> Result<()> {
    let began = Instant::now();
    while let Err(error) = is_so().await {
        if began.elapsed() > PATIENCE {
            return Err(error.context(format!("{what}: not so within {PATIENCE:?}")));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Creates a namespace, and returns it with its pods.
pub async fn place(cluster: &Cluster) -> Result<(Namespace, Api<Pod>)> {
    let namespace = cluster.create_namespace("admission").await?;
    let pods = pods(cluster, namespace.name()).await?;
    Ok((namespace, pods))
}

pub async fn pods(cluster: &Cluster, namespace: &str) -> Result<Api<Pod>> {
    Ok(Api::namespaced(cluster.admin().await?, namespace))
}

/// A pod with a container `web`.
pub fn pod(name: &str, annotations: &[(&str, &str)]) -> Value {
    let annotations: BTreeMap<&str, &str> = annotations.iter().copied().collect();
    json!({"metadata": {"name": name, "annotations": annotations}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}})
}

pub async fn create(pods: &Api<Pod>, pod: Value) -> Result<Pod> {
    Ok(pods
        .create(&PostParams::default(), &serde_json::from_value(pod)?)
        .await?)
}

/// Returns the pod that the API server would create, by a dry run.
pub async fn dry_run(pods: &Api<Pod>, pod: Value) -> Result<Pod> {
    Ok(pods
        .create(
            &PostParams {
                dry_run: true,
                ..PostParams::default()
            },
            &serde_json::from_value(pod)?,
        )
        .await?)
}

pub fn annotation<'a>(pod: &'a Pod, key: &str) -> Option<&'a str> {
    pod.metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

pub fn node_selector(pod: &Pod) -> BTreeMap<String, String> {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.node_selector.clone())
        .unwrap_or_default()
}

/// Returns the text of a refusal.
#[track_caller]
pub fn refusal<T>(answer: Result<T>) -> String {
    match answer {
        Ok(_) => panic!("it was not refused"),
        Err(error) => format!("{error:#}"),
    }
}

/// Asserts that the guard accepts the annotations, and would check the mark next. Admission and guard have
/// the same rule, so that neither refuses what the other accepts.
#[track_caller]
pub fn assert_guard_agrees(annotations: &BTreeMap<String, String>, admitted: bool) {
    let request = Validation {
        pod: Some(BriefPod {
            annotations: annotations.clone(),
            ..BriefPod::default()
        }),
        plugins: vec![PluginInstance {
            name: "default-validator".into(),
            index: "00".into(),
        }],
        ..Validation::default()
    };
    let refusal = judge(&request).expect_err("the request has no container");
    assert_eq!(
        matches!(refusal, Refusal::Incomplete { what: "container" }),
        admitted,
        "{refusal}: {annotations:?}"
    );
}

pub fn annotations(pod: &Pod) -> BTreeMap<String, String> {
    pod.metadata.annotations.clone().unwrap_or_default()
}

/// Returns the annotations of a manifest.
pub fn annotations_of(pod: &Value) -> Result<BTreeMap<String, String>> {
    serde_json::from_value(pod["metadata"]["annotations"].clone()).context("annotations")
}
