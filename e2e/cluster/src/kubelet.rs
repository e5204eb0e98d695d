//! Configuration and flags of the kubelet, and whether it runs. The API server knows whether its node is
//! Ready.

use std::fs::DirBuilder;
use std::net::Ipv4Addr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kube::config::Kubeconfig;
use serde_json::json;
use tokio::net::TcpStream;

use crate::ports;
use crate::request;

pub(crate) struct Kubelet {
    directory: PathBuf,
    port: u16,
    health_port: u16,
}

/// The options of the kubelet.
pub(crate) struct Options<'a> {
    pub(crate) node: &'a str,
    pub(crate) address: Ipv4Addr,
    pub(crate) labels: &'a [(String, String)],
    pub(crate) credentials: &'a Kubeconfig,
    /// The authority's certificate, in PEM.
    pub(crate) authority: &'a str,
    pub(crate) runtime_socket: &'a Path,
    pub(crate) control_group: &'a str,
}

impl Kubelet {
    /// Creates its directory below this one, which must exist.
    pub(crate) fn new(node: &Path) -> Result<Self> {
        let directory = node.join("kubelet");
        // The kubeconfig contains its key.
        let created = DirBuilder::new().mode(0o700).create(&directory);
        created.with_context(|| format!("cannot create {}", directory.display()))?;
        Ok(Self {
            directory,
            port: ports::free()?,
            health_port: ports::free()?,
        })
    }

    /// Writes its files, and returns its flags.
    pub(crate) fn arguments(&self, options: &Options<'_>) -> Result<Vec<String>> {
        let write = |name: &str, content: &str| {
            let path = self.directory.join(name);
            std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
            Ok::<_, anyhow::Error>(path.display().to_string())
        };
        let authority = write("ca.crt", options.authority)?;
        let resolver = write("resolv.conf", "")?;
        // JSON is YAML, too.
        let credentials = write("kubeconfig", &serde_json::to_string(options.credentials)?)?;
        let configuration = json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": options.address.to_string(),
            "port": self.port,
            "healthzBindAddress": "127.0.0.1",
            "healthzPort": self.health_port,
            "authentication": { "anonymous": { "enabled": false }, "webhook": { "enabled": true }, "x509": { "clientCAFile": authority } },
            "authorization": { "mode": "Webhook" },
            "containerRuntimeEndpoint": format!("unix://{}", options.runtime_socket.display()),
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": options.control_group,
            "failCgroupV1": false,
            "failSwapOn": false,
            "makeIPTablesUtilChains": false,
            "maxPods": 200,
            "podLogsDir": self.logs(),
            "resolvConf": resolver,
            "staticPodPath": self.static_pods(),
            "volumePluginDir": self.directory.join("volume-plugins"),
            // The free disk and memory of the machine must not influence the tests.
            "evictionHard": { "imagefs.available": "0%", "imagefs.inodesFree": "0%", "memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%" },
            "imageGCHighThresholdPercent": 100,
            "localStorageCapacityIsolation": false,
            // Short intervals: the defaults are for clusters of thousands of nodes.
            "kubeAPIQPS": 200,
            "kubeAPIBurst": 400,
            "registryPullQPS": 0,
            "eventRecordQPS": 0,
        });
        std::fs::create_dir(self.static_pods())?;
        let configuration = write("config.json", &configuration.to_string())?;
        let labels: Vec<String> = options
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        Ok(vec![
            format!("--config={configuration}"),
            format!("--kubeconfig={credentials}"),
            format!("--root-dir={}", self.directory.join("root").display()),
            format!("--cert-dir={}", self.directory.join("certificates").display()),
            format!("--hostname-override={}", options.node),
            format!("--node-ip={}", options.address),
            format!("--node-labels={}", labels.join(",")),
            "--v=2".to_owned(),
        ])
    }

    /// Returns the directory of the containers' output.
    pub(crate) fn logs(&self) -> PathBuf {
        self.directory.join("logs")
    }

    /// Returns the directory of the manifests of static pods.
    pub(crate) fn static_pods(&self) -> PathBuf {
        self.directory.join("static-pods")
    }

    /// Returns the directory of the pods' files, mostly volumes.
    pub(crate) fn pods(&self) -> PathBuf {
        self.directory.join("root/pods")
    }

    pub(crate) async fn is_ready(&self) -> Result<()> {
        let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.health_port))
            .await
            .context("it does not listen")?;
        let answer = request::get(connection, "/healthz").await?;
        if answer.status != 200 {
            bail!("it is not healthy: {}", answer.body);
        }
        Ok(())
    }
}
