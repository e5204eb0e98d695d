//! Reads credentials from Docker's `config.json`, Podman's `auth.json`, and the `.dockerconfigjson` of pull
//! Secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use podweave_core::oci_reference::OciReference;
use serde::Deserialize;

use crate::credentials::Credentials;

/// The size limit of such a file: that of a Secret.
const FILE_BYTES: u64 = 1024 * 1024;

/// The names under which Docker writes its own registry.
const DOCKER_HUB: [&str; 3] = [
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
];

/// The credentials in a Docker configuration.
#[derive(Clone, Default, Deserialize)]
pub struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    store: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

/// Why a configuration gives no credentials. The messages show no part of the credentials.
#[derive(Debug, thiserror::Error)]
pub enum DockerConfigError {
    /// The file cannot be read.
    #[error("cannot read the credentials in {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The configuration is too large.
    #[error("the docker configuration is larger than 1 MiB, the limit")]
    TooLarge,
    /// It is not a configuration.
    #[error(
        "not a docker configuration, which is JSON such as {{\"auths\": {{\"ghcr.io\": {{\"auth\": \"...\"}}}}}} (error at line {line}, column {column})"
    )]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// An entry is invalid.
    #[error("invalid credentials for {registry}: auth must be NAME:PASSWORD in base64; log in again")]
    Auth {
        /// The entry's key.
        registry: String,
    },
}

impl fmt::Debug for DockerConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DockerConfig")
            .field("registries", &self.auths.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl DockerConfig {
    /// Reads a configuration, such as the `.dockerconfigjson` of a Secret.
    ///
    /// # Errors
    /// Where the configuration is wrong, without its content.
    pub fn parse(json: &[u8]) -> Result<Self, DockerConfigError> {
        if json.len() as u64 > FILE_BYTES {
            return Err(DockerConfigError::TooLarge);
        }
        serde_json::from_slice(json).map_err(|error| DockerConfigError::Json {
            line: error.line(),
            column: error.column(),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Why it cannot be read, or where it is wrong.
    pub fn load(path: &Path) -> Result<Self, DockerConfigError> {
        let json = File::open(path)
            // One byte more than the limit, so that `parse` sees that there is too much.
            .and_then(|file| podweave_bounded_read::start(file, FILE_BYTES + 1))
            .map_err(|error| DockerConfigError::File {
                path: path.to_owned(),
                error,
            })?;
        Self::parse(&json)
    }

    /// The paths of a user's configurations, in the order in which to try them: `$DOCKER_CONFIG/config.json`
    /// or `~/.docker/config.json`, then Podman's.
    #[must_use]
    pub fn paths() -> Vec<PathBuf> {
        let directory = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let docker = directory("DOCKER_CONFIG")
            .or_else(|| directory("HOME").map(|home| home.join(".docker")))
            .map(|docker| docker.join("config.json"));
        let podman = directory("XDG_RUNTIME_DIR").map(|run| run.join("containers/auth.json"));
        docker.into_iter().chain(podman).collect()
    }

    /// Finds the credentials for a reference: those of the most specific entry. An entry is for a host, or
    /// for repositories below a path there.
    ///
    /// # Errors
    /// The most specific entry is invalid.
    pub fn credentials(&self, reference: &OciReference) -> Result<Option<Credentials>, DockerConfigError> {
        let wanted = reference.name();
        let nearest = self
            .auths
            .iter()
            .filter(|(key, entry)| !entry.is_empty() && is_for(key, &wanted))
            .max_by_key(|(key, _)| normal(key).len());
        nearest.map_or(Ok(None), |(key, entry)| match entry.credentials() {
            Some(credentials) => Ok(Some(credentials)),
            None => Err(DockerConfigError::Auth {
                registry: podweave_core::text::quoted(key),
            }),
        })
    }

    /// The credential helper for a reference: the suffix of `docker-credential-NAME`, and the name under
    /// which the helper knows the registry.
    pub(crate) fn helper(&self, reference: &OciReference) -> Option<(&str, String)> {
        let own = self
            .helpers
            .iter()
            .find(|(key, _)| normal(key) == reference.registry())
            .map(|(key, helper)| (helper.as_str(), key.clone()));
        let server = if reference.registry() == "docker.io" {
            "https://index.docker.io/v1/"
        } else {
            reference.registry()
        };
        own.or_else(|| (!self.store.is_empty()).then(|| (self.store.as_str(), server.to_owned())))
    }
}

impl Entry {
    /// Docker leaves an empty entry if a credential helper has the credentials.
    fn is_empty(&self) -> bool {
        [
            &self.auth,
            &self.username,
            &self.password,
            &self.identitytoken,
            &self.registrytoken,
        ]
        .iter()
        .all(|field| field.is_empty())
    }

    fn credentials(&self) -> Option<Credentials> {
        if !self.registrytoken.is_empty() {
            return Some(Credentials::RegistryToken(self.registrytoken.clone()));
        }
        if !self.identitytoken.is_empty() {
            return Some(Credentials::IdentityToken(self.identitytoken.clone()));
        }
        if self.auth.is_empty() {
            return Some(Credentials::Password {
                username: self.username.clone(),
                password: self.password.clone(),
            });
        }
        let auth = self.auth.trim();
        let bytes = STANDARD
            .decode(auth)
            .or_else(|_| STANDARD_NO_PAD.decode(auth))
            .ok()?;
        let (username, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        // Docker appends a NUL to some passwords.
        Some(Credentials::Password {
            username: username.to_owned(),
            password: password.trim_end_matches('\0').to_owned(),
        })
    }
}

/// Whether an entry's key covers a name. A `*` matches one label of a host name, as in Kubernetes.
fn is_for(key: &str, name: &str) -> bool {
    let key = normal(key);
    let (key_host, key_path) = key.split_once('/').unwrap_or((&key, ""));
    let (host, path) = name.split_once('/').unwrap_or((name, ""));
    let hosts_match = key_host.split('.').count() == host.split('.').count()
        && key_host
            .split('.')
            .zip(host.split('.'))
            .all(|(one, other)| one == "*" || one == other);
    let below = path
        .strip_prefix(key_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    hosts_match && (key_path.is_empty() || below)
}

/// Normalizes a key to `host[/path]`: Docker writes some keys as URLs, with the version of an obsolete API.
fn normal(key: &str) -> String {
    let key = key
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_end_matches('/');
    let (host, path) = key.split_once('/').unwrap_or((key, ""));
    let host = host.to_ascii_lowercase();
    let host = if DOCKER_HUB.contains(&host.as_str()) {
        "docker.io"
    } else {
        &host
    };
    match path {
        "" | "v1" | "v2" => host.to_owned(),
        path => format!("{host}/{path}"),
    }
}
