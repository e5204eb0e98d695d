//! The trust policy: which registries' plugins are allowed to run, in which namespaces, and on which terms.
//! Without a rule, none is.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_core::pattern::Pattern;
use podweave_core::terms::Terms;
use podweave_core::text;
use podweave_signature::{Artifact, Policy, SignatureError, Verified};

use crate::pull::PullPolicy;

/// The rules. For each reference, the rule with the longest matching prefix counts. The default has no rules
/// and allows nothing.
///
/// # Examples
/// ```
/// use podweave_core::oci_reference::OciReference;
/// use podweave_plugin_store::trust::{Prefix, Rule, Trust};
///
/// let trust = Trust::new(vec![Rule {
///     prefix: Prefix::parse("ghcr.io/acme")?,
///     require_digest: true,
///     ..Rule::default()
/// }])?;
/// let by_tag = OciReference::parse("ghcr.io/acme/web:1.4")?;
/// let denied = trust.rule_for(&by_tag, Some("shop")).unwrap_err();
/// assert!(denied.to_string().contains("requires a digest"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Trust {
    rules: Vec<Arc<Rule>>,
}

/// A rule for the plugins of a registry, of a part of it, or of one repository.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    /// The references that the rule is for.
    pub prefix: Prefix,
    /// Requires a digest in references.
    pub require_digest: bool,
    /// The signers, one of whom must have signed the manifest; `None`: no signature is required.
    pub signatures: Option<Arc<Policy>>,
    /// The namespaces whose pods may use the plugins; `None`: all.
    pub namespaces: Option<Arc<[Pattern]>>,
    /// When the registry is asked; `None`: the default of Kubernetes.
    pub pull_policy: Option<PullPolicy>,
    /// What the plugins may use and set.
    pub terms: Arc<Terms>,
}

/// A prefix of references, by whole parts: `ghcr.io/acme` matches `ghcr.io/acme/web`, but not
/// `ghcr.io/acme-evil/web`. The default matches all references.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Prefix(String);

/// Why a plugin is not allowed to run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Denied {
    /// No rule is for it.
    #[error(
        "no rule of the node's trust policy allows it; a platform engineer can add one for {prefix} (trust.rules in the agent's configuration)"
    )]
    NoRule {
        /// A prefix that a rule for it could have.
        prefix: String,
    },
    /// The rule allows it in other namespaces only.
    #[error("the trust rule for {rule} allows it in the namespaces {allowed}, not in {}", text::quoted(.namespace))]
    Namespace {
        /// The rule's prefix.
        rule: Prefix,
        /// The allowed namespaces, as text.
        allowed: String,
        /// The pod's namespace.
        namespace: String,
    },
    /// The rule requires a digest.
    #[error(
        "the trust rule for {rule} requires a digest; write {reference}@sha256:... with the digest that `podweave plugin inspect {reference}` prints"
    )]
    NoDigest {
        /// The rule's prefix.
        rule: Prefix,
        /// The reference.
        reference: String,
    },
    /// The rule requires a signature.
    #[error("the trust rule for {rule} requires a signature: {error}")]
    Signature {
        /// The rule's prefix.
        rule: Prefix,
        /// Why no signature is acceptable.
        error: Arc<SignatureError>,
    },
}

/// Completes a prefix to a reference, so that it can be parsed.
const BELOW: &str = "repository";

impl Prefix {
    /// Parses a prefix: a registry's host, or a host and the beginning of a repository.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(prefix: &str) -> Result<Self, String> {
        let trimmed = prefix.strip_suffix('/').unwrap_or(prefix);
        let repository = trimmed.split_once('/').map(|(_, repository)| repository);
        if repository.is_some_and(|repository| repository.contains([':', '@'])) {
            return Err(format!(
                "{} has a tag or a digest; a rule is for a registry or for repositories, such as ghcr.io/acme",
                text::quoted(prefix)
            ));
        }
        // Do not parse the prefix itself as a reference: docker.io/acme is an account of Docker Hub, but
        // would be parsed as the image library/acme.
        let reference = OciReference::parse(&format!("{trimmed}/{BELOW}"))?;
        let name = reference.name();
        let beginning = repository.and_then(|_| name.strip_suffix(BELOW)?.strip_suffix('/'));
        Ok(Self(beginning.unwrap_or(reference.registry()).to_owned()))
    }

    fn is_of(&self, name: &str) -> bool {
        self.0.is_empty()
            || name
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() {
            "every registry"
        } else {
            &self.0
        })
    }
}

impl Trust {
    /// Creates a policy of these rules.
    ///
    /// # Errors
    /// Two rules have the same prefix.
    pub fn new(rules: Vec<Rule>) -> Result<Self, String> {
        let mut rules: Vec<Arc<Rule>> = rules.into_iter().map(Arc::new).collect();
        rules.sort_by(|left, right| {
            right
                .prefix
                .0
                .len()
                .cmp(&left.prefix.0.len())
                .then_with(|| left.prefix.0.cmp(&right.prefix.0))
        });
        match rules.windows(2).find(|pair| pair[0].prefix == pair[1].prefix) {
            Some(pair) => Err(format!("duplicate rule for {}; keep one of them", pair[0].prefix)),
            None => Ok(Self { rules }),
        }
    }

    /// Allows all plugins of all registries in all namespaces: the policy of the command line, where the user
    /// decides.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            rules: vec![Arc::default()],
        }
    }

    /// Finds the rule that allows a pod of this namespace to use a plugin, checked as far as possible before
    /// it is pulled. Without a namespace, the rule's namespaces are not checked.
    ///
    /// # Errors
    /// Why the pod is not allowed to use it.
    pub fn rule_for(&self, reference: &OciReference, namespace: Option<&str>) -> Result<&Arc<Rule>, Denied> {
        let name = reference.name();
        let rule = self.rules.iter().find(|rule| rule.prefix.is_of(&name));
        let rule = rule.ok_or_else(|| Denied::NoRule {
            prefix: name
                .rsplit_once('/')
                .map_or_else(|| name.clone(), |(parent, _)| parent.to_owned()),
        })?;
        if let (Some(allowed), Some(namespace)) = (&rule.namespaces, namespace)
            && !allowed.iter().any(|pattern| pattern.matches(namespace))
        {
            let allowed = text::list(
                allowed
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .iter()
                    .map(String::as_str),
            );
            return Err(Denied::Namespace {
                rule: rule.prefix.clone(),
                allowed,
                namespace: namespace.to_owned(),
            });
        }
        if rule.require_digest && reference.digest().is_none() {
            return Err(Denied::NoDigest {
                rule: rule.prefix.clone(),
                reference: reference.to_string(),
            });
        }
        Ok(rule)
    }
}

impl Rule {
    /// Verifies that a manifest's signatures satisfy the rule, and returns the signer; `None` if the rule
    /// requires no signature.
    ///
    /// # Errors
    /// Why none of the signatures is acceptable.
    pub fn verify(
        &self,
        manifest: &Digest,
        signatures: &[Artifact],
        now: SystemTime,
    ) -> Result<Option<Verified>, Denied> {
        let Some(policy) = &self.signatures else {
            return Ok(None);
        };
        let verified = podweave_signature::verify(policy, manifest, signatures, now);
        verified.map(Some).map_err(|error| Denied::Signature {
            rule: self.prefix.clone(),
            error: Arc::new(error),
        })
    }
}

#[cfg(test)]
mod tests;
