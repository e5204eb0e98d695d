//! Reads the parts of the configuration about plugins: their names, the trust rules, and how registries are
//! reached.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podweave_core::allowed_outputs::AllowedOutputs;
use podweave_core::limits::MAX_MEMORY_BYTES;
use podweave_core::node::Node;
use podweave_core::oci_reference::OciReference;
use podweave_core::pattern::Pattern;
use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;
use podweave_plugin_store::BuiltIn;
use podweave_plugin_store::PullPolicy;
use podweave_plugin_store::settings::Origin;
use podweave_plugin_store::trust::Prefix;
use podweave_signature::Identity;

use super::fields::{GIB, KIB, MAX_TIME, MIB, Shape, has_only_known_fields, section, set};
use super::values;

/// A plugin with a name that is defined on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginName {
    /// The name that annotations use.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The namespaces whose pods may use it; `None`: all.
    pub namespaces: Option<Arc<[Pattern]>>,
    /// When its registry is asked what the tag means.
    pub pull_policy: Option<PullPolicy>,
    /// Its limits, and the outputs that it may set.
    pub terms: Option<Terms>,
}

/// A trust rule: which plugins of registries may run on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRule {
    /// The prefix of the references that the rule applies to.
    pub prefix: Prefix,
    /// Whether references must have a digest.
    pub require_digest: bool,
    /// The signature that a plugin must have; `None`: any or none.
    pub signatures: Option<Signatures>,
    /// The namespaces whose pods may use these plugins; `None`: all.
    pub namespaces: Option<Arc<[Pattern]>>,
    /// When registries are asked what a tag means.
    pub pull_policy: Option<PullPolicy>,
    /// Limits of these plugins, and the outputs that they may set.
    pub terms: Terms,
}

/// The signatures that a rule accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    /// Files of public keys.
    pub keys: Vec<PathBuf>,
    /// Certificates that a rule accepts.
    pub certificates: Option<Certificates>,
}

/// Certificates whose holders' signatures a rule accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    /// The file with the certificates of the authorities.
    pub roots: PathBuf,
    /// The identities that a certificate may have.
    pub identities: Vec<Identity>,
}

/// How registries are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrySettings {
    /// Registries that are not reached over TLS at their own address, or that have mirrors.
    pub hosts: Vec<RegistryHost>,
    /// Files of certificate authorities that are trusted in addition to the system's.
    pub certificate_authorities: Vec<PathBuf>,
    /// A docker configuration with credentials.
    pub credentials: Option<PathBuf>,
    /// Whether the pull Secrets of pods are used.
    pub pod_pull_secrets: bool,
    /// Whether a tag keeps its last known meaning while its registry does not answer.
    pub last_known_good: bool,
    /// The interval at which registries are asked what the tags of named plugins mean, if their pull policy
    /// is `Always`.
    pub refresh: Duration,
    /// The timeout of one pull with all its attempts.
    pub timeout: Duration,
}

/// How one registry is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryHost {
    /// Host, and port where it has one.
    pub host: String,
    /// Mirrors, which are asked first.
    pub mirrors: Vec<Mirror>,
    /// Whether the connection is plain HTTP, without TLS.
    pub plain_http: bool,
    /// Files of certificate authorities.
    pub certificate_authorities: Vec<PathBuf>,
}

/// A registry with copies of another registry's repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Host, and port where it has one.
    pub host: String,
    /// Whether the connection is plain HTTP, without TLS.
    pub plain_http: bool,
    /// The prefix that the repositories' names have on the mirror.
    pub prefix: Option<String>,
}

/// Limits of what all plugins together may take of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginLimits {
    /// How many plugins are compiled at the same time.
    pub compilations: usize,
    /// Bytes of compiled code on disk.
    pub code_bytes: u64,
    /// Bytes of pulled components on disk.
    pub component_bytes: u64,
}

impl Default for RegistrySettings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            certificate_authorities: Vec::new(),
            credentials: None,
            pod_pull_secrets: false,
            last_known_good: false,
            refresh: Duration::from_secs(300),
            timeout: Duration::from_secs(120),
        }
    }
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            compilations: 1,
            code_bytes: podweave_plugin_store::CodeCache::DEFAULT_BYTES,
            component_bytes: podweave_plugin_store::ArtifactStore::DEFAULT_BYTES,
        }
    }
}

impl RegistrySettings {
    /// Lists the files that this part names.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let of_hosts = self.hosts.iter().flat_map(|host| &host.certificate_authorities);
        self.certificate_authorities
            .iter()
            .chain(of_hosts)
            .chain(&self.credentials)
            .cloned()
    }
}

impl Signatures {
    /// Lists the files that this part names.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.keys
            .iter()
            .chain(self.certificates.iter().map(|certificates| &certificates.roots))
            .cloned()
    }
}

pub(super) fn plugins(list: Node<'_>) -> Shape<Vec<PluginName>> {
    let mut names = BTreeSet::new();
    list.items(|plugin| {
        has_only_known_fields(plugin, "plugins[]")?;
        let name = plugin.required("name", |name| {
            let text = name.text()?;
            PluginReference::parse(text).map_err(|reason| name.error(reason))?;
            if names.insert(text.to_owned()) {
                Ok(text.to_owned())
            } else {
                Err(name.error("is a duplicate; list each name once"))
            }
        })?;
        let file = plugin.field("file", values::path)?;
        let reference = plugin.field("reference", |node| {
            OciReference::parse(node.text()?).map_err(|reason| node.error(reason))
        })?;
        let origin = match (file, reference) {
            (Some(file), None) => Origin::File(file),
            (None, Some(reference)) => Origin::Registry(reference),
            (None, None) if BuiltIn::find(&name).is_some() => Origin::BuiltIn,
            (None, None) => return Err(plugin.error("is not a built-in plugin; set file or reference")),
            (Some(_), Some(_)) => return Err(plugin.error("has both file and reference; set one of them")),
        };
        let terms = terms(plugin)?;
        Ok(PluginName {
            name,
            origin,
            namespaces: patterns(plugin, "namespaces")?,
            pull_policy: pull_policy(plugin)?,
            terms,
        })
    })
}

pub(super) fn trust(node: Node<'_>) -> Shape<Vec<TrustRule>> {
    has_only_known_fields(node, "trust")?;
    let rules = node.field("rules", |rules| {
        let mut prefixes = Vec::new();
        rules.items(|rule| {
            has_only_known_fields(rule, "trust.rules[]")?;
            let prefix = rule.required("prefix", |node| {
                let prefix = Prefix::parse(node.text()?).map_err(|reason| node.error(reason))?;
                if prefixes.contains(&prefix) {
                    return Err(node.error("is a duplicate; list each prefix once"));
                }
                prefixes.push(prefix.clone());
                Ok(prefix)
            })?;
            let mut require_digest = false;
            set(rule, "requireDigest", &mut require_digest, |node| node.boolean())?;
            Ok(TrustRule {
                prefix,
                require_digest,
                signatures: rule.field("signatures", signatures)?,
                namespaces: patterns(rule, "namespaces")?,
                pull_policy: pull_policy(rule)?,
                terms: terms(rule)?.unwrap_or_default(),
            })
        })
    })?;
    Ok(rules.unwrap_or_default())
}

fn signatures(node: Node<'_>) -> Shape<Signatures> {
    has_only_known_fields(node, "trust.rules[].signatures")?;
    let keys = node
        .field("keys", |keys| keys.items(values::path))?
        .unwrap_or_default();
    let certificates = node.field("certificates", |certificates| {
        has_only_known_fields(certificates, "trust.rules[].signatures.certificates")?;
        let roots = certificates.required("roots", values::path)?;
        let identities = certificates.required("identities", |list| {
            list.items(|node| Identity::parse(node.text()?).map_err(|reason| node.error(reason)))
        })?;
        Ok(Certificates { roots, identities })
    })?;
    if keys.is_empty()
        && certificates
            .as_ref()
            .is_none_or(|certificates| certificates.identities.is_empty())
    {
        return Err(node.error("accepts no signature; set keys, or certificates with identities"));
    }
    Ok(Signatures { keys, certificates })
}

fn terms(node: Node<'_>) -> Shape<Option<Terms>> {
    let mut terms = Terms::default();
    let limits = node.field("limits", |limits| {
        has_only_known_fields(limits, "plugins[].limits")?;
        let optional = |name: &str, place: &mut Option<usize>, most: u64| {
            *place = limits.field(name, |node| values::memory(node, KIB..=most))?;
            Ok(())
        };
        optional("memory", &mut terms.memory_bytes, MAX_MEMORY_BYTES as u64)?;
        optional("copied", &mut terms.copied_bytes, 4 * GIB)?;
        optional("files", &mut terms.file_bytes, GIB)?;
        optional("log", &mut terms.log_bytes, 16 * MIB)?;
        terms.time = limits.field("time", |node| {
            values::duration(node, Duration::from_millis(1)..=MAX_TIME)
        })?;
        Ok(())
    })?;
    let outputs = node.field("outputs", |outputs| {
        has_only_known_fields(outputs, "plugins[].outputs")?;
        let mut args = true;
        set(outputs, "args", &mut args, |node| node.boolean())?;
        Ok(AllowedOutputs {
            env: patterns(outputs, "env")?,
            args,
            files: patterns(outputs, "files")?,
        })
    })?;
    let is_given = limits.is_some() || outputs.is_some();
    terms.outputs = outputs.unwrap_or_default();
    Ok(is_given.then_some(terms))
}

fn patterns(node: Node<'_>, name: &str) -> Shape<Option<Arc<[Pattern]>>> {
    let list = node.field(name, |list| {
        list.items(|node| Pattern::parse(node.text()?).map_err(|reason| node.error(reason)))
    })?;
    Ok(list.map(Arc::from))
}

fn pull_policy(node: Node<'_>) -> Shape<Option<PullPolicy>> {
    node.field("pullPolicy", |node| {
        values::word(node, &PullPolicy::ALL.map(|policy| (policy.name(), policy)))
    })
}

pub(super) fn registries(file: Node<'_>, settings: &mut RegistrySettings) -> Shape<()> {
    section(file, "registries", |node| {
        let mut names = BTreeSet::new();
        set(node, "hosts", &mut settings.hosts, |list| {
            list.items(|node| {
                let host = host(node)?;
                if names.insert(host.host.clone()) {
                    Ok(host)
                } else {
                    Err(node.error("duplicate host; list each host once"))
                }
            })
        })?;
        set(
            node,
            "certificateAuthorities",
            &mut settings.certificate_authorities,
            |list| list.items(values::path),
        )?;
        settings.credentials = node.field("credentials", values::path)?;
        set(node, "podPullSecrets", &mut settings.pod_pull_secrets, |node| {
            node.boolean()
        })?;
        set(node, "lastKnownGood", &mut settings.last_known_good, |node| {
            node.boolean()
        })?;
        let refreshes = Duration::from_secs(10)..=Duration::from_secs(7 * 24 * 3600);
        set(node, "refresh", &mut settings.refresh, |node| {
            values::duration(node, refreshes)
        })?;
        let timeouts = Duration::from_secs(1)..=Duration::from_secs(3600);
        set(node, "timeout", &mut settings.timeout, |node| {
            values::duration(node, timeouts)
        })
    })
}

fn host(node: Node<'_>) -> Shape<RegistryHost> {
    has_only_known_fields(node, "registries.hosts[]")?;
    let mut host = RegistryHost {
        host: node.required("host", registry_host)?,
        mirrors: Vec::new(),
        plain_http: false,
        certificate_authorities: Vec::new(),
    };
    set(node, "mirrors", &mut host.mirrors, |list| list.items(mirror))?;
    set(node, "plainHTTP", &mut host.plain_http, |node| node.boolean())?;
    set(
        node,
        "certificateAuthorities",
        &mut host.certificate_authorities,
        |list| list.items(values::path),
    )?;
    Ok(host)
}

fn mirror(node: Node<'_>) -> Shape<Mirror> {
    has_only_known_fields(node, "registries.hosts[].mirrors[]")?;
    let mut plain_http = false;
    set(node, "plainHTTP", &mut plain_http, |node| node.boolean())?;
    let prefix = node.field("prefix", |node| Ok(node.text()?.to_owned()))?;
    Ok(Mirror {
        host: node.required("host", registry_host)?,
        plain_http,
        prefix,
    })
}

/// Reads a host and normalizes it as in references, so that both compare equal.
fn registry_host(node: Node<'_>) -> Shape<String> {
    let reference = OciReference::parse(&format!("{}/repository", node.text()?))
        .ok()
        .filter(|reference| reference.repository() == "repository");
    let reference =
        reference.ok_or_else(|| node.error("is not the host of a registry; write it as in references, such as ghcr.io or registry.example:5000"))?;
    Ok(reference.registry().to_owned())
}
