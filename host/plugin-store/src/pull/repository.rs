//! A repository of a registry, as one request sees it.

use std::sync::Arc;

use futures_util::FutureExt as _;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::Access;

use super::policy::PullPolicy;
use super::puller::{Operation, PulledArtifact, Puller, registry_error};
use crate::error::StoreError;
use crate::event::Event;
use crate::trust::Rule;

/// A reference, with the access to its registry, and when to ask it. Concurrent requests for the same thing
/// share one question, and failed ones are not repeated at once.
pub(crate) struct Repository<'a> {
    pub puller: &'a Arc<Puller>,
    pub reference: &'a OciReference,
    pub access: Arc<Access>,
    /// The digest of the pod's credentials, if the access uses them.
    pub credentials: Option<Digest>,
    pub policy: PullPolicy,
}

impl Repository<'_> {
    /// Resolves the reference's tag.
    pub(crate) async fn resolve(&self, last_known_good: bool) -> Result<Digest, Arc<StoreError>> {
        let known = self.puller.artifacts.tag(self.reference);
        match (&known, self.policy) {
            (Some(known), PullPolicy::IfNotPresent | PullPolicy::Never) => return Ok(known.manifest),
            (None, PullPolicy::Never) => return Err(self.not_here()),
            _ => {}
        }
        let (puller, reference, access) = (
            Arc::clone(self.puller),
            self.reference.clone(),
            Arc::clone(&self.access),
        );
        let key = (Operation::Resolve, self.reference.to_string(), self.credentials);
        let resolved = self
            .puller
            .resolutions
            .run(key.clone(), move || {
                async move {
                    puller.failures.check(&key)?;
                    let resolved = puller
                        .registry
                        .resolve(&reference, &access)
                        .await
                        .map_err(registry_error);
                    puller.failures.note(key, &resolved);
                    let manifest = resolved?;
                    if let Err(error) = puller.artifacts.note_tag(&reference, manifest) {
                        (puller.observer)(&puller.not_kept(&error));
                    }
                    Ok(manifest)
                }
                .boxed()
            })
            .await;
        match (resolved, known) {
            (Err(error), Some(known)) if last_known_good && error.may_pass() => {
                let plugin = self.reference.to_string();
                (self.puller.observer)(&Event::LastKnownGood {
                    plugin: &plugin,
                    manifest: known.manifest,
                    resolved: known.resolved,
                    reason: &error,
                });
                Ok(known.manifest)
            }
            (resolved, _) => resolved,
        }
    }

    /// Returns the component of a manifest, and pulls it if the policy allows that.
    pub(crate) async fn artifact(&self, manifest: Digest) -> Result<Arc<PulledArtifact>, Arc<StoreError>> {
        if let Some(pulled) =
            self.puller
                .pulled(&self.reference.name(), &manifest, self.credentials.as_ref())?
        {
            return Ok(Arc::new(pulled));
        }
        if self.policy == PullPolicy::Never {
            return Err(self.not_here());
        }
        let (puller, reference, access, credentials) = (
            Arc::clone(self.puller),
            self.reference.with_digest(manifest),
            Arc::clone(&self.access),
            self.credentials,
        );
        let key = (
            Operation::Pull,
            format!("{}@{manifest}", self.reference.name()),
            self.credentials,
        );
        let own = key.clone();
        let pull = move || {
            async move {
                puller.failures.check(&own)?;
                let pulled = puller.pull(&reference, manifest, &access, credentials).await;
                if let Err(reason) = &pulled {
                    let plugin = reference.to_string();
                    (puller.observer)(&Event::PullFailed {
                        plugin: &plugin,
                        reason,
                    });
                }
                puller.failures.note(own, &pulled);
                pulled.map(Arc::new)
            }
            .boxed()
        };
        self.puller.pulls.run(key, pull).await
    }

    /// Reads the manifest's signatures from the registry; returns the component with them if one satisfies
    /// the rule.
    pub(crate) async fn artifact_with_signatures(
        &self,
        manifest: Digest,
        pulled: &Arc<PulledArtifact>,
        rule: &Arc<Rule>,
    ) -> Result<Arc<PulledArtifact>, Arc<StoreError>> {
        let (puller, reference, access) = (
            Arc::clone(self.puller),
            self.reference.with_digest(manifest),
            Arc::clone(&self.access),
        );
        let (pulled, rule) = (Arc::clone(pulled), Arc::clone(rule));
        let key = (
            Operation::Signatures,
            format!("{}@{manifest}", self.reference.name()),
            self.credentials,
        );
        let own = key.clone();
        let look = move || {
            async move {
                // Each pod requests an unsigned plugin again and again.
                puller.failures.check(&own)?;
                let looked = puller
                    .look_for_signatures(&reference, manifest, &access, &pulled, &rule)
                    .await;
                puller.failures.note(own, &looked);
                looked
            }
            .boxed()
        };
        self.puller.looks_for_signatures.run(key, look).await
    }

    fn not_here(&self) -> Arc<StoreError> {
        Arc::new(StoreError::NotHere {
            reference: self.reference.to_string(),
        })
    }
}
