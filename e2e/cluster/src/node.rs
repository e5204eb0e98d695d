//! A node: containerd and a kubelet, in the network of the cluster.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1 as core;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use rustix::process::Signal;
use serde_json::json;

use crate::claim::Claim;
use crate::cluster::Cluster;
use crate::containerd::{self, Containerd};
use crate::control_group::ControlGroup;
use crate::directory::Directory;
use crate::image::Image;
use crate::kubelet::{self, Kubelet};
use crate::network::{self, NodeNetwork};
use crate::server::{Probe, Server};
use crate::{kubeconfig, programs, remains};

/// From nothing to Ready takes seconds, and longer on a busy machine.
const READY_TIMEOUT: Duration = Duration::from_secs(90);

/// The interval at which the API server is asked.
const POLL: Duration = Duration::from_millis(50);

/// The options of a node.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// Whether the runtime's own validator is on (`default_validator.enable`).
    pub validator: bool,
    /// The directory of containerd's NRI socket, `nri.sock`: by default below the node's own directory. The
    /// deployment expects it in `/var/run/nri`. Two nodes of a process cannot have the same.
    pub nri_directory: Option<PathBuf>,
    /// Labels that the node registers with.
    pub labels: Vec<(String, String)>,
    /// Further images, in addition to pause and busybox.
    pub images: Vec<Image>,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            validator: true,
            nri_directory: None,
            labels: Vec::new(),
            images: Vec::new(),
        }
    }
}

/// containerd and a kubelet. When this is dropped, they are stopped, with everything that ran on the node.
pub struct Node<'cluster> {
    cluster: &'cluster Cluster,
    name: String,
    kubelet: Server,
    pub(crate) kubelet_files: Arc<Kubelet>,
    containerd: Server,
    pub(crate) containerd_files: Arc<Containerd>,
    nri_socket: PathBuf,
    _claim: Claim,
    control_group: ControlGroup,
    _network: NodeNetwork,
    // Dropped last: this removes the directory, when nothing writes into it any more.
    directory: Directory,
}

/// Prepares containerd in a directory, without starting it.
fn containerd_in(
    directory: &Directory,
    options: &containerd::Options<'_>,
) -> Result<(Arc<Containerd>, Server)> {
    let files = Arc::new(Containerd::new(directory.path())?);
    let arguments = files.arguments(options)?;
    let probe = Probe::Containerd(Arc::clone(&files));
    let program = programs::find("containerd")?;
    let server = Server::new("containerd", program, arguments, directory, probe);
    Ok((files, server))
}

/// Prepares a kubelet in a directory, without starting it.
fn kubelet_in(directory: &Directory, options: &kubelet::Options<'_>) -> Result<(Arc<Kubelet>, Server)> {
    let files = Arc::new(Kubelet::new(directory.path())?);
    let arguments = files.arguments(options)?;
    let probe = Probe::Kubelet(Arc::clone(&files));
    let program = programs::find("kubelet")?;
    let server = Server::new("kubelet", program, arguments, directory, probe);
    Ok((files, server))
}

impl<'cluster> Node<'cluster> {
    /// Starts both, imports the images, and waits until the API server reports the node Ready.
    pub async fn start(cluster: &'cluster Cluster, options: NodeOptions) -> Result<Self> {
        let own = cluster.own()?;
        let Some(namespace) = network::namespace() else {
            bail!("a node needs its own namespaces; run this with tools/in-namespace, as make e2e does");
        };
        let name = format!("node-{:08x}", fastrand::u32(..));
        let (directory, network) = (Directory::passable()?, NodeNetwork::new()?);
        let control_group = ControlGroup::new(&namespace, &name)?;
        let nri_directory = options.nri_directory.unwrap_or_else(|| directory.join("nri"));
        std::fs::create_dir_all(&nri_directory)
            .with_context(|| format!("cannot create {}", nri_directory.display()))?;
        let nri_socket = nri_directory.join("nri.sock");
        let claim = Claim::new(&nri_socket)?;

        let (containerd_files, containerd) = containerd_in(
            &directory,
            &containerd::Options {
                nri_socket: &nri_socket,
                validator: options.validator,
                bridge: &network.bridge,
                pods: &network.pods,
            },
        )?;

        let server_url = cluster.server_url().await?;
        let credentials = kubeconfig::of_certificate(
            &server_url,
            &own.certificates.authority,
            &own.certificates.kubelet(&name)?,
        )?;
        let (kubelet_files, kubelet) = kubelet_in(
            &directory,
            &kubelet::Options {
                node: &name,
                address: network.address,
                labels: &options.labels,
                credentials: &credentials,
                authority: &own.certificates.authority,
                runtime_socket: &containerd_files.socket(),
                control_group: control_group.name(),
            },
        )?;

        let node = Self {
            cluster,
            name,
            kubelet,
            kubelet_files,
            containerd,
            containerd_files,
            nri_socket,
            _claim: claim,
            control_group,
            _network: network,
            directory,
        };
        node.begin(&options.images).await?;
        Ok(node)
    }

    /// Starts the runtime, imports the images, starts the kubelet, and waits until the node is Ready.
    async fn begin(&self, images: &[Image]) -> Result<()> {
        self.containerd.start().await?;
        for image in [Image::pause()?, Image::busybox()?].iter().chain(images) {
            self.import(image).await?;
        }
        self.kubelet.start().await?;
        self.until_ready().await
    }

    /// Creates a control group that limits the memory of its processes together, in bytes. Returns the file
    /// to which processes are added.
    pub(crate) fn limited_group(&self, name: &str, bytes: u64) -> Result<PathBuf> {
        self.control_group.limited(name, bytes)
    }

    /// Returns the cluster that it belongs to.
    pub fn cluster(&self) -> &'cluster Cluster {
        self.cluster
    }

    /// Returns its name, for a pod's `spec.nodeName`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// containerd's process. Running containers survive its end.
    pub fn containerd(&self) -> &Server {
        &self.containerd
    }

    /// Returns the stacks of containerd's goroutines that work on plugins, to find out what blocks a
    /// registration: containerd writes its stacks into its log when it gets SIGUSR1.
    pub async fn plugin_goroutines(&self) -> Result<String> {
        const END: &str = "=== END goroutine stack dump ===";
        let dumps = |log: &str| log.matches(END).count();
        let before = dumps(&self.containerd.log());
        self.containerd.signal(Signal::USR1)?;
        let deadline = Instant::now() + READY_TIMEOUT;
        let log = loop {
            let log = self.containerd.log();
            if dumps(&log) > before {
                break log;
            }
            if Instant::now() > deadline {
                bail!("containerd has not logged its stacks");
            }
            tokio::time::sleep(POLL).await;
        };
        // The log has them as one line or as many, depending on its format.
        let log = log.replace("\\n", "\n").replace("\\t", "\t");
        let dump = log
            .rsplit("=== BEGIN goroutine stack dump ===")
            .next()
            .unwrap_or_default();
        let of_plugins =
            |stack: &&str| stack.contains("/nri/pkg/adaptation.") || stack.contains("BlockPluginSync");
        let stacks: Vec<&str> = dump.split("\n\n").filter(of_plugins).collect();
        Ok(stacks.join("\n\n"))
    }

    /// The kubelet's process.
    pub fn kubelet(&self) -> &Server {
        &self.kubelet
    }

    /// Returns containerd's NRI socket, which containerd recreates at each start.
    pub fn nri_socket(&self) -> &Path {
        &self.nri_socket
    }

    /// containerd's own socket.
    pub fn runtime_socket(&self) -> PathBuf {
        self.containerd_files.socket()
    }

    /// Returns the directory for manifests of static pods. The kubelet checks it every 20 s, and whenever a
    /// file changes.
    pub fn static_pods(&self) -> PathBuf {
        self.kubelet_files.static_pods()
    }

    /// Imports an image, for the kubelet to use.
    pub async fn import(&self, image: &Image) -> Result<()> {
        let tar = tempfile::NamedTempFile::new().context("cannot create a temporary file")?;
        image.write(tar.path())?;
        self.containerd_files.import(tar.path()).await
    }

    /// Sets or removes a label of the node.
    pub async fn label(&self, key: &str, value: Option<&str>) -> Result<()> {
        let nodes: Api<core::Node> = Api::all(self.cluster.admin().await?);
        let patch = json!({ "metadata": { "labels": { key: value } } });
        nodes
            .patch(&self.name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .with_context(|| format!("cannot label {}", self.name))?;
        Ok(())
    }

    /// Returns what is left of pods: processes, mounts, control groups, volumes, networks. Empty once no pod
    /// is left and the kubelet has cleaned up, which takes seconds. (Ended sandboxes do not count: the
    /// kubelet lets the runtime forget them once a minute.)
    pub fn remains(&self) -> Result<Vec<String>> {
        let mut remains: Vec<String> = remains::mounts_below(self.directory.path())?
            .into_iter()
            .map(|mount| format!("mount {mount}"))
            .collect();
        remains.extend(
            remains::shims(&self.containerd_files.socket())?
                .into_iter()
                .map(|pid| format!("shim, process {}", pid.as_raw_nonzero())),
        );
        remains.extend(
            self.control_group
                .pods()
                .into_iter()
                .map(|group| format!("control group {}", group.display())),
        );
        for directory in [
            self.kubelet_files.pods(),
            self.containerd_files.network_namespaces(),
        ] {
            let entries = std::fs::read_dir(&directory).into_iter().flatten().flatten();
            remains.extend(entries.map(|entry| format!("file {}", entry.path().display())));
        }
        Ok(remains)
    }

    /// Waits until nothing of pods remains ([`Node::remains`]).
    pub async fn until_clear(&self) -> Result<()> {
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            let remains = self.remains()?;
            if remains.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the pods of {} have left: {}", self.name, remains.join(", "));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Deletes all pods of the node, waits until nothing of them remains, and stops the servers in the order
    /// in which a machine would.
    pub async fn stop(self) -> Result<()> {
        self.delete_pods().await?;
        self.until_clear().await?;
        self.kubelet.stop().await?;
        self.containerd.stop().await
    }

    async fn delete_pods(&self) -> Result<()> {
        // A static pod ends with its manifest.
        for manifest in std::fs::read_dir(self.static_pods())?.flatten() {
            std::fs::remove_file(manifest.path())
                .with_context(|| format!("cannot remove {}", manifest.path().display()))?;
        }
        let client = self.cluster.admin().await?;
        let here = ListParams::default().fields(&format!("spec.nodeName={}", self.name));
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            let left = Api::<core::Pod>::all(client.clone())
                .list(&here)
                .await
                .context("cannot list the pods")?
                .items;
            if left.is_empty() {
                return Ok(());
            }
            for pod in left
                .iter()
                .filter(|pod| pod.metadata.deletion_timestamp.is_none())
            {
                let pods: Api<core::Pod> =
                    Api::namespaced(client.clone(), &pod.namespace().unwrap_or_default());
                // The pod may have been deleted meanwhile.
                let _ = pods
                    .delete(&pod.name_any(), &DeleteParams::default().grace_period(1))
                    .await;
            }
            if Instant::now() > deadline {
                bail!(
                    "{} pods of {} are still there {} s after they were deleted",
                    left.len(),
                    self.name,
                    READY_TIMEOUT.as_secs()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn until_ready(&self) -> Result<()> {
        let nodes: Api<core::Node> = Api::all(self.cluster.admin().await?);
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            let node = nodes
                .get_opt(&self.name)
                .await
                .with_context(|| format!("cannot read the node {}", self.name))?;
            let conditions = node.and_then(|node| node.status?.conditions).unwrap_or_default();
            let ready = conditions
                .into_iter()
                .find(|condition| condition.type_ == "Ready");
            if ready.as_ref().is_some_and(|condition| condition.status == "True") {
                return Ok(());
            }
            if Instant::now() > deadline {
                let why = ready
                    .and_then(|condition| condition.message)
                    .unwrap_or_else(|| "it has not registered".to_owned());
                bail!(
                    "{} is not Ready: {why}; the kubelet's log ends with:\n{}",
                    self.name,
                    self.kubelet.log_tail()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        self.kubelet.end();
        self.containerd.end();
        if let Err(error) = remains::clear(
            self.directory.path(),
            &self.containerd_files.socket(),
            &self.control_group,
        ) {
            eprintln!("{} leaves something behind: {error:#}", self.name);
        }
    }
}
