//! Pods whose files follow, and their files as their containers see them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use podweave_cluster::RunningPod;
use serde_json::{Value, json};

use super::fixture::until;

/// The annotation that the guard requires of a pod; the admission policy adds it where it is installed.
const REQUIRED: (&str, &str) = ("required-plugins.noderesource.dev/pod", r#"["podweave-guard"]"#);

/// The name of a pod's container.
pub const CONTAINER: &str = "web";

/// Where a container has its rendered files, and where a ConfigMap as the kubelet mounts it.
pub const RENDERED: &str = "etc/podweave";
pub const MOUNTED: &str = "kubelet";

/// One file, which has the key `generation` of the ConfigMap.
pub const GENERATION: &str = r#"files: {generation: "{{config.generation}}"}"#;

/// A variable and a file, which have the key `generation` of the ConfigMap.
pub const BOTH: &str =
    r#"{env: {GENERATION: "{{config.generation}}"}, files: {generation: "{{config.generation}}"}}"#;

/// A pod to be.
#[derive(Debug, Clone)]
pub struct Template {
    name: String,
    annotations: serde_json::Map<String, Value>,
    script: String,
    containers: Vec<String>,
    mounted: Option<String>,
}

impl Template {
    /// A pod with one container, which waits, and for which the plugin renders [`GENERATION`] from the
    /// ConfigMap `web`.
    pub fn new(name: &str) -> Self {
        let template = Self {
            name: name.to_owned(),
            annotations: serde_json::Map::new(),
            script: "sleep 100000".to_owned(),
            containers: vec![CONTAINER.to_owned()],
            mounted: None,
        };
        template
            .with("podweave.dev/plugin", "handlebars")
            .with("podweave.dev/config-maps", "web")
            .with("podweave.dev/params", GENERATION)
            .with(REQUIRED.0, REQUIRED.1)
    }

    /// Sets the pod's name.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Sets an annotation.
    pub fn with(mut self, annotation: &str, value: &str) -> Self {
        self.annotations.insert(annotation.to_owned(), value.into());
        self
    }

    /// Sets what is rendered.
    pub fn params(self, params: &str) -> Self {
        self.with("podweave.dev/params", params)
    }

    /// Sets the ConfigMaps that it is rendered from.
    pub fn config_maps(self, config_maps: &str) -> Self {
        self.with("podweave.dev/config-maps", config_maps)
    }

    /// Mounts a ConfigMap as the kubelet does, too.
    pub fn mounting(mut self, config_map: &str) -> Self {
        self.mounted = Some(config_map.to_owned());
        self
    }

    /// Runs this in the containers.
    pub fn script(mut self, script: &str) -> Self {
        script.clone_into(&mut self.script);
        self
    }

    /// Adds a container that is like the first one.
    pub fn and_container(mut self, name: &str) -> Self {
        self.containers.push(name.to_owned());
        self
    }

    /// Returns the manifest.
    pub fn manifest(self) -> Value {
        let mut spec = json!({
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
        });
        let mut mounts = Vec::new();
        if let Some(config_map) = &self.mounted {
            spec["volumes"] = json!([{ "name": "mounted", "configMap": { "name": config_map } }]);
            mounts.push(json!({ "name": "mounted", "mountPath": format!("/{MOUNTED}") }));
        }
        let containers = self.containers.iter().map(|name| {
            json!({
                "name": name,
                "image": "podweave.test/busybox:1",
                "command": ["sh", "-c", format!("{}; :", self.script)],
                "volumeMounts": mounts,
            })
        });
        spec["containers"] = containers.collect();
        json!({ "metadata": { "name": self.name, "annotations": self.annotations }, "spec": spec })
    }
}

/// The file system of a running container, seen from the node.
#[derive(Debug, Clone)]
pub struct Inside(PathBuf);

impl Inside {
    /// Looks into the container that runs now.
    pub async fn of(pod: &RunningPod<'_>) -> Result<Self> {
        Self::of_container(pod, CONTAINER).await
    }

    pub async fn of_container(pod: &RunningPod<'_>, container: &str) -> Result<Self> {
        Ok(Self(PathBuf::from(format!(
            "/proc/{}/root",
            pod.pid(container).await?
        ))))
    }

    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.join(path)
    }

    /// Reads a rendered file.
    pub fn read(&self, file: &str) -> Result<String> {
        let path = self.path(RENDERED).join(file);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Waits until a rendered file is so.
    pub async fn until(&self, file: &str, expected: &str) -> Result<()> {
        let what = format!("{file} in {} is {expected:?}", self.0.display());
        let is_so = async || Ok(self.read(file)? == expected);
        until(&what, is_so)
            .await
            .with_context(|| format!("it is {:?}", self.read(file)))
    }

    /// Waits until the file `generation` is of this generation.
    pub async fn until_generation(&self, generation: usize) -> Result<()> {
        self.until("generation", &generation.to_string()).await
    }
}

/// Kills the process of a pod's container, and waits until the kubelet has started it again.
pub async fn restart(pod: &RunningPod<'_>) -> Result<Inside> {
    let before = pod.restarts(CONTAINER).await?;
    kill(pod.pid(CONTAINER).await?)?;
    pod.until("it was restarted", |pod| {
        let statuses = pod.status.iter();
        let mut statuses = statuses.flat_map(|status| status.container_statuses.iter().flatten());
        statuses.any(|status| status.name == CONTAINER && status.restart_count > before && status.ready)
    })
    .await?;
    Inside::of(pod).await
}

/// Sends SIGKILL.
pub fn kill(pid: u32) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.context("no process has this number")?;
    kill_process(pid, Signal::KILL).context("cannot send the signal")
}
