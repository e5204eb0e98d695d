//! Tests docs/rbac.md: what podweave may read with the documented manifests, and no more.

mod support;

use std::time::Duration;

use anyhow::{Context as _, Result};
use k8s_openapi::api::rbac::v1::{ClusterRole, Role, RoleBinding};
use kube::Api;
use kube::api::{Patch, PatchParams};
use podweave_cluster::{Cluster, Credentials, shared};
use podweave_config_maps::ttl::{NODE_TTL_ANNOTATION, Ttl};
use podweave_config_maps::{GetError, NamespacedName, Strategy, Want};
use serde_json::{Value, json};
use support::*;

/// The agent's namespace and ServiceAccount of the shipped manifest, under a test's own names.
async fn agent(cluster: &Cluster, namespace: &str) -> Result<kube::Config> {
    cluster.service_account(namespace, "podweave-agent").await?;
    let token = cluster
        .token(namespace, "podweave-agent", Duration::from_secs(600))
        .await?;
    cluster.config(Credentials::Token(&token)).await
}

/// Creates the shipped objects for ConfigMaps, the RoleBinding with other namespaces: the ClusterRole is part
/// of the installation, the binding is created for each namespace.
fn shipped(namespace: &str, agent: &str) -> Result<(ClusterRole, RoleBinding)> {
    let installed = podweave_core::yaml::documents(include_str!("../../../deploy/install.yaml"))?;
    let is_the_role = |document: &Value| {
        document["kind"] == "ClusterRole" && document["metadata"]["name"] == "podweave-config-maps"
    };
    let role = installed
        .into_iter()
        .find(is_the_role)
        .context("a ClusterRole podweave-config-maps")?;
    let mut binding: RoleBinding = serde_json::from_value(podweave_core::yaml::document(include_str!(
        "../../../deploy/rbac/config-maps.yaml"
    ))?)?;
    binding.metadata.namespace = Some(namespace.to_owned());
    for subject in binding.subjects.iter_mut().flatten() {
        subject.namespace = Some(agent.to_owned());
    }
    Ok((serde_json::from_value(role)?, binding))
}

fn apply() -> PatchParams {
    PatchParams::apply("podweave-e2e").force()
}

#[tokio::test]
async fn the_shipped_role_binding_allows_only_its_namespace() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("the_shipped_role_binding_allows_only_its_namespace") {
        return Ok(());
    }
    let (own, open, closed) = (
        cluster.create_namespace("agent").await?,
        cluster.create_namespace("open").await?,
        cluster.create_namespace("closed").await?,
    );
    for namespace in [&open, &closed] {
        cluster
            .put_config_map(namespace.name(), "web", [("key", "value")])
            .await?;
    }
    let manager = Manager::new(agent(cluster, own.name()).await?)?;
    let (role, binding) = shipped(open.name(), own.name())?;
    let admin = cluster.admin().await?;
    Api::<ClusterRole>::all(admin.clone())
        .patch("podweave-config-maps", &apply(), &Patch::Apply(&role))
        .await?;
    Api::<RoleBinding>::namespaced(admin, open.name())
        .patch("podweave-config-maps", &apply(), &Patch::Apply(&binding))
        .await?;

    let pod = manager.pod(open.name(), "pod", "web");
    until_value(&pod, open.name(), "web", "value").await?;
    until("it is watched", async || manager.watches() == 1.0).await?;
    cluster
        .put_config_map(open.name(), "web", [("key", "changed")])
        .await?;
    until_value(&pod, open.name(), "web", "changed").await?;
    let absent = manager.pod(open.name(), "other-pod", "absent");
    assert_eq!(value(&absent, open.name(), "absent").await?, None);
    until("what does not exist is watched", async || {
        manager.watches() == 2.0
    })
    .await?;

    let pod = manager.config_maps.register(
        identity(closed.name(), "pod"),
        [NamespacedName::new(closed.name(), "web")],
    );
    let refused = pod.get(closed.name(), "web", patiently()).await.err();
    assert!(matches!(refused, Some(GetError::Refused { .. })), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn a_refusal_names_the_remedy_which_takes_effect_by_itself() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_refusal_names_the_remedy_which_takes_effect_by_itself") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("rbac").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "web", [("key", "value")])
        .await?;
    cluster.service_account(namespace, "agent").await?;
    let token = cluster
        .token(namespace, "agent", Duration::from_secs(600))
        .await?;
    let manager = Manager::new(cluster.config(Credentials::Token(&token)).await?)?;
    let pod = manager.pod(namespace, "pod", "web");
    let refused = pod
        .get(
            namespace,
            "web",
            Want {
                within: Duration::from_secs(20),
                max_age: None,
            },
        )
        .await
        .err();
    let Some(GetError::Refused { .. }) = &refused else {
        panic!("{refused:?}")
    };
    let message = refused.context("it was refused")?.to_string();
    for part in [
        &*format!("ConfigMap {namespace}/web"),
        "refuses (403)",
        "get, list and watch",
        "docs/rbac.md",
    ] {
        assert!(message.contains(part), "{part:?} in {message}");
    }

    cluster
        .allow(namespace, "agent", &["get", "list", "watch"], &["configmaps"])
        .await?;
    until_value(&pod, namespace, "web", "value").await?;
    until("it is watched", async || manager.watches() == 1.0).await?;
    Ok(())
}

#[tokio::test]
async fn a_role_can_be_as_narrow_as_the_config_maps() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_role_can_be_as_narrow_as_the_config_maps") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("narrow").await?;
    let namespace = namespace.name();
    for name in ["named", "unnamed"] {
        cluster
            .put_config_map(namespace, name, [("key", "value")])
            .await?;
    }
    let manager = Manager::new(agent(cluster, namespace).await?)?;
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["named"], "verbs": ["get", "list", "watch"]}]);
    let role: Role = serde_json::from_value(json!({"metadata": {"name": "narrow"}, "rules": rules}))?;
    let (_, mut binding) = shipped(namespace, namespace)?;
    binding.role_ref.kind = "Role".into();
    binding.role_ref.name = "narrow".into();
    let admin = cluster.admin().await?;
    Api::<Role>::namespaced(admin.clone(), namespace)
        .patch("narrow", &apply(), &Patch::Apply(&role))
        .await?;
    Api::<RoleBinding>::namespaced(admin, namespace)
        .patch("podweave-config-maps", &apply(), &Patch::Apply(&binding))
        .await?;

    let pod = manager.pod(namespace, "pod", "named");
    until_value(&pod, namespace, "named", "value").await?;
    cluster
        .put_config_map(namespace, "named", [("key", "changed")])
        .await?;
    until_value(&pod, namespace, "named", "changed").await?;
    until("it is watched", async || manager.watches() == 1.0).await?;
    let unnamed = manager.pod(namespace, "other-pod", "unnamed");
    assert!(matches!(
        unnamed.get(namespace, "unnamed", patiently()).await.err(),
        Some(GetError::Refused { .. })
    ));
    Ok(())
}

#[tokio::test]
async fn without_list_and_watch_old_reads_are_served_with_their_age() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("without_list_and_watch_old_reads_are_served_with_their_age") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("verbs").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "web", [("key", "value")])
        .await?;
    let manager = Manager::new(agent(cluster, namespace).await?)?;
    cluster
        .allow(namespace, "podweave-agent", &["get"], &["configmaps"])
        .await?;
    let pod = manager.pod(namespace, "pod", "web");
    until_value(&pod, namespace, "web", "value").await?;
    let has_aged = async || {
        let answer = pod.get(namespace, "web", patiently()).await;
        answer.is_ok_and(|answer| {
            !answer.age().is_zero()
                && answer
                    .failure()
                    .is_some_and(|failure| failure.message.contains("cannot watch"))
        })
    };
    until("the watch is refused", has_aged).await?;

    cluster
        .allow(namespace, "podweave-agent", &["get", "watch"], &["configmaps"])
        .await?;
    let absent = manager.pod(namespace, "other-pod", "absent");
    assert_eq!(value(&absent, namespace, "absent").await?, None);
    until("both are watched", async || manager.watches() == 2.0).await?;
    Ok(())
}

#[tokio::test]
async fn the_ttl_is_that_of_the_nodes_annotation() -> Result<()> {
    let cluster = shared().await?;
    let nodes: Api<k8s_openapi::api::core::v1::Node> = Api::all(cluster.admin().await?);
    let name = format!("podweave-e2e-{}", std::process::id());
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": &name, "annotations": {NODE_TTL_ANNOTATION: "15"}}});
    nodes.patch(&name, &apply(), &Patch::Apply(&node)).await?;
    let ttl = Ttl::default();
    let manager = Manager::with(
        cluster.admin_config().await?,
        podweave_config_maps::Options {
            strategy: Strategy::Cache(ttl.clone()),
            strict: false,
        },
    )?;
    let kept = tokio::spawn({
        let (api_server, name, ttl) = (manager.api_server.clone(), name.clone(), ttl.clone());
        async move { api_server.keep_ttl_of_node(&name, &ttl).await }
    });
    until("the annotation is read", async || {
        ttl.get() == Duration::from_secs(15)
    })
    .await?;
    kept.abort();
    nodes.delete(&name, &Default::default()).await?;
    Ok(())
}
