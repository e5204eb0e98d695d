//! podweave's client for a registry of the tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs::File;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context, Result};
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_plugin_store::BuiltIn;
use podweave_registry::{Access, Credentials, Endpoint, NewArtifact, RegistryClient, RegistryLimits};
use podweave_registry_peers::{Options, Peers, Registry, USER};
use podweave_signature::{Policy, SignatureError, Verified, verify};

/// A real component: wkg refuses anything else.
pub fn component() -> &'static [u8] {
    BuiltIn::find("handlebars").expect("podweave ships it").component
}

/// A registry, and podweave's client with the settings to reach it.
pub struct Scene {
    pub registry: Registry,
    pub peers: Peers,
    pub access: Access,
    client: RegistryClient,
}

impl Scene {
    pub fn new(options: Options) -> Result<Self> {
        let (registry, peers) = (Registry::start(options)?, Peers::new()?);
        peers.write("plugin.wasm", component())?;
        if let Some(authority) = registry.authority() {
            peers.write("authority.pem", authority)?;
        }
        let credentials =
            matches!(options, Options::Passwords | Options::Tokens).then(|| Credentials::Password {
                username: USER.0.to_owned(),
                password: USER.1.to_owned(),
            });
        let endpoint = Endpoint {
            host: registry.host(),
            plain_http: options != Options::Tls,
            prefix: None,
            credentials,
        };
        let access = Access {
            endpoints: vec![endpoint],
            certificate_authorities: registry.authority().map(str::to_owned).into_iter().collect(),
        };
        let client = RegistryClient::new(
            PathBuf::from(env!("CARGO_BIN_EXE_registry-request")),
            Vec::new(),
            RegistryLimits::default(),
        );
        Ok(Self {
            registry,
            peers,
            access,
            client,
        })
    }

    pub fn reference(&self, repository: &str) -> Result<OciReference> {
        let reference = self.registry.reference(repository);
        OciReference::parse(&reference).map_err(|error| anyhow::anyhow!("{reference}: {error}"))
    }

    /// Pushes the component; returns the manifest's digest.
    pub async fn push(&self, repository: &str) -> Result<Digest> {
        let artifact = NewArtifact {
            title: Some("plugin.wasm".to_owned()),
            ..NewArtifact::default()
        };
        self.push_as(repository, &artifact).await
    }

    pub async fn push_as(&self, repository: &str, artifact: &NewArtifact) -> Result<Digest> {
        let component = File::open(self.peers.path("plugin.wasm"))?;
        Ok(self
            .client
            .push(
                &self.reference(repository)?,
                &component,
                artifact,
                &self.access,
                |_| (),
            )
            .await?)
    }

    pub async fn resolve(&self, repository: &str) -> Result<Digest> {
        Ok(self
            .client
            .resolve(&self.reference(repository)?, &self.access)
            .await?)
    }

    /// Pulls the component of a reference.
    pub async fn pull(&self, repository: &str) -> Result<Vec<u8>> {
        let manifest = self.resolve(repository).await?;
        let file = tempfile::tempfile()?;
        let pulled = self
            .client
            .pull(
                &self.reference(repository)?,
                &manifest,
                &self.access,
                &file,
                |_| (),
            )
            .await?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut { file }, &mut bytes).context("cannot read the pulled component")?;
        anyhow::ensure!(
            Digest::of(&bytes) == pulled.component && bytes.len() as u64 == pulled.size,
            "the file does not have the announced digest and size"
        );
        Ok(bytes)
    }

    /// Resolves a reference and verifies its manifest's signatures against the policy.
    pub async fn verify(
        &self,
        repository: &str,
        policy: &Policy,
    ) -> Result<Result<Verified, SignatureError>> {
        let manifest = self.resolve(repository).await?;
        let artifacts = self
            .client
            .signatures(&self.reference(repository)?, &manifest, &self.access)
            .await?;
        Ok(verify(policy, &manifest, &artifacts, SystemTime::now()))
    }
}
