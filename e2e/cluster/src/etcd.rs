//! Flags of etcd, and the three requests that it gets, in JSON over its gRPC gateway.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::request;

pub(crate) fn arguments(directory: &Path, port: u16, peer_port: u16) -> Vec<String> {
    let (clients, peers) = (
        format!("http://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{peer_port}"),
    );
    vec![
        format!("--data-dir={}", directory.join("etcd").display()),
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // A power failure may lose a test's data. A killed etcd loses nothing.
        "--unsafe-no-fsync".to_owned(),
    ]
}

pub(crate) async fn is_ready(port: u16) -> Result<()> {
    let health = request(port, "GET", "/health", "").await?;
    if health["health"] != "true" {
        bail!("it is not healthy: {health}");
    }
    Ok(())
}

/// Returns the revision of the latest change.
pub(crate) async fn revision(port: u16) -> Result<i64> {
    let status = request(port, "POST", "/v3/maintenance/status", "{}").await?;
    // 64-bit numbers are strings in the gateway's JSON.
    status["header"]["revision"]
        .as_str()
        .and_then(|revision| revision.parse().ok())
        .with_context(|| format!("etcd reports no revision: {status}"))
}

/// Deletes all revisions before this one; when this returns, they are gone.
pub(crate) async fn compact(port: u16, revision: i64) -> Result<()> {
    let compaction = json!({ "revision": revision.to_string(), "physical": true });
    request(port, "POST", "/v3/kv/compaction", &compaction.to_string())
        .await
        .map(drop)
}

async fn request(port: u16, method: &str, path: &str, body: &str) -> Result<Value> {
    let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .context("cannot connect to etcd")?;
    let answer = request::request(connection, method, path, body)
        .await
        .context("etcd")?;
    if answer.status != 200 {
        bail!("etcd answers {path} with {}: {}", answer.status, answer.body);
    }
    serde_json::from_str(&answer.body).with_context(|| format!("etcd's answer is not JSON: {}", answer.body))
}
