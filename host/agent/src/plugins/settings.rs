//! Builds the store's settings from the configuration, and reads the files that it names.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use podweave_core::reference::PluginReference;
use podweave_plugin_store::settings::{NamedPlugin, Settings};
use podweave_plugin_store::settings::{Registries, RegistryHost};
use podweave_plugin_store::trust::{Rule, Trust};
use podweave_registry::{DockerConfig, DockerConfigError, Endpoint};
use podweave_signature::{CertificatePolicy, Key, KeyError, Policy, Roots, RootsError};

use crate::configuration::{AgentConfiguration, Signatures, TrustRule};
use crate::directory::DirectoryError;

/// The maximum size of a file with a key, certificates, or credentials.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// The reason why the plugin store cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PluginsError {
    /// A directory of plugins cannot be used.
    #[error("{0}")]
    Directory(DirectoryError),
    /// The path of this program cannot be found.
    #[error("cannot find this program's own file: {0}")]
    Program(io::Error),
    /// A file that the configuration names cannot be read.
    #[error("{field}: cannot read {}: {error}", .path.display())]
    File {
        /// The field that names it.
        field: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// A file does not contain a valid public key.
    #[error("trust.rules[].signatures.keys: {}: {error}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: KeyError,
    },
    /// A file does not contain valid certificates.
    #[error("trust.rules[].signatures.certificates.roots: {}: {error}", .path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        error: RootsError,
    },
    /// The file with credentials is not valid.
    #[error("registries.credentials: {0}")]
    Credentials(DockerConfigError),
    /// Rules contradict each other.
    #[error("trust.rules: {0}")]
    Trust(String),
    /// A plugin has a name that annotations cannot refer to.
    #[error("plugins: {0}")]
    Name(String),
}

/// Builds the store's settings. Reads the files that the configuration names once, now.
///
/// # Errors
/// One of the files, or a field, cannot be used.
pub fn settings(configuration: &AgentConfiguration) -> Result<Settings, PluginsError> {
    let named = configuration.plugins.iter().map(|plugin| {
        let reference = PluginReference::parse(&plugin.name).map_err(PluginsError::Name)?;
        let terms = plugin.terms.clone().map(Arc::new);
        Ok((
            reference,
            Arc::new(NamedPlugin {
                origin: plugin.origin.clone(),
                namespaces: plugin.namespaces.clone(),
                pull_policy: plugin.pull_policy,
                terms,
            }),
        ))
    });
    let rules = configuration.trust.iter().map(rule).collect::<Result<_, _>>()?;
    Ok(Settings {
        named: named.collect::<Result<_, _>>()?,
        trust: Trust::new(rules).map_err(PluginsError::Trust)?,
        registries: registries(configuration)?,
        pull_policy: None,
        pod_credentials: configuration.registries.pod_pull_secrets,
        last_known_good: configuration.registries.last_known_good,
    })
}

fn rule(rule: &TrustRule) -> Result<Rule, PluginsError> {
    Ok(Rule {
        prefix: rule.prefix.clone(),
        require_digest: rule.require_digest,
        signatures: rule.signatures.as_ref().map(policy).transpose()?.map(Arc::new),
        namespaces: rule.namespaces.clone(),
        pull_policy: rule.pull_policy,
        terms: Arc::new(rule.terms.clone()),
    })
}

fn policy(signatures: &Signatures) -> Result<Policy, PluginsError> {
    let key = |path: &PathBuf| {
        let pem = read("trust.rules[].signatures.keys", path)?;
        Key::from_pem(path.display().to_string(), &pem).map_err(|error| PluginsError::Key {
            path: path.clone(),
            error,
        })
    };
    let certificates = signatures.certificates.as_ref().map(|certificates| {
        let path = &certificates.roots;
        let roots = Roots::from_pem(&read("trust.rules[].signatures.certificates.roots", path)?);
        let roots = roots.map_err(|error| PluginsError::Roots {
            path: path.clone(),
            error,
        })?;
        Ok(CertificatePolicy {
            roots,
            identities: certificates.identities.clone(),
        })
    });
    Ok(Policy {
        keys: signatures.keys.iter().map(key).collect::<Result<_, _>>()?,
        certificates: certificates.transpose()?,
    })
}

fn registries(configuration: &AgentConfiguration) -> Result<Registries, PluginsError> {
    let settings = &configuration.registries;
    let authorities = |field: &'static str, paths: &[PathBuf]| -> Result<Vec<String>, PluginsError> {
        let text = |path: &PathBuf| Ok(String::from_utf8_lossy(&read(field, path)?).into_owned());
        paths.iter().map(text).collect()
    };
    let hosts = settings.hosts.iter().map(|host| {
        let mirrors = host.mirrors.iter().map(|mirror| Endpoint {
            host: mirror.host.clone(),
            plain_http: mirror.plain_http,
            prefix: mirror.prefix.clone(),
            credentials: None,
        });
        let certificate_authorities = authorities(
            "registries.hosts[].certificateAuthorities",
            &host.certificate_authorities,
        )?;
        Ok((
            host.host.clone(),
            RegistryHost {
                mirrors: mirrors.collect(),
                plain_http: host.plain_http,
                certificate_authorities,
                credentials: None,
            },
        ))
    });
    Ok(Registries {
        hosts: hosts.collect::<Result<_, _>>()?,
        certificate_authorities: authorities(
            "registries.certificateAuthorities",
            &settings.certificate_authorities,
        )?,
        credentials: match &settings.credentials {
            None => DockerConfig::default(),
            Some(path) => DockerConfig::load(path).map_err(PluginsError::Credentials)?,
        },
    })
}

fn read(field: &'static str, path: &Path) -> Result<Vec<u8>, PluginsError> {
    podweave_bounded_read::file(path, MAX_BYTES).map_err(|error| PluginsError::File {
        field,
        path: path.to_owned(),
        error,
    })
}
