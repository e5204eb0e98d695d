//! Pulls artifacts into the store, and reads their signatures.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Progress, RegistryError};
use podweave_signature::Artifact;

use super::artifacts::{ArtifactRecord, ArtifactStore, GrantedTo};
use super::registry::Registry;
use crate::disk_cache::Lease;
use crate::error::StoreError;
use crate::event::{Event, Observer};
use crate::recent_failures::RecentFailures;
use crate::singleflight::Singleflight;
use crate::trust::Rule;

/// The limit on the bytes of signatures that are kept. One has a few kilobytes, with certificates some ten.
const MAX_SIGNATURE_BYTES: usize = 2 << 20;

/// The key of work: the operation, the reference, and the pod's credentials.
pub(super) type Key = (Operation, String, Option<Digest>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Resolve,
    Pull,
    Signatures,
}

/// Asks registries and fills the artifact store, with one request at a time for the same thing.
pub(crate) struct Puller {
    pub(super) registry: Arc<dyn Registry>,
    pub(super) artifacts: ArtifactStore,
    pub(super) observer: Observer,
    pub(super) resolutions: Singleflight<Key, Result<Digest, Arc<StoreError>>>,
    pub(super) pulls: Singleflight<Key, Result<Arc<PulledArtifact>, Arc<StoreError>>>,
    pub(super) looks_for_signatures: Singleflight<Key, Result<Arc<PulledArtifact>, Arc<StoreError>>>,
    pub(super) failures: RecentFailures<Key>,
}

/// A pulled component, with its record. Both files stay on disk while this lives.
#[derive(Debug)]
pub(crate) struct PulledArtifact {
    pub record: ArtifactRecord,
    pub component: Lease,
    record_lease: Lease,
}

impl PulledArtifact {
    /// The leases on its files.
    pub(crate) fn leases(&self) -> [Lease; 2] {
        [self.component.clone(), self.record_lease.clone()]
    }

    /// The signatures that the registry had when it was last asked.
    pub(crate) fn signatures(&self) -> &[Artifact] {
        self.record.signatures.as_deref().unwrap_or_default()
    }
}

impl Puller {
    pub(crate) fn new(registry: Arc<dyn Registry>, artifacts: ArtifactStore, observer: Observer) -> Self {
        Self {
            registry,
            artifacts,
            observer,
            resolutions: Singleflight::default(),
            pulls: Singleflight::default(),
            looks_for_signatures: Singleflight::default(),
            failures: RecentFailures::default(),
        }
    }

    pub(crate) fn artifacts(&self) -> &ArtifactStore {
        &self.artifacts
    }

    /// Forgets failures, so that failed work is retried at once.
    pub(crate) fn forget_failures(&self) {
        self.failures.clear();
    }

    /// Finds a component that was pulled before with these credentials or for the node.
    pub(super) fn pulled(
        &self,
        name: &str,
        manifest: &Digest,
        credentials: Option<&Digest>,
    ) -> Result<Option<PulledArtifact>, Arc<StoreError>> {
        let Some((record, record_lease)) = self
            .artifacts
            .pulled(name, manifest)
            .filter(|(record, _)| record.access.includes(credentials))
        else {
            return Ok(None);
        };
        let component = self
            .artifacts
            .component(&record.component)
            .map_err(|error| self.no_place(&error))?;
        Ok(component.map(|component| PulledArtifact {
            record,
            component,
            record_lease,
        }))
    }

    /// Pulls a component into the artifact store.
    pub(super) async fn pull(
        &self,
        reference: &OciReference,
        manifest: Digest,
        access: &Access,
        credentials: Option<Digest>,
    ) -> Result<PulledArtifact, Arc<StoreError>> {
        let (plugin, began) = (reference.to_string(), Instant::now());
        (self.observer)(&Event::Pulling { plugin: &plugin });
        let file = self.artifacts.begin().map_err(|error| self.no_place(&error))?;
        let progress = |progress: Progress| {
            (self.observer)(&Event::Progress {
                plugin: &plugin,
                done: progress.done,
                total: progress.total,
            })
        };
        let pulled = self
            .registry
            .pull(reference, &manifest, access, file.as_file(), Box::new(progress))
            .await
            .map_err(registry_error)?;
        let component = self
            .artifacts
            .put(file, &pulled.component)
            .map_err(|error| self.no_place(&error))?;
        let before = self
            .artifacts
            .pulled(&reference.name(), &manifest)
            .map(|(record, _)| record);
        let (access, signatures) = before.map_or((GrantedTo::default(), None), |before| {
            (before.access, before.signatures)
        });
        let record = ArtifactRecord {
            name: reference.name(),
            manifest,
            component: pulled.component,
            size: pulled.size,
            access: access.and(credentials.as_ref()),
            signatures,
            pulled: SystemTime::now(),
        };
        let record_lease = self
            .artifacts
            .note_pulled(&record)
            .map_err(|error| self.no_place(&error))?;
        (self.observer)(&Event::Pulled {
            plugin: &plugin,
            size: pulled.size,
            took: began.elapsed(),
        });
        Ok(PulledArtifact {
            record,
            component,
            record_lease,
        })
    }

    /// Reads a manifest's signatures from the registry and records them. Fails if none satisfies the rule.
    pub(super) async fn look_for_signatures(
        &self,
        reference: &OciReference,
        manifest: Digest,
        access: &Access,
        pulled: &PulledArtifact,
        rule: &Rule,
    ) -> Result<Arc<PulledArtifact>, Arc<StoreError>> {
        let signatures = worth_keeping(
            self.registry
                .signatures(reference, &manifest, access)
                .await
                .map_err(registry_error)?,
        );
        let verified = rule.verify(&manifest, &signatures, SystemTime::now());
        let record = ArtifactRecord {
            signatures: Some(signatures),
            ..pulled.record.clone()
        };
        let record_lease = self
            .artifacts
            .note_pulled(&record)
            .map_err(|error| self.no_place(&error))?;
        verified.map_err(|reason| {
            Arc::new(StoreError::NotTrusted {
                reference: reference.to_string(),
                reason,
            })
        })?;
        Ok(Arc::new(PulledArtifact {
            record,
            component: pulled.component.clone(),
            record_lease,
        }))
    }

    fn no_place(&self, error: &std::io::Error) -> Arc<StoreError> {
        Arc::new(StoreError::NoPlaceForPlugins {
            directory: self.artifacts.directory().to_owned(),
            reason: error.to_string(),
        })
    }

    pub(super) fn not_kept<'a>(&'a self, error: &std::io::Error) -> Event<'a> {
        Event::CacheNotWritten {
            directory: self.artifacts.directory(),
            reason: error.to_string(),
        }
    }
}

/// Selects the smallest signatures up to the limit: real ones are small, and the record is read for each pod.
fn worth_keeping(mut signatures: Vec<Artifact>) -> Vec<Artifact> {
    signatures.sort_by_key(size);
    let mut total = 0;
    signatures
        .into_iter()
        .take_while(|signature| {
            total += size(signature);
            total <= MAX_SIGNATURE_BYTES
        })
        .collect()
}

fn size(signature: &Artifact) -> usize {
    match signature {
        Artifact::SimpleSigning {
            payload,
            signature,
            certificate,
            chain,
        } => {
            payload.len() + signature.len() + certificate.iter().chain(chain).map(String::len).sum::<usize>()
        }
        Artifact::Bundle(bundle) => bundle.len(),
    }
}

pub(super) fn registry_error(error: RegistryError) -> Arc<StoreError> {
    Arc::new(StoreError::Registry { error })
}
