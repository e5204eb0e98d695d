//! Finds a registry's plugin: resolves the tag, pulls the component, and checks the trust rule and the
//! signatures.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use futures_util::FutureExt as _;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Progress, RegistryError};
use podweave_signature::{Artifact, Policy};

use crate::back_off::BackOff;
use crate::error::StoreError;
use crate::event::{Event, Observer};
use crate::flights::Flights;
use crate::library::{Entitled, Library, PullRecord};
use crate::registries::PodCredentials;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::shelf::Lease;
use crate::trust::{Prefix, PullPolicy, Rule};

/// How long a verified signature counts without verifying it again: certificates expire.
const VERIFY_AGAIN_AFTER: Duration = Duration::from_secs(600);

/// The limit on the bytes of signatures that are kept. One has a few kilobytes, with certificates some ten.
const MAX_SIGNATURE_BYTES: usize = 2 << 20;

/// How many reports of trust, and how many signers, are remembered. Beyond it, they are forgotten and trust
/// is reported again.
const MOST_TOLD: usize = 10_000;

/// The plugins of registries. Clones share everything.
#[derive(Clone)]
pub(crate) struct Remote(Arc<Parts>);

struct Parts {
    registry: Arc<dyn Registry>,
    library: Library,
    observer: Observer,
    resolutions: Flights<Key, Result<Digest, Arc<StoreError>>>,
    pulls: Flights<Key, Result<Arc<Held>, Arc<StoreError>>>,
    looks_for_signatures: Flights<Key, Result<Arc<Held>, Arc<StoreError>>>,
    /// Verified signers, by manifest and rule. Verifying takes time, especially with hostile signatures.
    signers: Mutex<HashMap<(Digest, Prefix), Signer>>,
    failures: BackOff<Key>,
    /// The manifests and namespaces for which trust was reported.
    told: Mutex<HashSet<(Digest, String)>>,
}

/// The key of work: the operation, the reference, and the pod's credentials.
type Key = (Doing, String, Option<Digest>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Doing {
    Resolve,
    Pull,
    Signatures,
}

/// A signer, with the policy by which it was verified, and when.
struct Signer {
    by: String,
    policy: Arc<Policy>,
    verified: Instant,
}

/// A request for a registry's plugin.
pub(crate) struct Wanted<'a> {
    pub reference: &'a OciReference,
    pub namespace: Option<&'a str>,
    /// The manifest that the pod was given before.
    pub pinned: Option<Digest>,
    pub credentials: &'a PodCredentials,
    /// The pull policy of the name under which the plugin was requested.
    pub pull_policy: Option<PullPolicy>,
    pub settings: &'a Settings,
}

/// A pulled component, with its record.
#[derive(Debug)]
pub(crate) struct Held {
    pub record: PullRecord,
    pub component: Lease,
    record_lease: Lease,
}

/// A pulled component that is allowed to run, with the rule that allows it.
pub(crate) struct Found {
    pub held: Arc<Held>,
    pub rule: Arc<Rule>,
}

impl Held {
    /// The lease on the record.
    pub(crate) fn kept(&self) -> &Lease {
        &self.record_lease
    }
}

impl Remote {
    pub(crate) fn new(registry: Arc<dyn Registry>, library: Library, observer: Observer) -> Self {
        Self(Arc::new(Parts {
            registry,
            library,
            observer,
            resolutions: Flights::default(),
            pulls: Flights::default(),
            looks_for_signatures: Flights::default(),
            signers: Mutex::default(),
            failures: BackOff::default(),
            told: Mutex::default(),
        }))
    }

    pub(crate) fn library(&self) -> &Library {
        &self.0.library
    }

    /// Forgets failures, signers and reports after a change of the settings: failed work is retried at once,
    /// and trust is verified and reported again.
    pub(crate) fn reconsider(&self) {
        self.0.failures.clear();
        self.told().clear();
        self.0
            .signers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Finds the requested component, and pulls it if necessary.
    ///
    /// # Errors
    /// Why it is not allowed to run, or cannot be pulled.
    pub(crate) async fn find(&self, wanted: &Wanted<'_>) -> Result<Found, Arc<StoreError>> {
        let Wanted {
            reference,
            namespace,
            settings,
            ..
        } = wanted;
        let denied = |reason| {
            Arc::new(StoreError::NotTrusted {
                reference: reference.to_string(),
                reason,
            })
        };
        let rule = rule_for(settings, reference, *namespace)?;
        let policy = settings
            .pull_policy
            .or(wanted.pull_policy)
            .or(rule.pull_policy)
            .unwrap_or_else(|| PullPolicy::default_of(reference));
        let access = settings.registries.access(reference, wanted.credentials);
        let (access, credentials) = access.map_err(|error| {
            Arc::new(StoreError::Credentials {
                reference: reference.to_string(),
                error,
            })
        })?;
        let asking = Asking {
            parts: &self.0,
            reference,
            access: Arc::new(access),
            credentials,
            policy,
        };
        let manifest = match wanted.pinned.or(reference.digest()) {
            Some(manifest) => manifest,
            None => asking.resolve(settings.last_known_good).await?,
        };
        let mut held = asking.hold(manifest).await?;
        let signed_by = match (&rule.signatures, self.known_signer(&manifest, rule)) {
            (None, _) => None,
            (Some(_), Some(signer)) => Some(signer),
            (Some(_), None) => match rule.verify(
                &manifest,
                held.record.signatures.as_deref().unwrap_or_default(),
                SystemTime::now(),
            ) {
                Ok(verified) => verified.map(|verified| verified.by),
                Err(reason) if policy == PullPolicy::Never => return Err(denied(reason)),
                // It may have been signed in the meantime.
                Err(_) => {
                    held = asking.look_for_signatures(manifest, &held, rule).await?;
                    // A concurrent request may have looked for signatures by another rule, before the
                    // settings changed. So verify by this rule.
                    let kept = held.record.signatures.as_deref().unwrap_or_default();
                    rule.verify(&manifest, kept, SystemTime::now())
                        .map_err(denied)?
                        .map(|verified| verified.by)
                }
            },
        };
        if let Some(by) = &signed_by {
            self.remember_signer(manifest, rule, by);
        }
        if let Some(namespace) = *namespace
            && self.is_news(manifest, namespace)
        {
            (self.0.observer)(&Event::Trusted {
                plugin: &reference.to_string(),
                manifest,
                namespace,
                rule: &rule.prefix,
                signed_by: signed_by.as_deref(),
            });
        }
        Ok(Found {
            held,
            rule: Arc::clone(rule),
        })
    }

    fn known_signer(&self, manifest: &Digest, rule: &Rule) -> Option<String> {
        let signers = self.0.signers.lock().unwrap_or_else(PoisonError::into_inner);
        let signer = signers.get(&(*manifest, rule.prefix.clone()))?;
        // An equal policy is not enough: after a change of the settings, signatures are verified again.
        let is_by_this_rule = rule
            .signatures
            .as_ref()
            .is_some_and(|policy| Arc::ptr_eq(policy, &signer.policy));
        (is_by_this_rule && signer.verified.elapsed() < VERIFY_AGAIN_AFTER).then(|| signer.by.clone())
    }

    fn remember_signer(&self, manifest: Digest, rule: &Rule, by: &str) {
        let Some(policy) = &rule.signatures else { return };
        let mut signers = self.0.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if signers.len() >= MOST_TOLD {
            signers.clear();
        }
        signers.retain(|_, signer| signer.verified.elapsed() < VERIFY_AGAIN_AFTER);
        let signer = || Signer {
            by: by.to_owned(),
            policy: Arc::clone(policy),
            verified: Instant::now(),
        };
        let known = signers
            .entry((manifest, rule.prefix.clone()))
            .or_insert_with(signer);
        if !Arc::ptr_eq(&known.policy, policy) {
            *known = signer();
        }
    }

    fn is_news(&self, manifest: Digest, namespace: &str) -> bool {
        let mut told = self.told();
        if told.len() >= MOST_TOLD {
            told.clear();
        }
        told.insert((manifest, namespace.to_owned()))
    }

    fn told(&self) -> std::sync::MutexGuard<'_, HashSet<(Digest, String)>> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    let denied = |reason| {
        Arc::new(StoreError::NotTrusted {
            reference: reference.to_string(),
            reason,
        })
    };
    settings.trust.rule_for(reference, namespace).map_err(denied)
}

/// A reference, with the access to its registry.
struct Asking<'a> {
    parts: &'a Arc<Parts>,
    reference: &'a OciReference,
    access: Arc<Access>,
    /// The digest of the pod's credentials, if the access uses them.
    credentials: Option<Digest>,
    policy: PullPolicy,
}

impl Asking<'_> {
    /// Resolves the reference's tag.
    async fn resolve(&self, last_known_good: bool) -> Result<Digest, Arc<StoreError>> {
        let known = self.parts.library.tag(self.reference);
        match (&known, self.policy) {
            (Some(known), PullPolicy::IfNotPresent | PullPolicy::Never) => return Ok(known.manifest),
            (None, PullPolicy::Never) => return Err(self.not_here()),
            _ => {}
        }
        let (parts, reference, access) = (
            Arc::clone(self.parts),
            self.reference.clone(),
            Arc::clone(&self.access),
        );
        let key = (Doing::Resolve, self.reference.to_string(), self.credentials);
        let resolved = self
            .parts
            .resolutions
            .join(key.clone(), move || {
                async move {
                    parts.failures.check(&key)?;
                    let resolved = parts
                        .registry
                        .resolve(&reference, &access)
                        .await
                        .map_err(registry_error);
                    parts.failures.note(key, &resolved);
                    let manifest = resolved?;
                    if let Err(error) = parts.library.note_tag(&reference, manifest) {
                        (parts.observer)(&parts.not_kept(&error));
                    }
                    Ok(manifest)
                }
                .boxed()
            })
            .await;
        match (resolved, known) {
            (Err(error), Some(known)) if last_known_good && error.may_pass() => {
                let plugin = self.reference.to_string();
                (self.parts.observer)(&Event::LastKnownGood {
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
    async fn hold(&self, manifest: Digest) -> Result<Arc<Held>, Arc<StoreError>> {
        if let Some(held) = self
            .parts
            .held(&self.reference.name(), &manifest, self.credentials.as_ref())?
        {
            return Ok(Arc::new(held));
        }
        if self.policy == PullPolicy::Never {
            return Err(self.not_here());
        }
        let (parts, reference, access, credentials) = (
            Arc::clone(self.parts),
            self.reference.with_digest(manifest),
            Arc::clone(&self.access),
            self.credentials,
        );
        let key = (
            Doing::Pull,
            format!("{}@{manifest}", self.reference.name()),
            self.credentials,
        );
        let own = key.clone();
        let pull = move || {
            async move {
                parts.failures.check(&own)?;
                let pulled = parts.pull(&reference, manifest, &access, credentials).await;
                parts.failures.note(own, &pulled);
                pulled.map(Arc::new)
            }
            .boxed()
        };
        self.parts.pulls.join(key, pull).await
    }

    /// Reads the manifest's signatures from the registry; returns the component with them if one satisfies
    /// the rule.
    async fn look_for_signatures(
        &self,
        manifest: Digest,
        held: &Arc<Held>,
        rule: &Arc<Rule>,
    ) -> Result<Arc<Held>, Arc<StoreError>> {
        let (parts, reference, access) = (
            Arc::clone(self.parts),
            self.reference.with_digest(manifest),
            Arc::clone(&self.access),
        );
        let (held, rule) = (Arc::clone(held), Arc::clone(rule));
        let key = (
            Doing::Signatures,
            format!("{}@{manifest}", self.reference.name()),
            self.credentials,
        );
        let own = key.clone();
        let look = move || {
            async move {
                // Each pod requests an unsigned plugin again and again.
                parts.failures.check(&own)?;
                let looked = parts
                    .look_for_signatures(&reference, manifest, &access, &held, &rule)
                    .await;
                parts.failures.note(own, &looked);
                looked
            }
            .boxed()
        };
        self.parts.looks_for_signatures.join(key, look).await
    }

    fn not_here(&self) -> Arc<StoreError> {
        Arc::new(StoreError::NotHere {
            reference: self.reference.to_string(),
        })
    }
}

impl Parts {
    /// Finds a component that was pulled before with these credentials or for the node.
    fn held(
        &self,
        name: &str,
        manifest: &Digest,
        credentials: Option<&Digest>,
    ) -> Result<Option<Held>, Arc<StoreError>> {
        let Some((record, kept)) = self
            .library
            .pulled(name, manifest)
            .filter(|(record, _)| record.access.includes(credentials))
        else {
            return Ok(None);
        };
        let component = self
            .library
            .component(&record.component)
            .map_err(|error| self.no_place(&error))?;
        Ok(component.map(|component| Held {
            record,
            component,
            record_lease: kept,
        }))
    }

    async fn pull(
        &self,
        reference: &OciReference,
        manifest: Digest,
        access: &Access,
        credentials: Option<Digest>,
    ) -> Result<Held, Arc<StoreError>> {
        let (plugin, began) = (reference.to_string(), Instant::now());
        (self.observer)(&Event::Pulling { plugin: &plugin });
        let file = self.library.begin().map_err(|error| self.no_place(&error))?;
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
            .library
            .put(file, &pulled.component)
            .map_err(|error| self.no_place(&error))?;
        let before = self
            .library
            .pulled(&reference.name(), &manifest)
            .map(|(record, _)| record);
        let (access, signatures) = before.map_or((Entitled::default(), None), |before| {
            (before.access, before.signatures)
        });
        let record = PullRecord {
            name: reference.name(),
            manifest,
            component: pulled.component,
            size: pulled.size,
            access: access.and(credentials.as_ref()),
            signatures,
            pulled: SystemTime::now(),
        };
        let kept = self
            .library
            .note_pulled(&record)
            .map_err(|error| self.no_place(&error))?;
        (self.observer)(&Event::Pulled {
            plugin: &plugin,
            size: pulled.size,
            took: began.elapsed(),
        });
        Ok(Held {
            record,
            component,
            record_lease: kept,
        })
    }

    async fn look_for_signatures(
        &self,
        reference: &OciReference,
        manifest: Digest,
        access: &Access,
        held: &Held,
        rule: &Rule,
    ) -> Result<Arc<Held>, Arc<StoreError>> {
        let signatures = worth_keeping(
            self.registry
                .signatures(reference, &manifest, access)
                .await
                .map_err(registry_error)?,
        );
        let verified = rule.verify(&manifest, &signatures, SystemTime::now());
        let record = PullRecord {
            signatures: Some(signatures),
            ..held.record.clone()
        };
        let kept = self
            .library
            .note_pulled(&record)
            .map_err(|error| self.no_place(&error))?;
        verified.map_err(|reason| {
            Arc::new(StoreError::NotTrusted {
                reference: reference.to_string(),
                reason,
            })
        })?;
        Ok(Arc::new(Held {
            record,
            component: held.component.clone(),
            record_lease: kept,
        }))
    }

    fn no_place(&self, error: &std::io::Error) -> Arc<StoreError> {
        Arc::new(StoreError::NoPlaceForPlugins {
            directory: self.library.directory().to_owned(),
            reason: error.to_string(),
        })
    }

    fn not_kept<'a>(&'a self, error: &std::io::Error) -> Event<'a> {
        Event::CacheNotWritten {
            directory: self.library.directory(),
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

fn registry_error(error: RegistryError) -> Arc<StoreError> {
    Arc::new(StoreError::Registry { error })
}
