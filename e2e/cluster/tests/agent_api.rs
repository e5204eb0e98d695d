//! The agent's requests to the API server apart from ConfigMaps, with the shipped permissions: Events, and
//! the checks of doctor.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::{Container, Event, Node, Pod, PodSpec};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, RoleRef, Subject};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use podweave_agent::doctor::{Diagnosis, Identity, Options, Verdict, diagnose};
use podweave_agent::for_tests::events::{Events, Reason};
use podweave_cluster::{Cluster, Credentials, shared};
use podweave_config_maps::PodIdentity;
use prometheus_client::registry::Registry;
use serde_json::Value;

/// A timeout that only a failing test reaches, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}

/// Creates a client like the agent's, without any permission.
async fn stranger(cluster: &Cluster, namespace: &str) -> Result<kube::Client> {
    cluster.service_account(namespace, "podweave-agent").await?;
    let token = cluster
        .token(namespace, "podweave-agent", Duration::from_secs(600))
        .await?;
    Ok(kube::Client::try_from(
        cluster.config(Credentials::Token(&token)).await?,
    )?)
}

/// Gives it the shipped permissions.
async fn allow(cluster: &Cluster, namespace: &str) -> Result<()> {
    let installed = podweave_core::yaml::documents(include_str!("../../../deploy/install.yaml"))?;
    let is_the_role = |document: &Value| {
        document["kind"] == "ClusterRole" && document["metadata"]["name"] == "podweave-agent"
    };
    let mut role: ClusterRole = serde_json::from_value(
        installed
            .into_iter()
            .find(is_the_role)
            .context("a ClusterRole podweave-agent")?,
    )?;
    let name = format!("podweave-agent-{namespace}");
    role.metadata = named(&name);
    let binding = ClusterRoleBinding {
        metadata: named(&name),
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name: name.clone(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name: "podweave-agent".to_owned(),
            namespace: Some(namespace.to_owned()),
            ..Subject::default()
        }]),
    };
    let (admin, apply) = (cluster.admin().await?, PatchParams::apply("podweave-e2e").force());
    Api::<ClusterRole>::all(admin.clone())
        .patch(&name, &apply, &Patch::Apply(&role))
        .await?;
    Api::<ClusterRoleBinding>::all(admin)
        .patch(&name, &apply, &Patch::Apply(&binding))
        .await?;
    Ok(())
}

fn pod(namespace: &str, name: &str) -> PodIdentity {
    PodIdentity {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: format!("uid-of-{name}"),
    }
}

async fn events(cluster: &Cluster, namespace: &str) -> Result<Vec<Event>> {
    Ok(Api::namespaced(cluster.admin().await?, namespace)
        .list(&ListParams::default())
        .await?
        .items)
}

fn figures(events: &Events) -> String {
    let mut registry = Registry::default();
    events.register_metrics(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).expect("a String takes everything");
    text
}

#[tokio::test]
async fn a_real_api_server_accepts_an_event_and_its_count() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_real_api_server_accepts_an_event_and_its_count") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("events").await?;
    let namespace = namespace.name();
    let client = stranger(cluster, namespace).await?;
    allow(cluster, namespace).await?;
    let told = Events::start(client, "node-1".to_owned());
    for _ in 0..3 {
        // RBAC takes a moment to notice: a refused Event is sent again with the next occurrence.
        told.publish(
            pod(namespace, "web"),
            "web",
            Reason::RenderFailed,
            "ConfigMap shop/settings has no key \"port\"",
        );
        told.flush(PATIENCE).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    for _ in 0..2 {
        told.publish(
            pod(namespace, &"long.".repeat(50)),
            "web",
            Reason::Rendered,
            &"ü".repeat(5000),
        );
        told.flush(PATIENCE).await;
    }
    let found = events(cluster, namespace).await?;
    let failed = found
        .iter()
        .find(|event| event.reason.as_deref() == Some("RenderFailed"))
        .context("an Event RenderFailed")?;
    assert_eq!(failed.involved_object.name.as_deref(), Some("web"));
    assert_eq!(
        failed.message.as_deref(),
        Some("container web: ConfigMap shop/settings has no key \"port\"")
    );
    assert!(failed.count >= Some(2), "{:?}", failed.count);
    assert!(failed.last_timestamp >= failed.first_timestamp);
    let rendered = found
        .iter()
        .find(|event| event.reason.as_deref() == Some("Rendered"))
        .context("an Event Rendered")?;
    assert_eq!(
        (found.len(), rendered.count, rendered.type_.as_deref()),
        (2, Some(2), Some("Normal"))
    );
    Ok(())
}

#[tokio::test]
async fn refused_events_are_given_up_and_counted() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("refused_events_are_given_up_and_counted") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("events").await?;
    let told = Events::start(stranger(cluster, namespace.name()).await?, "node-1".to_owned());
    told.publish(pod(namespace.name(), "web"), "web", Reason::Rendered, "x");
    told.flush(PATIENCE).await;
    assert!(
        figures(&told).contains("podweave_events_requests_total{outcome=\"refused\"} 1"),
        "{}",
        figures(&told)
    );
    assert!(events(cluster, namespace.name()).await?.is_empty());
    Ok(())
}

async fn diagnosis(client: &kube::Client, node: &str) -> Result<Diagnosis> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("agent.yaml");
    let at = |name: &str| directory.path().join(name).display().to_string();
    let text = format!(
        "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\nnodeName: {node}\nstatusSocket: {}\ndirectories: {{volumes: {}, records: {}, code: {}}}\n",
        at("agent.sock"),
        at("volumes"),
        at("records"),
        at("code")
    );
    fs::write(&path, text)?;
    Ok(diagnose(
        &Options {
            configuration: Some(path),
            socket: None,
        },
        Ok((client.clone(), Identity::Agent)),
    )
    .await)
}

fn found(diagnosis: &Diagnosis, check: &str) -> (Verdict, String) {
    let finding = diagnosis.findings.iter().find(|finding| finding.check == check);
    finding.map_or((Verdict::Problem, format!("no check {check}")), |finding| {
        (finding.verdict, finding.message.clone())
    })
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn doctor_checks_permissions_label_clock_and_pods() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("doctor_checks_permissions_label_clock_and_pods") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("doctor").await?;
    let namespace = namespace.name();
    let (admin, client) = (cluster.admin().await?, stranger(cluster, namespace).await?);
    let nodes: Api<Node> = Api::all(admin.clone());
    nodes
        .create(
            &PostParams::default(),
            &Node {
                metadata: named(namespace),
                ..Node::default()
            },
        )
        .await?;
    let pods: Api<Pod> = Api::namespaced(admin, namespace);
    for (name, annotation) in [("old", "podweave.dev/plugin"), ("plain", "example.org/plugin")] {
        let metadata = ObjectMeta {
            annotations: Some(BTreeMap::from([(annotation.to_owned(), "handlebars".to_owned())])),
            ..named(name)
        };
        let container = Container {
            name: "web".to_owned(),
            image: Some("example.org/web:1".to_owned()),
            ..Container::default()
        };
        let spec = PodSpec {
            node_name: Some(namespace.to_owned()),
            containers: vec![container],
            ..PodSpec::default()
        };
        pods.create(
            &PostParams::default(),
            &Pod {
                metadata,
                spec: Some(spec),
                ..Pod::default()
            },
        )
        .await?;
    }

    let before = diagnosis(&client, namespace).await?;
    assert_eq!(found(&before, "api-server").0, Verdict::Ok, "{before:?}");
    assert_eq!(found(&before, "clock").0, Verdict::Ok, "{before:?}");
    let (verdict, message) = found(&before, "permissions");
    assert_eq!(verdict, Verdict::Problem);
    assert!(
        message
            .contains("get pods, list pods, watch pods, delete pods, get nodes, create events, patch events"),
        "{message}"
    );
    assert!(
        found(&before, "node-label")
            .1
            .contains("cannot read the labels of node"),
        "{before:?}"
    );

    allow(cluster, namespace).await?;
    let label = serde_json::json!({ "metadata": { "labels": { "podweave.dev/node": "ready" } } });
    nodes
        .patch(namespace, &PatchParams::default(), &Patch::Merge(&label))
        .await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let after = loop {
        let after = diagnosis(&client, namespace).await?;
        // RBAC takes a moment to notice.
        if found(&after, "permissions").0 == Verdict::Ok || tokio::time::Instant::now() > deadline {
            break after;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(
        (found(&after, "permissions").0, found(&after, "node-label").0),
        (Verdict::Ok, Verdict::Ok),
        "{after:?}"
    );
    let (verdict, message) = found(&after, "older-pods");
    assert_eq!(verdict, Verdict::Warning);
    assert!(
        message.starts_with(&format!("{namespace}/old lack the annotation")),
        "{message}"
    );
    Ok(())
}
