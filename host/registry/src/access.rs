//! Says where the client asks for a registry's repositories: mirrors first, then the registry itself.

use podweave_core::oci_reference::OciReference;

use crate::credentials::Credentials;

/// The name of Docker Hub in references and credentials, and the host of its registry.
const DOCKER_HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");

/// Where to ask for the repositories of one registry, and which certificate authorities to trust there.
///
/// # Examples
/// ```
/// use podweave_core::oci_reference::OciReference;
/// use podweave_registry::{Access, Endpoint};
///
/// let reference = OciReference::parse("ghcr.io/acme/web:1.4")?;
/// let mut access = Access::of(&reference);
/// // A mirror is asked before the registry itself.
/// access.endpoints.insert(0, Endpoint { host: "mirror.example".to_owned(), ..Endpoint::of(&reference) });
/// let hosts: Vec<&str> = access.endpoints.iter().map(|endpoint| endpoint.host.as_str()).collect();
/// assert_eq!(hosts, ["mirror.example", "ghcr.io"]);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Mirrors in order, then the registry itself. If one fails, the next is asked. Pushes go to the last one
    /// only.
    pub endpoints: Vec<Endpoint>,
    /// Certificate authorities (PEM) that are trusted in addition to those of the system.
    pub certificate_authorities: Vec<String>,
}

/// One host that serves a registry's repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host, and port unless it is the protocol's default.
    pub host: String,
    /// Uses plain HTTP instead of TLS.
    pub plain_http: bool,
    /// What this host prepends to the repository's name, such as the project of a proxy cache.
    pub prefix: Option<String>,
    /// Credentials for this host only.
    pub credentials: Option<Credentials>,
}

impl Endpoint {
    /// The reference's registry itself, with TLS and without credentials.
    #[must_use]
    pub fn of(reference: &OciReference) -> Self {
        let registry = reference.registry();
        let host = if registry == DOCKER_HUB.0 {
            DOCKER_HUB.1
        } else {
            registry
        };
        Self {
            host: host.to_owned(),
            plain_http: false,
            prefix: None,
            credentials: None,
        }
    }

    /// The repository's name at this endpoint.
    pub(crate) fn repository(&self, reference: &OciReference) -> String {
        let repository = reference.repository();
        match self.prefix.as_deref().map(|prefix| prefix.trim_matches('/')) {
            None | Some("") => repository.to_owned(),
            Some(prefix) => format!("{prefix}/{repository}"),
        }
    }

    /// The registry that this endpoint mirrors, if it is a mirror.
    pub(crate) fn mirrored(&self, reference: &OciReference) -> Option<String> {
        (self.host != Self::of(reference).host).then(|| reference.registry().to_owned())
    }
}

impl Access {
    /// The registry itself, without mirrors.
    #[must_use]
    pub fn of(reference: &OciReference) -> Self {
        Self {
            endpoints: vec![Endpoint::of(reference)],
            certificate_authorities: Vec::new(),
        }
    }
}
