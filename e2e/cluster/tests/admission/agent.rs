//! The permissions of the agent with the token of its pod.

use anyhow::{Context as _, Result};
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{Event, Node, Pod, Secret, ServiceAccount};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Api, Client, ResourceExt as _};
use podweave_cluster::{Cluster, Credentials};
use serde_json::json;

use crate::fixture::*;

/// Creates a client with the token of an agent's pod on a node.
async fn agent_on(cluster: &Cluster, node: &str) -> Result<Client> {
    let mut agent = pod(&format!("agent-on-{node}"), &[]);
    agent["spec"]["nodeName"] = json!(node);
    agent["spec"]["serviceAccountName"] = json!("podweave-agent");
    let agent = create(&pods(cluster, "podweave").await?, agent).await?;
    let bound = json!({"apiVersion": "v1", "kind": "Pod", "name": agent.name_any(), "uid": agent.uid()});
    let request: TokenRequest = serde_json::from_value(
        json!({"metadata": {}, "spec": {"audiences": [], "expirationSeconds": 600, "boundObjectRef": bound}}),
    )?;
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.admin().await?, "podweave");
    let answer = accounts
        .create_token_request("podweave-agent", &PostParams::default(), &request)
        .await?;
    client(
        cluster,
        answer
            .status
            .as_ref()
            .and_then(|status| status.token.as_deref())
            .context("no token")?,
    )
    .await
}

async fn client(cluster: &Cluster, token: &str) -> Result<Client> {
    Ok(Client::try_from(
        cluster.config(Credentials::Token(token)).await?,
    )?)
}

async fn put(pods: &Api<Pod>, name: &str, node: &str, annotations: &[(&str, &str)]) -> Result<()> {
    let mut pod = pod(name, annotations);
    pod["spec"]["nodeName"] = json!(node);
    create(pods, pod).await.map(drop)
}

async fn delete(client: &Client, namespace: &str, name: &str) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    Ok(pods
        .delete(name, &DeleteParams::default().grace_period(0))
        .await
        .map(drop)?)
}

#[tokio::test]
async fn the_agent_deletes_only_opted_in_pods_of_its_own_node() -> Result<()> {
    let Some(cluster) = installed("the_agent_deletes_only_opted_in_pods_of_its_own_node").await? else {
        return Ok(());
    };
    let (namespace, pods) = place(cluster).await?;
    let namespace = namespace.name();
    let agent = agent_on(cluster, "node-a").await?;
    let uses = [(PLUGIN, "handlebars")];
    let in_force = async || {
        // The pod of the last attempt, if RBAC did not know the agent then.
        let _ = pods
            .delete("probe", &DeleteParams::default().grace_period(0))
            .await;
        put(&pods, "probe", "node-a", &[]).await?;
        let message = delete(&agent, namespace, "probe")
            .await
            .map_or_else(|error| format!("{error:#}"), |()| "it was deleted".to_owned());
        anyhow::ensure!(message.contains("only pods that use podweave"), message);
        Ok(())
    };
    until("the policy is in force", in_force).await?;

    put(&pods, "own", "node-a", &uses).await?;
    put(&pods, "others", "node-b", &uses).await?;
    put(&pods, "plain", "node-a", &[]).await?;
    create(&pods, pod("unbound", &uses)).await?;
    for (name, reason) in [
        ("others", "only pods of its own node"),
        ("unbound", "only pods of its own node"),
        ("plain", "only pods that use podweave"),
    ] {
        let message = refusal(delete(&agent, namespace, name).await);
        assert!(message.contains(reason), "{name}: {message}");
    }
    // A token that is not bound to a pod names no node.
    let unbound = client(
        cluster,
        &cluster
            .token("podweave", "podweave-agent", std::time::Duration::from_secs(600))
            .await?,
    )
    .await?;
    let message = refusal(delete(&unbound, namespace, "own").await);
    assert!(message.contains("only pods of its own node"), "{message}");
    delete(&agent, namespace, "own").await?;
    assert!(pods.get_opt("own").await?.is_none());
    // The policy does not restrict other users.
    pods.delete("plain", &DeleteParams::default().grace_period(0))
        .await?;
    Ok(())
}

#[tokio::test]
async fn the_agent_has_only_the_permissions_that_it_needs() -> Result<()> {
    let Some(cluster) = installed("the_agent_has_only_the_permissions_that_it_needs").await? else {
        return Ok(());
    };
    let (namespace, pods) = place(cluster).await?;
    let namespace = namespace.name();
    put(&pods, "seen", "node-c", &[]).await?;
    let agent = agent_on(cluster, "node-c").await?;
    let on_node = ListParams::default().fields("spec.nodeName=node-c");
    let seen = Api::<Pod>::all(agent.clone()).list(&on_node).await?;
    assert!(seen.iter().any(|pod| pod.name_any() == "seen"));
    let event: Event = serde_json::from_value(json!({
        "metadata": {"name": "seen.1", "namespace": namespace},
        "involvedObject": {"kind": "Pod", "namespace": namespace, "name": "seen"},
        "reason": "Rendered",
    }))?;
    Api::namespaced(agent.clone(), namespace)
        .create(&PostParams::default(), &event)
        .await?;
    assert!(
        Api::<Node>::all(agent.clone())
            .get_opt("no-such-node")
            .await?
            .is_none()
    );

    cluster.put_config_map(namespace, "web", [("a", "b")]).await?;
    let refusals = [
        cluster_error(
            Api::<Node>::all(agent.clone())
                .list(&ListParams::default())
                .await
                .map(drop),
        ),
        cluster_error(
            Api::<Secret>::namespaced(agent.clone(), namespace)
                .get("any")
                .await
                .map(drop),
        ),
        cluster_error(
            Api::<k8s_openapi::api::core::v1::ConfigMap>::namespaced(agent.clone(), namespace)
                .get("web")
                .await
                .map(drop),
        ),
        cluster_error(
            Api::<Pod>::namespaced(agent.clone(), namespace)
                .delete_collection(&DeleteParams::default(), &on_node)
                .await
                .map(drop),
        ),
        cluster_error(
            Api::<Pod>::namespaced(agent, namespace)
                .create(&PostParams::default(), &serde_json::from_value(pod("x", &[]))?)
                .await
                .map(drop),
        ),
    ];
    assert_eq!(refusals, [403; 5]);
    Ok(())
}

/// The code of the API server's answer.
fn cluster_error(answer: kube::Result<()>) -> u16 {
    match answer {
        Ok(()) => 200,
        Err(kube::Error::Api(status)) => status.code,
        Err(error) => panic!("{error}"),
    }
}
