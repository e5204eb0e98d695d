//! Where a registry is asked: its mirrors and itself.

use podweave_core::oci_reference::OciReference;

use crate::credentials::Credentials;

/// Where Docker Hub's registry is; references and credentials say `docker.io`.
const DOCKER_HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");

/// Where to ask for the repositories of one registry, and whom to trust there.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Mirrors, in their order, and the registry itself at the end. The next is asked if one fails. What is pushed goes to the last alone.
    pub endpoints: Vec<Endpoint>,
    /// Certificate authorities (PEM) that are trusted beside those of the system.
    pub certificate_authorities: Vec<String>,
}

/// One host that serves a registry's repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host, and port if it is not the protocol's own.
    pub host: String,
    /// Whether it is spoken to without TLS.
    pub plain_http: bool,
    /// What stands before the repository's name there, such as the project of a proxy cache.
    pub prefix: Option<String>,
    /// For this host alone.
    pub credentials: Option<Credentials>,
}

impl Endpoint {
    /// The registry of a reference itself: with TLS, and nobody's credentials.
    #[must_use]
    pub fn of(reference: &OciReference) -> Self {
        let registry = reference.registry();
        let host = if registry == DOCKER_HUB.0 { DOCKER_HUB.1 } else { registry };
        Self { host: host.to_owned(), plain_http: false, prefix: None, credentials: None }
    }

    /// The repository's name at this endpoint.
    pub(crate) fn repository(&self, reference: &OciReference) -> String {
        let repository = reference.repository();
        match self.prefix.as_deref().map(|prefix| prefix.trim_matches('/')) {
            None | Some("") => repository.to_owned(),
            Some(prefix) => format!("{prefix}/{repository}"),
        }
    }

    /// The registry that this endpoint stands in for, if it is a mirror.
    pub(crate) fn mirrored(&self, reference: &OciReference) -> Option<String> {
        (self.host != Self::of(reference).host).then(|| reference.registry().to_owned())
    }
}

impl Access {
    /// The registry itself alone.
    #[must_use]
    pub fn of(reference: &OciReference) -> Self {
        Self { endpoints: vec![Endpoint::of(reference)], certificate_authorities: Vec::new() }
    }
}
