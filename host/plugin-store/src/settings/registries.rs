//! Settings for access to registries: mirrors, certificate authorities, plain HTTP, credentials.

use std::collections::BTreeMap;

use podweave_core::digest::{Digest, DigestBuilder};
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Credentials, DockerConfig, DockerConfigError, Endpoint};

/// Settings for access to registries. The default: TLS with the system's certificate authorities, without
/// credentials.
#[derive(Debug, Clone, Default)]
pub struct Registries {
    /// Settings by host, with its port if it has one.
    pub hosts: BTreeMap<String, RegistryHost>,
    /// Certificate authorities (PEM) for all hosts, in addition to those of the system.
    pub certificate_authorities: Vec<String>,
    /// Credentials for hosts without credentials of their own.
    pub credentials: DockerConfig,
}

/// Settings for access to one registry.
#[derive(Debug, Clone, Default)]
pub struct RegistryHost {
    /// Mirrors, which are asked first, in this order.
    pub mirrors: Vec<Endpoint>,
    /// Uses plain HTTP instead of TLS.
    pub plain_http: bool,
    /// Certificate authorities (PEM), in addition to those for all hosts.
    pub certificate_authorities: Vec<String>,
    /// The registry's credentials.
    pub credentials: Option<Credentials>,
}

/// The pull Secrets of a pod, in order.
#[derive(Debug, Clone, Default)]
pub struct PodCredentials(pub Vec<DockerConfig>);

impl Registries {
    /// The access to a reference's registry: with the pod's credentials for it if the pod has some, otherwise
    /// with the node's. The digest is that of the pod's credentials, if they are used: what is pulled with
    /// them is only for pods that have them.
    ///
    /// # Errors
    /// The credentials for the registry are invalid.
    pub(crate) fn access(
        &self,
        reference: &OciReference,
        pod: &PodCredentials,
    ) -> Result<(Access, Option<Digest>), DockerConfigError> {
        let known = self.hosts.get(reference.registry());
        let of_pod = pod
            .0
            .iter()
            .find_map(|secret| secret.credentials(reference).transpose())
            .transpose()?;
        let digest = of_pod.as_ref().map(digest_of);
        let credentials = match (of_pod, known.and_then(|host| host.credentials.clone())) {
            (Some(credentials), _) | (None, Some(credentials)) => Some(credentials),
            (None, None) => self.credentials.credentials(reference)?,
        };
        let itself = Endpoint {
            plain_http: known.is_some_and(|host| host.plain_http),
            credentials,
            ..Endpoint::of(reference)
        };
        let mirrors = known.map(|host| host.mirrors.clone()).unwrap_or_default();
        let of_host = known
            .map(|host| host.certificate_authorities.as_slice())
            .unwrap_or_default();
        let access = Access {
            endpoints: mirrors.into_iter().chain([itself]).collect(),
            certificate_authorities: self
                .certificate_authorities
                .iter()
                .chain(of_host)
                .cloned()
                .collect(),
        };
        Ok((access, digest))
    }
}

fn digest_of(credentials: &Credentials) -> Digest {
    let builder = DigestBuilder::new("podweave credentials 1");
    match credentials {
        Credentials::Password { username, password } => builder
            .field(b"password")
            .field(username.as_bytes())
            .field(password.as_bytes()),
        Credentials::IdentityToken(token) => builder.field(b"identity").field(token.as_bytes()),
        Credentials::RegistryToken(token) => builder.field(b"registry").field(token.as_bytes()),
    }
    .finish()
}
