//! Runs Docker's credential helpers: programs that keep credentials in a keychain. Only the command line uses
//! them, never the agent.

use std::process::Stdio;
use std::time::Duration;

use podweave_core::oci_reference::OciReference;
use podweave_core::text::printable;
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::credentials::Credentials;
use crate::docker_config::DockerConfig;

/// The limits on a helper's run time and output.
const TIME: Duration = Duration::from_secs(30);
const ANSWER_BYTES: u64 = 64 * 1024;

/// What helpers print if they have no credentials.
const NOT_FOUND: &str = "credentials not found";

/// Why a credential helper failed.
#[derive(Debug, thiserror::Error)]
#[error(
    "the credential helper {program} of docker's configuration: {reason}; log in again, or remove the helper from the configuration"
)]
pub struct HelperError {
    program: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl DockerConfig {
    /// Asks the configured credential helper for the credentials of a reference's registry.
    ///
    /// # Errors
    /// The helper failed. No configured helper, or a helper without credentials, is not an error.
    pub async fn credentials_of_helper(
        &self,
        reference: &OciReference,
    ) -> Result<Option<Credentials>, HelperError> {
        let Some((name, server)) = self.helper(reference) else {
            return Ok(None);
        };
        let program = format!("docker-credential-{name}");
        let failed = |reason: String| HelperError {
            program: printable(&program, 100),
            reason,
        };
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        {
            return Err(failed("invalid program name".to_owned()));
        }
        let (stdout, status) = match tokio::time::timeout(TIME, run(&program, &server)).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Err(_) => return Err(failed(format!("it took longer than {} s", TIME.as_secs()))),
        };
        if !status.success() {
            let said = String::from_utf8_lossy(&stdout);
            return if said.contains(NOT_FOUND) {
                Ok(None)
            } else {
                Err(failed(format!("it failed: {}", printable(&said, 300))))
            };
        }
        let answer: Answer =
            serde_json::from_slice(&stdout).map_err(|_| failed("cannot parse its answer".to_owned()))?;
        Ok(Some(match answer.username.as_str() {
            "<token>" => Credentials::IdentityToken(answer.secret),
            _ => Credentials::Password {
                username: answer.username,
                password: answer.secret,
            },
        }))
    }
}

async fn run(program: &str, server: &str) -> std::io::Result<(Vec<u8>, std::process::ExitStatus)> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // If the helper does not read its input, its exit status says why.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let mut stdout = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        pipe.take(ANSWER_BYTES).read_to_end(&mut stdout).await?;
    }
    Ok((stdout, child.wait().await?))
}
