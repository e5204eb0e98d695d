//! Runs a docker-registry (distribution) on loopback, with its own directory.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::authority::Authority;
use crate::tokens::{ISSUER, SERVICE, Tokens};
use crate::{htpasswd, programs};

/// Starting takes a fraction of a second. This is for busy machines.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs the registry until standard input ends: that happens however the test's process ends.
const JANITOR: &str = r#"exec 3<&0; "$0" "$@" </dev/null & read -r _ <&3; kill -9 $!; wait"#;

/// The transport and authentication of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    /// Plain HTTP, without authentication.
    Plain,
    /// TLS with the tests' own authority, without authentication.
    Tls,
    /// Plain HTTP, for [`crate::USER`] with the password.
    Passwords,
    /// Plain HTTP, with tokens that a token server gives [`crate::USER`] for the password.
    Tokens,
}

/// A running registry. Dropping it stops it and removes its content.
pub struct Registry {
    address: SocketAddr,
    authority: Option<String>,
    janitor: Mutex<Child>,
    // Dropped last: the registry writes into it.
    _directory: TempDir,
}

impl Registry {
    /// Starts a registry on a free port.
    pub fn start(options: Options) -> Result<Self> {
        let program = programs::find("docker-registry")?;
        let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
        let mut configuration = json!({
            "version": 0.1,
            "log": { "level": "info", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": directory.path().join("data") }, "delete": { "enabled": true } },
            "http": { "addr": "127.0.0.1:0" },
        });
        let authority = configure(options, &mut configuration, directory.path())?;
        // JSON is YAML.
        let file = write(directory.path(), "config.yml", &configuration.to_string())?;
        let mut janitor = Command::new("sh")
            .args(["-c", JANITOR])
            .arg(&program)
            .arg("serve")
            .arg(file)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // A process group of its own, so that Ctrl-C does not reach it.
            .process_group(0)
            .spawn()
            .context("cannot run sh, which starts the registry")?;
        let log = janitor
            .stderr
            .take()
            .context("the registry has no standard error")?;
        let mut registry = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            authority,
            janitor: Mutex::new(janitor),
            _directory: directory,
        };
        registry.address = listening(log)?;
        Ok(registry)
    }

    /// Stops the registry; afterwards nothing listens at its address.
    pub fn stop(&self) {
        let mut janitor = self.janitor.lock();
        // The end of its input stops the registry. An error means that it has already ended.
        drop(janitor.stdin.take());
        let _ = janitor.wait();
    }

    /// Host and port, with which references begin.
    #[must_use]
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// A reference to a repository in it; the argument may include a tag or a digest.
    #[must_use]
    pub fn reference(&self, repository: &str) -> String {
        format!("{}/{repository}", self.host())
    }

    /// The certificate (PEM) of its certificate authority, if it uses TLS.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Completes the configuration; returns the authority of its certificate if it uses TLS.
fn configure(options: Options, configuration: &mut Value, directory: &Path) -> Result<Option<String>> {
    match options {
        Options::Plain => {}
        Options::Tls => {
            let authority = Authority::new("podweave's tests")?;
            let server = authority.server()?;
            let (certificate, key) = (
                write(directory, "tls.crt", &server.certificate)?,
                write(directory, "tls.key", &server.key)?,
            );
            configuration["http"]["tls"] = json!({ "certificate": certificate, "key": key });
            return Ok(Some(authority.pem().to_owned()));
        }
        Options::Passwords => {
            let file = write(directory, "htpasswd", &htpasswd::file())?;
            configuration["auth"] = json!({ "htpasswd": { "realm": "plugins", "path": file } });
        }
        Options::Tokens => {
            let tokens = Tokens::start()?;
            let roots = write(directory, "tokens.crt", &tokens.certificate)?;
            configuration["auth"] = json!({ "token": { "realm": tokens.realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": roots } });
        }
    }
    Ok(None)
}

fn write(directory: &Path, name: &str, content: &str) -> Result<String> {
    let path = directory.join(name);
    std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    path.into_os_string()
        .into_string()
        .ok()
        .context("the temporary directory's name is not UTF-8")
}

/// Waits until the registry logs where it listens. The rest of its log is discarded.
fn listening(log: ChildStderr) -> Result<SocketAddr> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Read on after the receiver is gone, so that the registry does not block on its log.
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let mut lines = Vec::new();
    loop {
        match receiver.recv_timeout(START_TIMEOUT) {
            Ok(line) => {
                if let Some((_, rest)) = line.split_once("listening on ") {
                    let address = rest.split([',', '"', ' ']).next().unwrap_or_default();
                    return address.parse().with_context(|| {
                        format!("cannot parse the address that the registry listens at: {line}")
                    });
                }
                lines.push(line);
            }
            Err(RecvTimeoutError::Disconnected) => {
                bail!("the registry ended; its log:\n{}", lines.join("\n"))
            }
            Err(RecvTimeoutError::Timeout) => bail!(
                "the registry does not listen after {} s; its log:\n{}",
                START_TIMEOUT.as_secs(),
                lines.join("\n")
            ),
        }
    }
}
