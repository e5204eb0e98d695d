//! A minimal HTTP client for tests.

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// An answer of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// The lines of the head.
    pub head: String,
    /// The body.
    pub body: String,
}

pub(crate) async fn get(connection: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> Result<Answer> {
    request(connection, "GET", path, "").await
}

/// Sends a request whose body, if it has one, is JSON.
pub(crate) async fn request(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    method: &str,
    path: &str,
    body: &str,
) -> Result<Answer> {
    // In HTTP/1.0 the answer ends with the connection, and is not chunked.
    let request = format!(
        "{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection
        .write_all(request.as_bytes())
        .await
        .context("cannot send the request")?;
    let mut answer = Vec::new();
    connection
        .read_to_end(&mut answer)
        .await
        .context("cannot read the answer")?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is not HTTP")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("the answer has no status")?;
    Ok(Answer {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
