//! etcd: how it is started, and the three things that are asked of it, in JSON over its gRPC gateway.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) fn arguments(directory: &Path, port: u16, peer_port: u16) -> Vec<String> {
    let (clients, peers) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peer_port}"));
    vec![
        format!("--data-dir={}", directory.join("etcd").display()),
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // What is lost when the machine loses power is a test's data. A killed etcd loses nothing.
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

/// The revision of the latest change.
pub(crate) async fn revision(port: u16) -> Result<i64> {
    let status = request(port, "POST", "/v3/maintenance/status", "{}").await?;
    // 64-bit numbers are strings in the gateway's JSON.
    status["header"]["revision"].as_str().and_then(|revision| revision.parse().ok()).with_context(|| format!("etcd tells no revision: {status}"))
}

/// Forgets all revisions before this one; when this returns, they are gone.
pub(crate) async fn compact(port: u16, revision: i64) -> Result<()> {
    let compaction = json!({ "revision": revision.to_string(), "physical": true });
    request(port, "POST", "/v3/kv/compaction", &compaction.to_string()).await.map(drop)
}

async fn request(port: u16, method: &str, path: &str, body: &str) -> Result<Value> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.context("no connection to etcd")?;
    // In HTTP/1.0 the answer ends with the connection, and is not chunked.
    let request = format!("{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    connection.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("etcd's answer is no HTTP")?;
    if head.split(' ').nth(1) != Some("200") {
        bail!("etcd answers {path} with {}: {body}", head.lines().next().unwrap_or_default());
    }
    serde_json::from_str(body).with_context(|| format!("etcd's answer is no JSON: {body}"))
}
