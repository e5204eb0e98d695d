//! A registry that answers as the test defines, and counts requests.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_plugin_store::Registry;
use podweave_registry::{Access, Credentials, Failure, Progress, Pulled, RegistryError};
use podweave_signature::Artifact;

use super::{Component, Signer};

/// Serves the current plugin of each reference, and all plugins by their manifests.
#[derive(Default)]
pub struct TestRegistry(Mutex<State>);

#[derive(Default)]
struct State {
    tags: HashMap<String, Digest>,
    manifests: HashMap<Digest, Component>,
    signatures: HashMap<Digest, Vec<Artifact>>,
    failure: Option<Failure>,
    requires_credentials: bool,
    resolutions: usize,
    pulls: usize,
    looks: usize,
}

impl TestRegistry {
    pub fn serve(&self, reference: &str, component: Component) {
        let manifest = Digest::of(format!("the manifest of {}", component.digest).as_bytes());
        let mut state = self.state();
        state.tags.insert(reference.to_owned(), manifest);
        state.manifests.insert(manifest, component);
    }

    /// The manifest that a reference currently means.
    pub fn manifest(&self, reference: &str) -> Digest {
        self.state().tags[reference]
    }

    pub fn sign(&self, reference: &str, signer: &Signer) {
        let manifest = self.manifest(reference);
        self.state()
            .signatures
            .entry(manifest)
            .or_default()
            .push(signer.sign(&manifest));
    }

    /// Adds worthless signatures of this size to a manifest.
    pub fn bury(&self, reference: &str, count: usize, bytes: usize) {
        let manifest = self.manifest(reference);
        let worthless = std::iter::repeat_n(Artifact::Bundle(vec![b' '; bytes]), count);
        self.state()
            .signatures
            .entry(manifest)
            .or_default()
            .extend(worthless);
    }

    pub fn fail(&self, why: &str) {
        self.state().failure = Some(Failure::Unreachable(why.to_owned()));
    }

    pub fn deny(&self) {
        self.state().failure = Some(Failure::Denied("go away".to_owned()));
    }

    pub fn recover(&self) {
        self.state().failure = None;
    }

    /// Requires the password "right".
    pub fn require_credentials(&self) {
        self.state().requires_credentials = true;
    }

    pub fn resolutions(&self) -> usize {
        self.state().resolutions
    }

    pub fn pulls(&self) -> usize {
        self.state().pulls
    }

    pub fn requests(&self) -> usize {
        let state = self.state();
        state.resolutions + state.pulls + state.looks
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn answer<T>(
        &self,
        reference: &OciReference,
        access: &Access,
        answer: impl FnOnce(&mut State) -> Option<T>,
    ) -> Result<T, RegistryError> {
        let mut state = self.state();
        let is_right = |credentials: &Credentials| matches!(credentials, Credentials::Password { password, .. } if password == "right");
        let is_known = access
            .endpoints
            .last()
            .and_then(|endpoint| endpoint.credentials.as_ref())
            .is_some_and(is_right);
        let failure = match &state.failure {
            Some(failure) => Some(failure.clone()),
            None if state.requires_credentials && !is_known => Some(Failure::Unauthorized {
                with_credentials: false,
                said: String::new(),
            }),
            None => None,
        };
        // A failed request counts, too.
        let answered = answer(&mut state);
        let failure = match (failure, answered) {
            (None, Some(answered)) => return Ok(answered),
            (failure, _) => failure.unwrap_or(Failure::NotFound {
                what: "manifest".to_owned(),
                said: String::new(),
            }),
        };
        Err(RegistryError {
            doing: "asking for",
            reference: reference.to_string(),
            host: reference.registry().to_owned(),
            failure: Box::new(failure),
            mirrors: Vec::new(),
        })
    }
}

impl Registry for TestRegistry {
    fn resolve<'a>(
        &'a self,
        reference: &'a OciReference,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Digest, RegistryError>> {
        async move {
            // Yield, as a network request would, so that other requests arrive meanwhile.
            tokio::task::yield_now().await;
            self.answer(reference, access, |state| {
                state.resolutions += 1;
                state.tags.get(&reference.to_string()).copied()
            })
        }
        .boxed()
    }

    fn pull<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
        into: &'a File,
        _: Box<dyn Fn(Progress) + Send + Sync + 'a>,
    ) -> BoxFuture<'a, Result<Pulled, RegistryError>> {
        async move {
            tokio::task::yield_now().await;
            let component = self.answer(reference, access, |state| {
                state.pulls += 1;
                state.manifests.get(manifest).cloned()
            })?;
            let mut into = into;
            into.write_all(&component.bytes).unwrap();
            Ok(Pulled {
                manifest: Vec::new(),
                component: component.digest,
                size: component.bytes.len() as u64,
            })
        }
        .boxed()
    }

    fn signatures<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Vec<Artifact>, RegistryError>> {
        async move {
            self.answer(reference, access, |state| {
                state.looks += 1;
                Some(state.signatures.get(manifest).cloned().unwrap_or_default())
            })
        }
        .boxed()
    }
}
