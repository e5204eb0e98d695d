//! How registries are reached: mirrors, certificate authorities, plain HTTP, credentials.

use std::collections::BTreeMap;

use podweave_core::digest::{Digest, DigestBuilder};
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Credentials, DockerConfig, DockerConfigError, Endpoint};

/// How registries are reached. The default: over TLS, with the system's certificate authorities, without credentials.
#[derive(Debug, Clone, Default)]
pub struct Registries {
    /// By host, and port where it has one.
    pub hosts: BTreeMap<String, Host>,
    /// Certificate authorities (PEM) beside those of the system, for all hosts.
    pub certificate_authorities: Vec<String>,
    /// Credentials for all hosts that have none of their own.
    pub credentials: DockerConfig,
}

/// How one registry is reached.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// Asked first, in their order.
    pub mirrors: Vec<Endpoint>,
    /// Whether it is spoken to without TLS.
    pub plain_http: bool,
    /// Certificate authorities (PEM) beside those for all hosts.
    pub certificate_authorities: Vec<String>,
    /// Its credentials.
    pub credentials: Option<Credentials>,
}

/// The pull Secrets of a pod, in their order.
#[derive(Debug, Clone, Default)]
pub struct PodCredentials(pub Vec<DockerConfig>);

impl Registries {
    /// How the registry of a reference is asked: with the pod's credentials for it if the pod has some, else with the node's. The digest is that of the
    /// pod's credentials: what they open is for who has them.
    ///
    /// # Errors
    /// Credentials for it are there, and broken.
    pub(crate) fn access(&self, reference: &OciReference, pod: &PodCredentials) -> Result<(Access, Option<Digest>), DockerConfigError> {
        let known = self.hosts.get(reference.registry());
        let of_pod = pod.0.iter().find_map(|secret| secret.credentials(reference).transpose()).transpose()?;
        let digest = of_pod.as_ref().map(digest_of);
        let credentials = match (of_pod, known.and_then(|host| host.credentials.clone())) {
            (Some(credentials), _) | (None, Some(credentials)) => Some(credentials),
            (None, None) => self.credentials.credentials(reference)?,
        };
        let itself = Endpoint { plain_http: known.is_some_and(|host| host.plain_http), credentials, ..Endpoint::of(reference) };
        let mirrors = known.map(|host| host.mirrors.clone()).unwrap_or_default();
        let of_host = known.map(|host| host.certificate_authorities.as_slice()).unwrap_or_default();
        let access = Access {
            endpoints: mirrors.into_iter().chain([itself]).collect(),
            certificate_authorities: self.certificate_authorities.iter().chain(of_host).cloned().collect(),
        };
        Ok((access, digest))
    }
}

fn digest_of(credentials: &Credentials) -> Digest {
    let builder = DigestBuilder::new("podweave credentials 1");
    match credentials {
        Credentials::Password { username, password } => builder.field(b"password").field(username.as_bytes()).field(password.as_bytes()),
        Credentials::IdentityToken(token) => builder.field(b"identity").field(token.as_bytes()),
        Credentials::RegistryToken(token) => builder.field(b"registry").field(token.as_bytes()),
    }
    .finish()
}
