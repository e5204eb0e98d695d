//! Builds kubeconfigs, by which this crate describes how to reach a cluster, and as which user.

use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use serde_json::json;

use crate::certificates::Certificate;

/// The identity with which to connect.
#[derive(Debug, Clone, Copy)]
pub enum Credentials<'a> {
    /// The cluster's administrator.
    Admin,
    /// The owner of this token.
    Token(&'a str),
    /// The owner of the token in this file, which clients read again while they run.
    TokenFile(&'a Path),
}

/// Builds the kubeconfig for a client certificate of a new cluster.
pub(crate) fn of_certificate(server: &str, authority: &str, certificate: &Certificate) -> Result<Kubeconfig> {
    let name = "podweave-e2e";
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": name, "cluster": {
            "server": server,
            "certificate-authority-data": STANDARD.encode(authority),
        } }],
        "users": [{ "name": name, "user": {
            "client-certificate-data": STANDARD.encode(&certificate.certificate),
            "client-key-data": STANDARD.encode(&certificate.key),
        } }],
        "contexts": [{ "name": name, "context": { "cluster": name, "user": name } }],
        "current-context": name,
    });
    serde_json::from_value(kubeconfig).context("the kubeconfig is not valid")
}

/// Returns the same cluster with another identity or another address (a [`crate::Proxy`]'s).
pub(crate) fn changed(
    mut kubeconfig: Kubeconfig,
    server: Option<&str>,
    credentials: Credentials<'_>,
) -> Result<Kubeconfig> {
    let current = kubeconfig
        .current_context
        .clone()
        .context("the kubeconfig has no current-context")?;
    let context = kubeconfig
        .contexts
        .iter()
        .find(|context| context.name == current)
        .and_then(|context| context.context.clone());
    let context = context.with_context(|| format!("the kubeconfig has no context {current}"))?;
    if let Some(server) = server {
        let cluster = kubeconfig
            .clusters
            .iter_mut()
            .find(|cluster| cluster.name == context.cluster)
            .and_then(|cluster| cluster.cluster.as_mut());
        let cluster =
            cluster.with_context(|| format!("the kubeconfig has no cluster {}", context.cluster))?;
        let original = cluster
            .server
            .replace(server.to_owned())
            .context("the kubeconfig's cluster has no server")?;
        // The certificate is the API server's, at any address.
        let host = original
            .parse::<http::Uri>()
            .ok()
            .and_then(|uri| uri.host().map(|host| host.trim_matches(['[', ']']).to_owned()));
        cluster.tls_server_name = cluster.tls_server_name.take().or(host);
    }
    let credentials = match credentials {
        Credentials::Admin => return Ok(kubeconfig),
        Credentials::Token(token) => AuthInfo {
            token: Some(token.to_owned().into()),
            ..AuthInfo::default()
        },
        Credentials::TokenFile(path) => {
            let path = path
                .to_str()
                .with_context(|| format!("{} is not UTF-8", path.display()))?;
            AuthInfo {
                token_file: Some(path.to_owned()),
                ..AuthInfo::default()
            }
        }
    };
    let user = kubeconfig
        .auth_infos
        .iter_mut()
        .find(|user| Some(&user.name) == context.user.as_ref());
    user.context("the kubeconfig has no user for its current-context")?
        .auth_info = Some(credentials);
    Ok(kubeconfig)
}

/// Converts it to the configuration of kube-rs.
pub(crate) async fn config(kubeconfig: Kubeconfig) -> Result<kube::Config> {
    kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .context("kube-rs does not accept the kubeconfig")
}

/// Creates a client of the administrator.
pub(crate) async fn client(kubeconfig: &Kubeconfig) -> Result<kube::Client> {
    kube::Client::try_from(config(kubeconfig.clone()).await?).context("cannot create a client")
}
