//! Parses OCI references, which say where a plugin is in a registry, as for images.

use std::fmt;
use std::net::Ipv6Addr;

use crate::digest::Digest;
use crate::reference::PluginReference;
use crate::text;

/// The longest repository that registries accept.
const REPOSITORY_BYTES: usize = 255;

/// The longest host, without its port, that DNS accepts.
const HOST_BYTES: usize = 253;

/// The longest tag that registries accept.
const TAG_BYTES: usize = 128;

/// The tag of a reference that has neither tag nor digest.
const DEFAULT_TAG: &str = "latest";

/// The names of Docker Hub: its name, and an older one that some images still use.
const DOCKER_HUB: (&str, &str) = ("docker.io", "index.docker.io");

/// Docker Hub's own account, which can be omitted.
const OFFICIAL: &str = "library/";

/// `registry/repository[:tag][@sha256:HEX]`. The registry is required, since a node has no default one.
///
/// A repository has one name, so that trust rules, the cache, records and registries use the same: the host
/// is lower-cased, and a repository that Docker Hub has under several names gets the one that container
/// runtimes use (`index.docker.io/web` is `docker.io/library/web`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl OciReference {
    /// Whether a plugin reference in an annotation is an OCI reference and not a name: it has a `/`.
    #[must_use]
    pub fn is_meant(reference: &PluginReference) -> bool {
        reference.as_str().contains('/')
    }

    /// Parses a reference. Without tag and digest, its tag is `latest`.
    ///
    /// # Errors
    /// Which part is wrong, and how to write it.
    pub fn parse(reference: &str) -> Result<Self, String> {
        let wrong = |reason: String| format!("{} is not an OCI reference: {reason}", text::quoted(reference));
        if reference.len() > 1024 {
            return Err(wrong("it has more than 1024 bytes".to_owned()));
        }
        let Some((registry, rest)) = reference.split_once('/') else {
            return Err(wrong(
                "write the registry's host, too: REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST]".to_owned(),
            ));
        };
        let is_host = registry.contains(['.', ':'])
            || registry.starts_with('[')
            || registry.eq_ignore_ascii_case("localhost");
        if !is_host {
            return Err(wrong(format!(
                "{} is not the host of a registry; write the host before it, as in ghcr.io/acme/web",
                text::quoted(registry)
            )));
        }
        let registry = checked_host(registry).map_err(wrong)?;
        let (rest, digest) = match rest.split_once('@') {
            None => (rest, None),
            Some((rest, digest)) => {
                let parsed = Digest::parse(digest);
                let parsed = parsed.ok_or_else(|| {
                    wrong(format!(
                        "{} is not a digest; write sha256: and 64 hexadecimal digits",
                        text::quoted(digest)
                    ))
                })?;
                (rest, Some(parsed))
            }
        };
        let (repository, tag) = match rest.split_once(':') {
            None => (rest, None),
            Some((repository, tag)) if is_tag(tag) => (repository, Some(tag.to_owned())),
            Some((_, tag)) => {
                return Err(wrong(format!(
                    "{} is not a tag; use letters, digits, '_', '.' and '-', at most {TAG_BYTES} of them, and do not start with '.' or '-'",
                    text::quoted(tag)
                )));
            }
        };
        let (registry, repository) = canonical(registry, repository);
        if !is_repository(&repository) {
            return Err(wrong(format!(
                "{} is not a repository; use parts of lower-case letters and digits with '.', '_', '__' or '-' between them, at most {REPOSITORY_BYTES} bytes",
                text::quoted(&repository)
            )));
        }
        let tag = if tag.is_none() && digest.is_none() {
            Some(DEFAULT_TAG.to_owned())
        } else {
            tag
        };
        Ok(Self {
            registry,
            repository,
            tag,
            digest,
        })
    }

    /// The registry: a host, with a port if the reference has one.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository in the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// `registry/repository`, which trust rules match.
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

    /// Returns the same plugin with this digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self {
            digest: Some(digest),
            ..self.clone()
        }
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

/// Returns the one name of a repository.
fn canonical(registry: String, repository: &str) -> (String, String) {
    let (name, older) = DOCKER_HUB;
    if registry != name && registry != older {
        return (registry, repository.to_owned());
    }
    let official = if repository.is_empty() || repository.contains('/') {
        ""
    } else {
        OFFICIAL
    };
    (name.to_owned(), format!("{official}{repository}"))
}

/// Checks a host as in a registry's address, `name[:port]` or `[IPv6 address][:port]`, and lower-cases it.
fn checked_host(registry: &str) -> Result<String, String> {
    let shown = text::quoted(registry);
    let (host, port) = match registry.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest
                .split_once(']')
                .ok_or_else(|| format!("the host {shown} has '[' but no ']'"))?;
            let address: Ipv6Addr = address
                .parse()
                .map_err(|_| format!("the host {shown} is not an IPv6 address"))?;
            let port = match port.strip_prefix(':') {
                None if port.is_empty() => None,
                None => return Err(format!("the host {shown} has text after its ']'")),
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
        alphanumeric(first)
            && alphanumeric(last)
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !host.starts_with('[') && (host.len() > HOST_BYTES || !host.split('.').all(is_part)) {
        return Err(format!("{shown} is not a host name"));
    }
    match port {
        None => Ok(host),
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(format!("{host}:{number}"))
            }
            _ => Err(format!("{} is not a port number", text::quoted(port))),
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
                let allowed = separator.is_empty()
                    || (begun
                        && (matches!(separator.as_str(), "." | "_" | "__")
                            || separator.bytes().all(|byte| byte == b'-')));
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
    tag.len() <= TAG_BYTES
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}
