//! Who may read what: contexts, permissions, consent, and an API server that does not answer.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use podweave_cluster::{Credentials, shared};
use serde_json::{Value, json};

use crate::fixture::{MARKER, PATIENCE, Place, pod, share};

#[tokio::test]
async fn a_context_is_chosen_by_its_name_and_has_the_namespace() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let namespace = cluster.create_namespace("context").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello")])
        .await?;
    place.write("pod.yaml", &pod("app"))?;
    let mut kubeconfig: Value =
        serde_json::from_str(&fs::read_to_string(cluster.kubeconfig(Credentials::Admin)?)?)?;
    let current = kubeconfig["current-context"]
        .as_str()
        .context("a context")?
        .to_owned();
    let contexts = kubeconfig["contexts"].as_array_mut().context("contexts")?;
    let mut other = contexts
        .iter()
        .find(|context| context["name"] == current)
        .context("it is there")?
        .clone();
    other["name"] = json!("of-the-shop");
    other["context"]["namespace"] = json!(namespace);
    contexts.push(other);
    kubeconfig["current-context"] = json!(null);
    place.write("kubeconfig", &kubeconfig)?;
    let kubeconfig = place.path("kubeconfig");
    let render = async |context: &[&str]| {
        let arguments = [&["render", "--from-cluster", "pod.yaml", "-o", "env"], context].concat();
        place.run(Some(&kubeconfig), &arguments).await
    };
    assert_eq!(
        render(&["--context", "of-the-shop"]).await?.silent(),
        "GREETING='hello web'\nZONE=nowhere\n"
    );
    let error = render(&["--context", "of-the-shp"]).await?.refused(2);
    assert!(
        error.contains("no context \"of-the-shp\" (did you mean \"of-the-shop\"?)"),
        "{error}"
    );
    let error = render(&[]).await?.refused(2);
    assert!(
        error.contains("no current-context; choose one with --context") && error.contains("\"of-the-shop\""),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn a_refusal_of_rbac_names_the_user_and_the_permission() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    if cluster.skips("a_refusal_of_rbac_names_the_user_and_the_permission") {
        return Ok(());
    }
    let namespace = cluster.create_namespace("rbac").await?;
    let namespace = namespace.name();
    cluster
        .put_config_map(namespace, "app", [("word", "hello"), ("secret", MARKER)])
        .await?;
    cluster.service_account(namespace, "reader").await?;
    let token = cluster
        .token(namespace, "reader", Duration::from_secs(600))
        .await?;
    let kubeconfig = cluster.kubeconfig(Credentials::Token(&token))?;
    let mut bound = pod("app");
    bound["spec"]["nodeName"] = json!("n1");
    bound["spec"]["containers"][0]["env"] =
        json!([{ "name": "A", "valueFrom": { "configMapKeyRef": { "name": "other", "key": "a" } } }]);
    place.write("pod.yaml", &bound)?;
    let render = async |argument| {
        place
            .run(
                Some(&kubeconfig),
                &["render", "--from-cluster", "-n", namespace, argument, "-o", "env"],
            )
            .await
    };
    let error = render("pod.yaml").await?.refused(1);
    assert!(
        error.contains(&format!(
            "error: cannot read ConfigMap {namespace}/app: the API server refuses (403)"
        )),
        "{error}"
    );
    assert!(
        error.contains(&format!(
            "User \"system:serviceaccount:{namespace}:reader\" cannot get resource \"configmaps\""
        )),
        "{error}"
    );
    assert!(error.contains("bind a Role with get"), "{error}");
    let error = render("pod/web").await?.refused(1);
    assert!(
        error.contains(&format!(
            "error: cannot read pod {namespace}/web: the API server refuses (403)"
        )) && error.contains("this needs get on pods"),
        "{error}"
    );

    cluster
        .allow(namespace, "reader", &["get"], &["configmaps"])
        .await?;
    let allowed = async {
        loop {
            let run = render("pod.yaml").await?;
            if run.code == Some(0) {
                return Ok::<_, anyhow::Error>(run);
            }
        }
    };
    let run = tokio::time::timeout(PATIENCE, allowed)
        .await
        .context("RBAC does not notice")??;
    assert!(
        run.stderr.contains("is bound: the API server refuses (403)")
            && run.stderr.contains("--set node-label/KEY=VALUE"),
        "{run:?}"
    );
    assert_eq!(run.good(), "GREETING='hello web'\nZONE=nowhere\n");
    Ok(())
}

#[tokio::test]
async fn another_namespaces_config_map_needs_its_owners_consent() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    let (owner, namespace) = (
        cluster.create_namespace("owner").await?,
        cluster.create_namespace("guest").await?,
    );
    let (owner, namespace) = (owner.name(), namespace.name());
    cluster
        .put_config_map(owner, "app", [("word", "hello"), ("secret", MARKER)])
        .await?;
    place.write("pod.yaml", &pod(&format!("{owner}/app")))?;
    let refused = place
        .render(cluster, &["-n", namespace, "pod.yaml", "--record", "case"])
        .await?;
    let error = refused.refused(1);
    assert!(
        error.contains(&format!(
            "or its owner has not shared it with namespace {namespace} (podweave.dev/share-with)"
        )),
        "{error}"
    );
    // A ConfigMap that is not shared is not recorded either.
    assert!(!place.path("case/configmaps.yaml").exists() && place.path("case/expected-error.txt").exists());
    assert_eq!(
        place.run(None, &["test", "case"]).await?.silent(),
        "1 passed, 0 failed\n"
    );

    share(cluster, owner, "app", namespace).await?;
    let run = place
        .render(
            cluster,
            &["-n", namespace, "pod.yaml", "-o", "env", "--record", "shared"],
        )
        .await?;
    assert_eq!(run.good(), "GREETING='hello web'\nZONE=nowhere\n");
    assert_eq!(
        place.run(None, &["test", "shared"]).await?.silent(),
        "1 passed, 0 failed\n"
    );
    Ok(())
}

#[tokio::test]
async fn an_unreachable_api_server_is_one_quick_error() -> Result<()> {
    let (cluster, place) = (shared().await?, Place::new()?);
    // A port on which nothing listens.
    let kubeconfig = cluster.kubeconfig_at("https://127.0.0.1:1", Credentials::Admin)?;
    place.write("pod.yaml", &pod("app, settings"))?;
    let began = std::time::Instant::now();
    let error = place
        .run(Some(&kubeconfig), &["render", "--from-cluster", "pod.yaml"])
        .await?
        .refused(1);
    assert_eq!(
        error,
        "error: cannot read ConfigMaps default/app, default/settings: no connection to the API server at 127.0.0.1:1: Connection refused (os error 111)\n"
    );
    let error = place
        .run(Some(&kubeconfig), &["render", "--from-cluster", "pod/web"])
        .await?
        .refused(1);
    assert_eq!(
        error,
        "error: cannot read pod default/web: no connection to the API server at 127.0.0.1:1: Connection refused (os error 111)\n"
    );
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    Ok(())
}
