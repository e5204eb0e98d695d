//! A cluster: an etcd and an API server that are started here, or an existing cluster.

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

/// The variable with the kubeconfig of an existing cluster to run the tests in.
pub const KUBECONFIG_VARIABLE: &str = "PODWEAVE_E2E_KUBECONFIG";

/// etcd and an API server, which are stopped when this is dropped.
pub struct Cluster {
    pub(crate) admin: Kubeconfig,
    /// `None` for an existing cluster.
    own: Option<Own>,
    // Dropped last: this removes the directory, when the servers no longer write into it.
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

/// Returns the cluster that the tests of a binary share. Tests that kill, stop or freeze its servers start
/// their own.
pub async fn shared() -> Result<&'static Cluster> {
    static SHARED: OnceCell<Cluster> = OnceCell::const_new();
    SHARED.get_or_try_init(Cluster::start).await
}

impl Cluster {
    /// Starts both servers and waits until they are ready, or connects to the cluster of
    /// `PODWEAVE_E2E_KUBECONFIG`.
    pub async fn start() -> Result<Self> {
        match std::env::var_os(KUBECONFIG_VARIABLE) {
            Some(path) => Self::connect(Path::new(&path)).await,
            None => Self::start_own().await,
        }
    }

    async fn connect(path: &Path) -> Result<Self> {
        let admin = Kubeconfig::read_from(path)
            .with_context(|| format!("cannot read {KUBECONFIG_VARIABLE}={}", path.display()))?;
        api_server::is_ready(&admin).await.with_context(|| {
            format!(
                "the cluster of {KUBECONFIG_VARIABLE}={} is not ready",
                path.display()
            )
        })?;
        Ok(Self {
            admin,
            own: None,
            directory: Directory::new()?,
        })
    }

    async fn start_own() -> Result<Self> {
        let directory = Directory::new()?;
        let (address, etcd_port, peer_port) = (ApiServerAddress::new()?, ports::free()?, ports::free()?);
        let (certificates, token_key) = (Certificates::new(address.address)?, TokenKey::new()?);
        let url = format!("https://{}:{}", address.address, address.port);
        let admin = kubeconfig::of_certificate(&url, &certificates.authority, &certificates.admin)?;

        let arguments = etcd::arguments(directory.path(), etcd_port, peer_port);
        let etcd = Server::new(
            "etcd",
            programs::find("etcd")?,
            arguments,
            &directory,
            Probe::Etcd { port: etcd_port },
        );
        let arguments = api_server::arguments(&directory, &address, etcd_port, &certificates, &token_key)?;
        let probe = Probe::ApiServer {
            admin: Box::new(admin.clone()),
        };
        let api_server = Server::new(
            "kube-apiserver",
            programs::find("kube-apiserver")?,
            arguments,
            &directory,
            probe,
        );
        // The API server waits for etcd by itself.
        tokio::try_join!(etcd.start(), api_server.start())?;
        Ok(Self {
            admin,
            own: Some(Own {
                api_server,
                etcd,
                etcd_port,
                token_key,
                certificates,
                _address: address,
            }),
            directory,
        })
    }

    /// Whether this process has started the servers, so that tests may kill them, compact etcd and sign
    /// tokens.
    pub fn is_ours(&self) -> bool {
        self.own.is_some()
    }

    /// Whether to skip a test that needs control over the servers. If so, says it on stderr even where cargo
    /// hides it.
    pub fn skips(&self, test: &str) -> bool {
        if !self.is_ours() {
            // Not eprintln: the test harness would show it only for failed tests.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: {test}: it needs control over the servers, which the cluster of {KUBECONFIG_VARIABLE} does not give"
            );
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
        self.own
            .as_ref()
            .with_context(|| format!("the tests do not control the servers of {KUBECONFIG_VARIABLE}"))
    }

    /// The URL of the API server.
    pub async fn server_url(&self) -> Result<String> {
        Ok(self
            .config(Credentials::Admin)
            .await?
            .cluster_url
            .to_string()
            .trim_end_matches('/')
            .to_owned())
    }

    /// Returns `host:port` of the API server, the target for a [`crate::Proxy`].
    pub async fn server_address(&self) -> Result<String> {
        let url = self.config(Credentials::Admin).await?.cluster_url;
        let host = url.host().context("the API server's URL has no host")?;
        Ok(format!("{host}:{}", url.port_u16().unwrap_or(443)))
    }

    /// Returns a client configuration of the administrator.
    pub async fn admin_config(&self) -> Result<kube::Config> {
        self.config(Credentials::Admin).await
    }

    /// Returns a new client of the administrator. New each time, because a client belongs to the async
    /// runtime that created it.
    pub async fn admin(&self) -> Result<kube::Client> {
        kubeconfig::client(&self.admin).await
    }

    /// Returns a client configuration.
    pub async fn config(&self, credentials: Credentials<'_>) -> Result<kube::Config> {
        kubeconfig::config(kubeconfig::changed(self.admin.clone(), None, credentials)?).await
    }

    /// Returns a client configuration for another URL of the same API server, such as `https://` and a
    /// [`crate::Proxy`]'s address.
    pub async fn config_at(&self, server_url: &str, credentials: Credentials<'_>) -> Result<kube::Config> {
        kubeconfig::config(kubeconfig::changed(
            self.admin.clone(),
            Some(server_url),
            credentials,
        )?)
        .await
    }

    /// Writes a kubeconfig file for kubectl and other programs. It exists as long as the cluster.
    pub fn kubeconfig(&self, credentials: Credentials<'_>) -> Result<PathBuf> {
        self.write(kubeconfig::changed(self.admin.clone(), None, credentials)?)
    }

    /// Writes one for another URL of the API server.
    pub fn kubeconfig_at(&self, server_url: &str, credentials: Credentials<'_>) -> Result<PathBuf> {
        self.write(kubeconfig::changed(
            self.admin.clone(),
            Some(server_url),
            credentials,
        )?)
    }

    /// Writes a file, such as a token file, into the cluster's own directory, which is removed with the
    /// cluster.
    pub fn file(&self, name: &str, content: &str) -> Result<PathBuf> {
        self.directory.write(name, content)
    }

    fn write(&self, kubeconfig: Kubeconfig) -> Result<PathBuf> {
        // JSON is YAML, too.
        self.directory.write(
            &format!("kubeconfig-{:08x}", fastrand::u32(..)),
            &serde_json::to_string_pretty(&kubeconfig)?,
        )
    }

    /// Returns a token of the service account, signed here. The API server accepts it for `lifetime`, and up
    /// to 10 s longer if it has seen it within the last 10 s, because it caches authentications. Its `exp` is
    /// 60 s earlier, because the API server has that leeway.
    pub async fn token(&self, namespace: &str, service_account: &str, lifetime: Duration) -> Result<String> {
        let own = self.own()?;
        let uid = self.service_account_uid(namespace, service_account).await?;
        own.token_key.sign(namespace, service_account, &uid, lifetime)
    }

    /// Returns etcd's revision, which is also the latest resourceVersion.
    pub async fn revision(&self) -> Result<i64> {
        etcd::revision(self.own()?.etcd_port).await
    }

    /// Lets etcd forget all revisions before the current one, and returns that one. The API server still has
    /// all changes since its start in its watch cache: see [`Cluster::expire_history`].
    pub async fn compact(&self) -> Result<i64> {
        let own = self.own()?;
        let revision = etcd::revision(own.etcd_port).await?;
        etcd::compact(own.etcd_port, revision).await?;
        Ok(revision)
    }

    /// Makes every current resourceVersion too old: a watch from it gets 410 Gone. Compacts etcd and restarts
    /// the API server (by SIGKILL), so that its watch cache is empty. Returns the oldest revision to watch
    /// from.
    pub async fn expire_history(&self) -> Result<i64> {
        let own = self.own()?;
        own.api_server.kill().await?;
        let revision = self.compact().await?;
        own.api_server.start().await?;
        Ok(revision)
    }

    /// Returns the API server's metrics.
    pub async fn metrics(&self) -> Result<Metrics> {
        let request = http::Request::get("/metrics").body(Vec::new())?;
        let text = self
            .admin()
            .await?
            .request_text(request)
            .await
            .context("cannot get the API server's metrics")?;
        if text.is_empty() {
            bail!("the API server's metrics are empty");
        }
        Ok(Metrics::new(text))
    }
}
