//! OCI references: where in which registry a plugin is, as people know it from images.

use std::fmt;
use std::net::Ipv6Addr;

use crate::digest::Digest;
use crate::reference::PluginReference;
use crate::text;

/// The longest repository, as registries have it.
const REPOSITORY_BYTES: usize = 255;

/// The longest host, without its port, as DNS has it.
const HOST_BYTES: usize = 253;

/// The longest tag, as registries have it.
const TAG_BYTES: usize = 128;

/// The tag of a reference that has neither tag nor digest.
const DEFAULT_TAG: &str = "latest";

/// The names of Docker Hub: what it is called, and an older name that images are still known by.
const DOCKER_HUB: (&str, &str) = ("docker.io", "index.docker.io");

/// Docker Hub's own account, which may be left out.
const OFFICIAL: &str = "library/";

/// `registry/repository[:tag][@sha256:HEX]`. The registry is always written, since a node has no default one.
///
/// One repository has one name, so that trust rules, the cache, records and registries see the same: the letters of a host are made small, and what
/// Docker Hub calls by several names has the one that container runtimes give it (`index.docker.io/web` is `docker.io/library/web`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl OciReference {
    /// Whether a reference in an annotation is one to a registry, and not a name: whether it has a `/`.
    #[must_use]
    pub fn is_meant(reference: &PluginReference) -> bool {
        reference.as_str().contains('/')
    }

    /// Reads a reference. Without tag and digest, its tag is `latest`.
    ///
    /// # Errors
    /// Which part of it is wrong, and how it is written.
    pub fn parse(reference: &str) -> Result<Self, String> {
        let wrong = |reason: String| format!("{} is no OCI reference: {reason}", text::quoted(reference));
        if reference.len() > 1024 {
            return Err(wrong("it has more than 1024 bytes".to_owned()));
        }
        let Some((registry, rest)) = reference.split_once('/') else {
            return Err(wrong("write the registry's host, too: REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST]".to_owned()));
        };
        let is_host = registry.contains(['.', ':']) || registry.starts_with('[') || registry.eq_ignore_ascii_case("localhost");
        if !is_host {
            return Err(wrong(format!("{} is no registry's host; write the host before it, as in ghcr.io/acme/web", text::quoted(registry))));
        }
        let registry = checked_host(registry).map_err(wrong)?;
        let (rest, digest) = match rest.split_once('@') {
            None => (rest, None),
            Some((rest, digest)) => {
                let parsed = Digest::parse(digest);
                let parsed = parsed.ok_or_else(|| wrong(format!("{} is no digest; it is sha256: and 64 hexadecimal digits", text::quoted(digest))))?;
                (rest, Some(parsed))
            }
        };
        let (repository, tag) = match rest.split_once(':') {
            None => (rest, None),
            Some((repository, tag)) if is_tag(tag) => (repository, Some(tag.to_owned())),
            Some((_, tag)) => {
                return Err(wrong(format!(
                    "{} is no tag; it has letters, digits, '_', '.' and '-', starts with none of the last two, and has at most {TAG_BYTES} of them",
                    text::quoted(tag)
                )));
            }
        };
        let (registry, repository) = canonical(registry, repository);
        if !is_repository(&repository) {
            return Err(wrong(format!(
                "{} is no repository; its parts are of lower-case letters and digits with '.', '_', '__' or '-' between them, and it has at most {REPOSITORY_BYTES} bytes",
                text::quoted(&repository)
            )));
        }
        let tag = if tag.is_none() && digest.is_none() { Some(DEFAULT_TAG.to_owned()) } else { tag };
        Ok(Self { registry, repository, tag, digest })
    }

    /// The registry: a host, and a port where it has one.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository in it.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// `registry/repository`, which is what policies are about.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The tag. A reference has a tag, a digest, or both; with both, the digest counts.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest of the manifest.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The same plugin by this digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        match self.digest {
            Some(digest) => write!(formatter, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// The one name of a repository.
fn canonical(registry: String, repository: &str) -> (String, String) {
    let (name, older) = DOCKER_HUB;
    if registry != name && registry != older {
        return (registry, repository.to_owned());
    }
    let official = if repository.is_empty() || repository.contains('/') { "" } else { OFFICIAL };
    (name.to_owned(), format!("{official}{repository}"))
}

/// A host as a registry's address has it: `name[:port]` or `[IPv6 address][:port]`, with small letters.
fn checked_host(registry: &str) -> Result<String, String> {
    let shown = text::quoted(registry);
    let (host, port) = match registry.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or_else(|| format!("the host {shown} has '[' but no ']'"))?;
            let address: Ipv6Addr = address.parse().map_err(|_| format!("the host {shown} is no IPv6 address"))?;
            let port = match port.strip_prefix(':') {
                None if port.is_empty() => None,
                None => return Err(format!("the host {shown} goes on after its ']'")),
                Some(port) => Some(port),
            };
            (format!("[{address}]"), port)
        }
        None => match registry.split_once(':') {
            None => (registry.to_ascii_lowercase(), None),
            Some((host, port)) => (host.to_ascii_lowercase(), Some(port)),
        },
    };
    let is_part = |part: &str| {
        let alphanumeric = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let (first, last) = (part.bytes().next(), part.bytes().next_back());
        alphanumeric(first) && alphanumeric(last) && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !host.starts_with('[') && (host.len() > HOST_BYTES || !host.split('.').all(is_part)) {
        return Err(format!("{shown} is no host"));
    }
    match port {
        None => Ok(host),
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(format!("{host}:{number}")),
            _ => Err(format!("{} is no port", text::quoted(port))),
        },
    }
}

fn is_repository(repository: &str) -> bool {
    repository.len() <= REPOSITORY_BYTES && repository.split('/').all(is_component)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(component: &str) -> bool {
    let mut separator = String::new();
    let mut begun = false;
    for character in component.chars() {
        match character {
            'a'..='z' | '0'..='9' => {
                let allowed = separator.is_empty() || (begun && (matches!(separator.as_str(), "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')));
                if !allowed {
                    return false;
                }
                separator.clear();
                begun = true;
            }
            '.' | '_' | '-' => separator.push(character),
            _ => return false,
        }
    }
    begun && separator.is_empty()
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= TAG_BYTES && tag.bytes().next().is_some_and(word) && tag.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}
