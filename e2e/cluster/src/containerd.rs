//! Configuration, flags and readiness of containerd, and access to its containers.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;

use crate::programs;

/// The image of the container that holds a pod's namespaces. Images of the tests have a registry's name that
/// does not exist.
pub(crate) const PAUSE_IMAGE: &str = "podweave.test/pause:1";

/// The paths of containerd's files.
pub(crate) struct Containerd {
    directory: PathBuf,
    ctr: PathBuf,
}

/// The options of containerd.
pub(crate) struct Options<'a> {
    pub(crate) nri_socket: &'a Path,
    /// Whether `default_validator` is on, as docs/installation.md asks for.
    pub(crate) validator: bool,
    pub(crate) bridge: &'a str,
    pub(crate) pods: &'a str,
}

impl Containerd {
    /// Creates its directory below this one, which must exist.
    pub(crate) fn new(node: &Path) -> Result<Self> {
        let directory = node.join("containerd");
        std::fs::create_dir(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        Ok(Self {
            directory,
            ctr: programs::find("ctr")?,
        })
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("containerd.sock")
    }

    /// Writes its configuration, and returns its flags.
    pub(crate) fn arguments(&self, options: &Options<'_>) -> Result<Vec<String>> {
        let network = self.directory.join("cni");
        std::fs::create_dir(&network)?;
        std::fs::write(
            network.join("10-pods.conflist"),
            self.network(options).to_string(),
        )?;
        let configuration = self.directory.join("config.toml");
        std::fs::write(&configuration, self.configuration(options)?)
            .with_context(|| format!("cannot write {}", configuration.display()))?;
        Ok(vec!["--config".to_owned(), configuration.display().to_string()])
    }

    #[expect(clippy::too_many_lines, reason = "one file as text")]
    fn configuration(&self, options: &Options<'_>) -> Result<String> {
        let path = |name: &str| self.directory.join(name).display().to_string();
        let program = |name: &str| Ok::<_, anyhow::Error>(programs::find(name)?.display().to_string());
        Ok(format!(
            "version = 4
root = '{root}'
state = '{state}'
imports = []
# What would look for devices or for programs that are not here.
disabled_plugins = [
  'io.containerd.image-verifier.v1.bindir', 'io.containerd.internal.v1.tracing', 'io.containerd.monitor.container.v1.restart',
  'io.containerd.snapshotter.v1.blockfile', 'io.containerd.snapshotter.v1.btrfs', 'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.erofs', 'io.containerd.snapshotter.v1.zfs', 'io.containerd.tracing.processor.v1.otlp',
]

[plugins.'io.containerd.server.v1.grpc']
  address = '{socket}'
[plugins.'io.containerd.server.v1.ttrpc']
  address = '{socket}.ttrpc'
[plugins.'io.containerd.internal.v1.opt']
  path = '{opt}'
# What is lost when the machine loses power is a test's.
[plugins.'io.containerd.metadata.v1.bolt']
  no_sync = true

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '{PAUSE_IMAGE}'
[plugins.'io.containerd.cri.v1.runtime']
  # Without CAP_SYS_RESOURCE runc cannot lower it.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  cdi_spec_dirs = []
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
  runtime_path = '{shim}'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = '{runc}'
  Root = '{runc_root}'
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['{programs}']
  conf_dir = '{network}'
  use_internal_loopback = true

[plugins.'io.containerd.nri.v1.nri']
  socket_path = '{nri_socket}'
  plugin_path = '{nri_plugins}'
  plugin_config_path = '{nri_configuration}'
[plugins.'io.containerd.nri.v1.nri'.default_validator]
  enable = {validator}
  required_plugins = []
  tolerate_missing_plugins_annotation = ''
",
            root = path("root"),
            state = path("state"),
            socket = path("containerd.sock"),
            opt = path("opt"),
            shim = program("containerd-shim-runc-v2")?,
            runc = program("runc")?,
            runc_root = path("runc"),
            programs = programs::directory().display(),
            network = path("cni"),
            nri_socket = options.nri_socket.display(),
            nri_plugins = path("nri-plugins"),
            nri_configuration = path("nri-conf.d"),
            validator = options.validator,
        ))
    }

    /// Returns the configuration of a bridge for the pods, whose address is their gateway: only the node and
    /// its pods reach each other.
    fn network(&self, options: &Options<'_>) -> Value {
        serde_json::json!({
            "cniVersion": "1.0.0",
            "name": options.bridge,
            "plugins": [{
                "type": "bridge",
                "bridge": options.bridge,
                "isGateway": true,
                "ipam": {
                    "type": "host-local",
                    "dataDir": self.directory.join("addresses"),
                    "ranges": [[{ "subnet": options.pods }]],
                    "routes": [{ "dst": "0.0.0.0/0" }],
                },
            }],
        })
    }

    pub(crate) async fn is_ready(&self) -> Result<()> {
        self.ctr(&["version"]).await.map(drop)
    }

    /// Imports the images of a tar, for the kubelet to use.
    pub(crate) async fn import(&self, tar: &Path) -> Result<()> {
        let tar = tar
            .to_str()
            .with_context(|| format!("{} is not UTF-8", tar.display()))?;
        self.ctr(&["images", "import", tar])
            .await
            .map(drop)
            .with_context(|| format!("cannot import {tar}"))
    }

    /// Returns the process of a container, as the node sees it.
    pub(crate) fn pid(&self, container: &str) -> Result<u32> {
        let file = self
            .directory
            .join("state/io.containerd.runtime.v2.task/k8s.io")
            .join(container)
            .join("init.pid");
        let pid = std::fs::read_to_string(&file).with_context(|| {
            format!(
                "the container {container} is not running: there is no {}",
                file.display()
            )
        })?;
        pid.trim()
            .parse()
            .with_context(|| format!("{} has no process id", file.display()))
    }

    /// The directory in which the network of each sandbox is mounted.
    pub(crate) fn network_namespaces(&self) -> PathBuf {
        self.directory.join("state/io.containerd.grpc.v1.cri/netns")
    }

    async fn ctr(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.ctr)
            .arg("--address")
            .arg(self.socket())
            .args(["--namespace", "k8s.io"])
            .args(arguments)
            .output();
        let output = output
            .await
            .with_context(|| format!("cannot start {}", self.ctr.display()))?;
        if !output.status.success() {
            bail!(
                "ctr {} ended with {}: {}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
