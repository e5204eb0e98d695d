//! The cluster: etcd and the API server, made here or somebody else's.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use kube::config::Kubeconfig;
use tokio::sync::OnceCell;

use crate::certificates::Certificates;
use crate::directory::Directory;
use crate::kubeconfig::{self, Credentials};
use crate::metrics::Metrics;
use crate::network::ApiServerAddress;
use crate::server::{Probe, Server};
use crate::tokens::TokenKey;
use crate::{api_server, etcd, ports, programs};

/// Names the kubeconfig of a cluster to run the tests in, instead of one made for them.
pub const KUBECONFIG_VARIABLE: &str = "PODWEAVE_E2E_KUBECONFIG";

/// etcd and an API server. Dropped, they are gone.
pub struct Cluster {
    pub(crate) admin: Kubeconfig,
    /// `None` if the cluster is somebody else's.
    own: Option<Own>,
    // Dropped last: it removes the directory, when the servers no longer write into it.
    directory: Directory,
}

pub(crate) struct Own {
    api_server: Server,
    etcd: Server,
    etcd_port: u16,
    token_key: TokenKey,
    pub(crate) certificates: Certificates,
    _address: ApiServerAddress,
}

/// The cluster that the tests of a binary share. Those that kill, stop or freeze its servers start one of their own.
pub async fn shared() -> Result<&'static Cluster> {
    static SHARED: OnceCell<Cluster> = OnceCell::const_new();
    SHARED.get_or_try_init(Cluster::start).await
}

impl Cluster {
    /// Starts both servers and waits until they are ready, or connects to the cluster of `PODWEAVE_E2E_KUBECONFIG`.
    pub async fn start() -> Result<Self> {
        match std::env::var_os(KUBECONFIG_VARIABLE) {
            Some(path) => Self::connect(Path::new(&path)).await,
            None => Self::start_own().await,
        }
    }

    async fn connect(path: &Path) -> Result<Self> {
        let admin = Kubeconfig::read_from(path).with_context(|| format!("{KUBECONFIG_VARIABLE}={} cannot be read", path.display()))?;
        api_server::is_ready(&admin).await.with_context(|| format!("the cluster of {KUBECONFIG_VARIABLE}={} is not ready", path.display()))?;
        Ok(Self { admin, own: None, directory: Directory::new()? })
    }

    async fn start_own() -> Result<Self> {
        let directory = Directory::new()?;
        let (address, etcd_port, peer_port) = (ApiServerAddress::new()?, ports::free()?, ports::free()?);
        let (certificates, token_key) = (Certificates::new(address.address)?, TokenKey::new()?);
        let url = format!("https://{}:{}", address.address, address.port);
        let admin = kubeconfig::of_certificate(&url, &certificates.authority, &certificates.admin)?;

        let arguments = etcd::arguments(directory.path(), etcd_port, peer_port);
        let etcd = Server::new("etcd", programs::find("etcd")?, arguments, &directory, Probe::Etcd { port: etcd_port });
        let arguments = api_server::arguments(&directory, &address, etcd_port, &certificates, &token_key)?;
        let probe = Probe::ApiServer { admin: Box::new(admin.clone()) };
        let api_server = Server::new("kube-apiserver", programs::find("kube-apiserver")?, arguments, &directory, probe);
        // The API server waits for etcd by itself.
        tokio::try_join!(etcd.start(), api_server.start())?;
        Ok(Self { admin, own: Some(Own { api_server, etcd, etcd_port, token_key, certificates, _address: address }), directory })
    }

    /// Whether the servers are this process's own: whether they may be killed, etcd compacted and tokens signed.
    pub fn is_ours(&self) -> bool {
        self.own.is_some()
    }

    /// For tests that need control over the servers: true, and said on stderr even where cargo hides it, if there is none.
    pub fn skips(&self, test: &str) -> bool {
        if !self.is_ours() {
            // Not eprintln: the test harness would show it for failed tests only.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: the servers of {KUBECONFIG_VARIABLE} are not ours to control");
        }
        !self.is_ours()
    }

    /// The API server's process.
    pub fn api_server(&self) -> Result<&Server> {
        Ok(&self.own()?.api_server)
    }

    /// etcd's process.
    pub fn etcd(&self) -> Result<&Server> {
        Ok(&self.own()?.etcd)
    }

    pub(crate) fn own(&self) -> Result<&Own> {
        self.own.as_ref().with_context(|| format!("the cluster of {KUBECONFIG_VARIABLE} is not ours to control"))
    }

    /// The URL of the API server.
    pub async fn server_url(&self) -> Result<String> {
        Ok(self.config(Credentials::Admin).await?.cluster_url.to_string().trim_end_matches('/').to_owned())
    }

    /// `host:port` of the API server: what a [`crate::Proxy`] takes as its target.
    pub async fn server_address(&self) -> Result<String> {
        let url = self.config(Credentials::Admin).await?.cluster_url;
        let host = url.host().context("the API server's URL has no host")?;
        Ok(format!("{host}:{}", url.port_u16().unwrap_or(443)))
    }

    /// A client configuration of the administrator.
    pub async fn admin_config(&self) -> Result<kube::Config> {
        self.config(Credentials::Admin).await
    }

    /// A client of the administrator. Made anew each time, because a client belongs to the runtime that made it.
    pub async fn admin(&self) -> Result<kube::Client> {
        kubeconfig::client(&self.admin).await
    }

    /// A client configuration.
    pub async fn config(&self, credentials: Credentials<'_>) -> Result<kube::Config> {
        kubeconfig::config(kubeconfig::changed(self.admin.clone(), None, credentials)?).await
    }

    /// A client configuration for another URL of the same API server, such as `https://` and a [`crate::Proxy`]'s address.
    pub async fn config_at(&self, server_url: &str, credentials: Credentials<'_>) -> Result<kube::Config> {
        kubeconfig::config(kubeconfig::changed(self.admin.clone(), Some(server_url), credentials)?).await
    }

    /// A kubeconfig file for kubectl and other programs. It exists as long as the cluster.
    pub fn kubeconfig(&self, credentials: Credentials<'_>) -> Result<PathBuf> {
        self.write(kubeconfig::changed(self.admin.clone(), None, credentials)?)
    }

    /// The same for another URL of the API server.
    pub fn kubeconfig_at(&self, server_url: &str, credentials: Credentials<'_>) -> Result<PathBuf> {
        self.write(kubeconfig::changed(self.admin.clone(), Some(server_url), credentials)?)
    }

    /// A file in the cluster's own directory, where a token file, for one, goes away with the cluster.
    pub fn file(&self, name: &str, content: &str) -> Result<PathBuf> {
        self.directory.write(name, content)
    }

    fn write(&self, kubeconfig: Kubeconfig) -> Result<PathBuf> {
        // JSON is YAML, too.
        self.directory.write(&format!("kubeconfig-{:08x}", fastrand::u32(..)), &serde_json::to_string_pretty(&kubeconfig)?)
    }

    /// A token of the service account, signed here. The API server takes it for `lifetime`, and up to 10 s longer if it has seen it
    /// within the last 10 s: it caches who a token is. The `exp` in it is 60 s earlier, since the API server is that generous.
    pub async fn token(&self, namespace: &str, service_account: &str, lifetime: Duration) -> Result<String> {
        let own = self.own()?;
        let uid = self.service_account_uid(namespace, service_account).await?;
        own.token_key.sign(namespace, service_account, &uid, lifetime)
    }

    /// etcd's revision, which is also the latest resourceVersion.
    pub async fn revision(&self) -> Result<i64> {
        etcd::revision(self.own()?.etcd_port).await
    }

    /// Lets etcd forget all revisions before the current one, and answers which that is. The API server still knows, in its watch cache,
    /// what happened since it was started: see [`Cluster::expire_history`].
    pub async fn compact(&self) -> Result<i64> {
        let own = self.own()?;
        let revision = etcd::revision(own.etcd_port).await?;
        etcd::compact(own.etcd_port, revision).await?;
        Ok(revision)
    }

    /// Makes every resourceVersion known so far too old: a watch from it gets 410 Gone. Compacts etcd and restarts the API server (by
    /// SIGKILL), so that its watch cache is empty. Answers the revision that is the oldest one to watch from.
    pub async fn expire_history(&self) -> Result<i64> {
        let own = self.own()?;
        own.api_server.kill().await?;
        let revision = self.compact().await?;
        own.api_server.start().await?;
        Ok(revision)
    }

    /// The API server's metrics.
    pub async fn metrics(&self) -> Result<Metrics> {
        let request = http::Request::get("/metrics").body(Vec::new())?;
        let text = self.admin().await?.request_text(request).await.context("no metrics")?;
        if text.is_empty() {
            bail!("the API server's metrics are empty");
        }
        Ok(Metrics::new(text))
    }
}
