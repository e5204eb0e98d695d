//! Finds a registry's plugin: resolves the tag, pulls the component, and checks the trust rule and the
//! signatures.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;

use crate::error::StoreError;
use crate::event::{Event, Observer};
use crate::pull::{ArtifactStore, PullPolicy, PulledArtifact, Puller, Registry, Repository};
use crate::settings::{PodCredentials, Settings};
use crate::trust::{Denied, Rule};
use crate::verify::VerifiedSigners;

/// How many reports of trust are remembered. Beyond it, they are forgotten and trust is reported again.
const MOST_REPORTED: usize = 10_000;

/// The plugins of registries.
pub(crate) struct RegistryPlugins {
    puller: Arc<Puller>,
    observer: Observer,
    signers: VerifiedSigners,
    /// The manifests and namespaces for which trust was reported.
    reported: Mutex<HashSet<(Digest, String)>>,
}

/// A request for a registry's plugin.
pub(crate) struct RegistryRequest<'a> {
    pub reference: &'a OciReference,
    pub namespace: Option<&'a str>,
    /// The manifest that the pod was given before.
    pub pinned: Option<Digest>,
    pub credentials: &'a PodCredentials,
    /// The pull policy of the name under which the plugin was requested.
    pub pull_policy: Option<PullPolicy>,
    pub settings: &'a Settings,
}

/// A pulled component that is allowed to run, with the rule that allows it.
pub(crate) struct TrustedArtifact {
    pub artifact: Arc<PulledArtifact>,
    pub rule: Arc<Rule>,
}

impl RegistryPlugins {
    pub(crate) fn new(registry: Arc<dyn Registry>, artifacts: ArtifactStore, observer: Observer) -> Self {
        Self {
            puller: Arc::new(Puller::new(registry, artifacts, Arc::clone(&observer))),
            observer,
            signers: VerifiedSigners::default(),
            reported: Mutex::default(),
        }
    }

    pub(crate) fn artifacts(&self) -> &ArtifactStore {
        self.puller.artifacts()
    }

    /// Forgets failures, signers and reports after a change of the settings: failed work is retried at once,
    /// and trust is verified and reported again.
    pub(crate) fn reconsider(&self) {
        self.puller.forget_failures();
        self.reported.lock().clear();
        self.signers.forget();
    }

    /// Finds the requested component, and pulls it if necessary.
    ///
    /// # Errors
    /// Why it is not allowed to run, or cannot be pulled.
    pub(crate) async fn find(
        &self,
        wanted: &RegistryRequest<'_>,
    ) -> Result<TrustedArtifact, Arc<StoreError>> {
        let reference = wanted.reference;
        let rule = rule_for(wanted.settings, reference, wanted.namespace)?;
        let repository = self.repository(wanted, rule)?;
        let manifest = match wanted.pinned.or(reference.digest()) {
            Some(manifest) => manifest,
            None => repository.resolve(wanted.settings.last_known_good).await?,
        };
        let pulled = repository.artifact(manifest).await?;
        let (artifact, signed_by) = self.verified(&repository, pulled, rule).await?;
        if let Some(namespace) = wanted.namespace
            && self.is_news(manifest, namespace)
        {
            (self.observer)(&Event::Trusted {
                plugin: &reference.to_string(),
                manifest,
                namespace,
                rule: &rule.prefix,
                signed_by: signed_by.as_deref(),
            });
        }
        Ok(TrustedArtifact {
            artifact,
            rule: Arc::clone(rule),
        })
    }

    /// The repository of a request, with the credentials and the pull policy for it.
    fn repository<'a>(
        &'a self,
        wanted: &RegistryRequest<'a>,
        rule: &Rule,
    ) -> Result<Repository<'a>, Arc<StoreError>> {
        let (reference, settings) = (wanted.reference, wanted.settings);
        let access = settings.registries.access(reference, wanted.credentials);
        let (access, credentials) = access.map_err(|error| {
            Arc::new(StoreError::Credentials {
                reference: reference.to_string(),
                error,
            })
        })?;
        Ok(Repository {
            puller: &self.puller,
            reference,
            access: Arc::new(access),
            credentials,
            policy: settings
                .pull_policy
                .or(wanted.pull_policy)
                .or(rule.pull_policy)
                .unwrap_or_else(|| PullPolicy::default_of(reference)),
        })
    }

    /// Verifies that a component's signatures satisfy the rule, and returns the signer, if the rule requires
    /// one. Asks the registry for new signatures if those that are known do not satisfy it.
    async fn verified(
        &self,
        repository: &Repository<'_>,
        pulled: Arc<PulledArtifact>,
        rule: &Arc<Rule>,
    ) -> Result<(Arc<PulledArtifact>, Option<String>), Arc<StoreError>> {
        let Some(policy) = &rule.signatures else {
            return Ok((pulled, None));
        };
        let manifest = pulled.record.manifest;
        let (pulled, by) = match self.signers.find(&manifest, &rule.prefix, policy) {
            Some(by) => (pulled, Some(by)),
            None => match signer(rule, &pulled) {
                Ok(by) => (pulled, by),
                Err(reason) if repository.policy == PullPolicy::Never => {
                    return Err(denied(repository.reference, reason));
                }
                // It may have been signed in the meantime.
                Err(_) => {
                    let pulled = repository
                        .artifact_with_signatures(manifest, &pulled, rule)
                        .await?;
                    // A concurrent request may have looked for signatures by another rule, before the
                    // settings changed. So verify by this rule.
                    let by = signer(rule, &pulled).map_err(|reason| denied(repository.reference, reason))?;
                    (pulled, by)
                }
            },
        };
        if let Some(by) = &by {
            self.signers.remember(manifest, &rule.prefix, policy, by);
        }
        Ok((pulled, by))
    }

    fn is_news(&self, manifest: Digest, namespace: &str) -> bool {
        let mut reported = self.reported.lock();
        if reported.len() >= MOST_REPORTED {
            reported.clear();
        }
        reported.insert((manifest, namespace.to_owned()))
    }
}

/// The signer of a component whose recorded signatures satisfy the rule.
fn signer(rule: &Rule, pulled: &PulledArtifact) -> Result<Option<String>, Denied> {
    let verified = rule.verify(&pulled.record.manifest, pulled.signatures(), SystemTime::now())?;
    Ok(verified.map(|verified| verified.by))
}

/// The rule that allows pods of a namespace to use a plugin, checked as far as possible before it is pulled.
///
/// # Errors
/// Why they are not allowed to use it.
pub(crate) fn rule_for<'s>(
    settings: &'s Settings,
    reference: &OciReference,
    namespace: Option<&str>,
) -> Result<&'s Arc<Rule>, Arc<StoreError>> {
    let rule = settings.trust.rule_for(reference, namespace);
    rule.map_err(|reason| denied(reference, reason))
}

fn denied(reference: &OciReference, reason: Denied) -> Arc<StoreError> {
    Arc::new(StoreError::NotTrusted {
        reference: reference.to_string(),
        reason,
    })
}
