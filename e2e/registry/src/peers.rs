//! Runs oras, wkg, cosign and podweave as users do, in a directory that is their home.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;

use crate::{Registry, USER, programs};

/// A directory in which programs run. It is also their home, so the configuration of the user who runs the
/// tests has no effect.
pub struct Peers {
    directory: TempDir,
}

/// The result of a program.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: Option<i32>,
    /// The standard output.
    pub stdout: String,
    /// The standard error.
    pub stderr: String,
}

impl Run {
    /// Returns the standard output if the program succeeded.
    pub fn succeeded(self) -> Result<String> {
        ensure!(
            self.code == Some(0),
            "it ended with {:?}\n{}{}",
            self.code,
            self.stdout,
            self.stderr
        );
        Ok(self.stdout)
    }

    /// Returns the standard error if the program failed.
    pub fn failed(self) -> Result<String> {
        ensure!(
            self.code.is_some_and(|code| code != 0),
            "it did not fail\n{}{}",
            self.stdout,
            self.stderr
        );
        Ok(self.stderr)
    }
}

impl Peers {
    /// Creates an empty directory.
    pub fn new() -> Result<Self> {
        Ok(Self {
            directory: tempfile::tempdir().context("cannot create a temporary directory")?,
        })
    }

    /// A path in the directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap_or(self.directory.path()))?;
        std::fs::write(&path, content).with_context(|| format!("cannot write {name}"))?;
        Ok(path)
    }

    /// Reads a file that a program has written.
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        std::fs::read(self.path(name)).with_context(|| format!("there is no {name}"))
    }

    /// Stores the user's name and password for a registry, as `docker login` does.
    pub fn log_in(&self, registry: &Registry) -> Result<PathBuf> {
        let login = STANDARD.encode(format!("{}:{}", USER.0, USER.1));
        self.write(
            ".docker/config.json",
            json!({ "auths": { registry.host(): { "auth": login } } }).to_string(),
        )
    }

    /// Runs `oras`.
    pub fn oras(&self, arguments: &[&str]) -> Result<Run> {
        self.run(&programs::find("oras")?, arguments)
    }

    /// Runs `wkg`.
    pub fn wkg(&self, arguments: &[&str]) -> Result<Run> {
        self.run(&programs::find("wkg")?, arguments)
    }

    /// Runs `cosign`.
    pub fn cosign(&self, arguments: &[&str]) -> Result<Run> {
        self.run(&programs::find("cosign")?, arguments)
    }

    /// Runs `podweave`.
    pub fn podweave(&self, arguments: &[&str]) -> Result<Run> {
        self.run(&programs::podweave()?, arguments)
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Run> {
        let home = self.directory.path();
        let output = Command::new(program)
            .args(arguments)
            .current_dir(home)
            .env_clear()
            .env("HOME", home)
            .env("DOCKER_CONFIG", home.join(".docker"))
            // For programs without an option for a certificate authority. The file exists if a test needs it.
            .envs(
                self.path("authority.pem")
                    .is_file()
                    .then(|| ("SSL_CERT_FILE", self.path("authority.pem"))),
            )
            // An empty password, so that cosign does not prompt for one.
            .env("COSIGN_PASSWORD", "")
            .output()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Run {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        })
    }
}
