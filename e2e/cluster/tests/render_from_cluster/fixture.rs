//! A directory in which the binary runs, and what it renders.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use podweave_cluster::{Cluster, Credentials};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The binary: beside this test, where `make e2e` builds it, or the one that this variable names.
pub const PROGRAM_VARIABLE: &str = "PODWEAVE";

/// A part of values, which must not appear in a message.
pub const MARKER: &str = "hunter2-S3CRET";

/// A timeout that only a failing test reaches: existing clusters may take seconds; a render takes
/// milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A directory to run the binary in.
pub struct Place(pub TempDir);

/// The result of a run.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(PROGRAM_VARIABLE) {
        return Ok(path.into());
    }
    // target/release/deps/render_from_cluster-...
    let own = std::env::current_exe()?;
    let program = own
        .ancestors()
        .nth(2)
        .context("this test is at the root")?
        .join("podweave");
    ensure!(
        program.is_file(),
        "there is no {}: run cargo build --release",
        program.display()
    );
    Ok(program)
}

impl Place {
    /// Creates an empty directory. The plugin is compiled already, because compiling would print a message.
    pub fn new() -> Result<Self> {
        static WARM: OnceLock<Option<i32>> = OnceLock::new();
        let place = Self(tempfile::tempdir()?);
        let mut warm = place.command(&["plugin", "inspect", "handlebars"])?;
        let code = *WARM.get_or_init(|| {
            warm.stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .ok()
                .and_then(|status| status.code())
        });
        ensure!(code.is_some(), "{} does not run", program()?.display());
        Ok(place)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, document: &Value) -> Result<()> {
        // JSON is YAML, too.
        Ok(fs::write(
            self.path(name),
            serde_json::to_string_pretty(document)?,
        )?)
    }

    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(program()?);
        command
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .env_clear();
        // A home directory without other files, so that no kubeconfig of this machine is used.
        command
            .env("HOME", self.0.path())
            .env("PODWEAVE_CACHE_DIR", std::env::temp_dir().join("podweave-cache"));
        Ok(command)
    }

    pub async fn run(&self, kubeconfig: Option<&Path>, arguments: &[&str]) -> Result<Run> {
        let mut command = self.command(arguments)?;
        command.envs(kubeconfig.map(|path| ("KUBECONFIG", OsStr::new(path))));
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = tokio::time::timeout(PATIENCE, output)
            .await
            .context("it does not end")???;
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        };
        ensure!(
            !run.stderr.contains(MARKER),
            "a value in a message: {}",
            run.stderr
        );
        Ok(run)
    }

    /// Runs as the cluster's administrator.
    pub async fn render(&self, cluster: &Cluster, arguments: &[&str]) -> Result<Run> {
        let kubeconfig = cluster.kubeconfig(Credentials::Admin)?;
        self.run(
            Some(&kubeconfig),
            &[&["render", "--from-cluster"], arguments].concat(),
        )
        .await
    }
}

impl Run {
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    #[track_caller]
    pub fn silent(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "{}",
            self.stdout
        );
        self.stdout
    }

    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{}",
            self.stderr
        );
        self.stderr
    }
}

/// A pod `web` that renders a word of a ConfigMap.
pub fn pod(config_maps: &str) -> Value {
    let params = json!({ "env": { "GREETING": "{{config.word}} {{default pod.name 'nobody'}}", "ZONE": "{{default node.labels.zone 'nowhere'}}" } });
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web",
            "labels": { "app": "web" },
            "annotations": { "podweave.dev/plugin": "handlebars", "podweave.dev/config-maps": config_maps, "podweave.dev/params": params.to_string() },
        },
        "spec": { "automountServiceAccountToken": false, "containers": [{ "name": "web", "image": "example.org/web:1", "args": ["serve"] }] },
    })
}

pub async fn create(cluster: &Cluster, namespace: &str, object: Value) -> Result<()> {
    let client = cluster.admin().await?;
    let (api_version, kind) = (
        object["apiVersion"].as_str().context("apiVersion")?,
        object["kind"].as_str().context("kind")?,
    );
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let api: Api<DynamicObject> = match kind {
        "Node" => Api::all_with(client, &resource),
        _ => Api::namespaced_with(client, namespace, &resource),
    };
    api.create(&PostParams::default(), &serde_json::from_value(object)?)
        .await?;
    Ok(())
}

pub async fn share(cluster: &Cluster, namespace: &str, name: &str, with: &str) -> Result<()> {
    let api: Api<core::ConfigMap> = Api::namespaced(cluster.admin().await?, namespace);
    let patch = json!({ "metadata": { "annotations": { "podweave.dev/share-with": with } } });
    api.patch(name, &PatchParams::default(), &Patch::Merge(&patch))
        .await?;
    Ok(())
}
