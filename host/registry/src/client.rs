//! The parent's side: which endpoint is asked, and whether what came from it is what was asked for.

use std::ffi::OsString;
use std::fs::File;
use std::future::{Future, ready};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_signature::Artifact;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::access::{Access, Endpoint};
use crate::artifact::{self, Layer, NewArtifact};
use crate::conversation::Conversation;
use crate::failure::{Failure, RegistryError};
use crate::limits::RegistryLimits;
use crate::protocol::{Message, Operation, Request, SIGNATURES};

/// How far a pull or push is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the component that went over the network.
    pub done: u64,
    /// Bytes of the component.
    pub total: u64,
}

/// A component that was pulled and is what its manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The manifest; its digest is the one that was asked for.
    pub manifest: Vec<u8>,
    /// The component's digest.
    pub component: Digest,
    /// Its bytes.
    pub size: u64,
}

/// Talks to registries in child processes. Clones share everything.
#[derive(Debug, Clone)]
pub struct RegistryClient(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: RegistryLimits,
}

/// What is asked, of whom, and what that is called in an error.
struct Question<'a> {
    doing: &'static str,
    reference: &'a OciReference,
    access: &'a Access,
}

impl RegistryClient {
    /// A client whose children are `program` with `arguments`, which calls [`crate::run_child`].
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>, limits: RegistryLimits) -> Self {
        Self(Arc::new(Parts { program, arguments, limits }))
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &RegistryLimits {
        &self.0.limits
    }

    /// The digest of the manifest that a reference means now. One that has a digest means that one, and nobody is asked.
    ///
    /// # Errors
    /// Why no endpoint gave one.
    pub async fn resolve(&self, reference: &OciReference, access: &Access) -> Result<Digest, RegistryError> {
        let Some(tag) = reference.tag().filter(|_| reference.digest().is_none()) else {
            return reference.digest().ok_or_else(|| Question { doing: "resolving", reference, access }.error(Failure::Request(NO_TAG.to_owned())));
        };
        let operation = || Operation::Resolve { tag: tag.to_owned() };
        self.ask(
            &Question { doing: "resolving", reference, access },
            operation,
            None,
            |_| (),
            |message| {
                ready(match message {
                    Message::Resolved { manifest } => {
                        Digest::parse(&manifest).ok_or_else(|| Failure::Unexpected("it gives no SHA-256 digest for the tag".to_owned()))
                    }
                    _ => Err(out_of_turn()),
                })
            },
        )
        .await
    }

    /// Pulls the component that a manifest is about into a file. Whatever the file had is gone; it has the whole component if this succeeds, and anything if not.
    ///
    /// # Errors
    /// Why no endpoint gave it.
    pub async fn pull(
        &self,
        reference: &OciReference,
        manifest: &Digest,
        access: &Access,
        into: &File,
        progress: impl Fn(Progress),
    ) -> Result<Pulled, RegistryError> {
        let operation = || Operation::Pull { manifest: manifest.to_string() };
        let (manifest, limit) = (*manifest, self.0.limits.component_bytes);
        self.ask(&Question { doing: "pulling", reference, access }, operation, Some(into), progress, move |message| async move {
            let Message::Pulled { manifest: bytes } = message else { return Err(out_of_turn()) };
            matches(&Digest::of(&bytes), &manifest, "manifest")?;
            let layer = artifact::component_layer(&bytes, limit)?;
            // The child says that it is all there; what counts is what is there.
            matches(&measured(into, limit).await?.digest, &layer.digest, "component")?;
            Ok(Pulled { manifest: bytes, component: layer.digest, size: layer.size })
        })
        .await
    }

    /// The signatures that lie beside a manifest, unverified. At most 32, of at most 1 MiB each.
    ///
    /// # Errors
    /// Why no endpoint gave them. That there are none is no error.
    pub async fn signatures(&self, reference: &OciReference, manifest: &Digest, access: &Access) -> Result<Vec<Artifact>, RegistryError> {
        let operation = || Operation::Signatures { manifest: manifest.to_string() };
        self.ask(
            &Question { doing: "reading the signatures of", reference, access },
            operation,
            None,
            |_| (),
            |message| {
                ready(match message {
                    Message::Signatures(mut signatures) => {
                        signatures.truncate(SIGNATURES);
                        Ok(signatures)
                    }
                    _ => Err(out_of_turn()),
                })
            },
        )
        .await
    }

    /// The tags of a repository, in the registry's order; at most 1,000.
    ///
    /// # Errors
    /// Why no endpoint gave them.
    pub async fn tags(&self, reference: &OciReference, access: &Access) -> Result<Vec<String>, RegistryError> {
        let question = Question { doing: "listing the tags of", reference, access };
        self.ask(
            &question,
            || Operation::Tags,
            None,
            |_| (),
            |message| {
                ready(match message {
                    Message::Tags(tags) => Ok(tags),
                    _ => Err(out_of_turn()),
                })
            },
        )
        .await
    }

    /// Pushes a component under the reference's tag, and gives the digest of its manifest. Only the last endpoint, the registry itself, is asked.
    ///
    /// # Errors
    /// Why it is not there now.
    pub async fn push(
        &self,
        reference: &OciReference,
        component: &File,
        artifact: &NewArtifact,
        access: &Access,
        progress: impl Fn(Progress),
    ) -> Result<Digest, RegistryError> {
        let itself = Access { endpoints: access.endpoints.last().cloned().into_iter().collect(), ..access.clone() };
        let question = Question { doing: "pushing", reference, access: &itself };
        let Some(tag) = reference.tag().filter(|_| reference.digest().is_none()) else {
            return Err(question.error(Failure::Request(NO_TAG.to_owned())));
        };
        let layer = measured(component, self.0.limits.component_bytes).await.map_err(|failure| question.error(failure))?;
        let digest = Digest::of(artifact.manifest(layer).0.as_bytes());
        let operation = || {
            let (manifest, blobs) = artifact.manifest(layer);
            Operation::Push { tag: tag.to_owned(), manifest, blobs, component: layer.digest.to_string(), size: layer.size }
        };
        self.ask(&question, operation, Some(component), progress, |message| {
            ready(match message {
                Message::Pushed => Ok(digest),
                _ => Err(out_of_turn()),
            })
        })
        .await
    }

    /// Asks one endpoint after the other until `take` likes an answer, or the time is over.
    async fn ask<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        question: &Question<'_>,
        operation: impl Fn() -> Operation,
        file: Option<&File>,
        progress: impl Fn(Progress),
        take: impl Fn(Message) -> F,
    ) -> Result<T, RegistryError> {
        let end = Instant::now() + self.0.limits.time;
        let endpoints = question.endpoints();
        let mut mirrors = Vec::new();
        for (index, endpoint) in endpoints.iter().enumerate() {
            let left = end.saturating_duration_since(Instant::now());
            let is_last = index + 1 == endpoints.len();
            let limits = self.limits_at(is_last, left);
            let request = question.request(endpoint, operation(), limits);
            let answer = Conversation::new(&self.0.program, &self.0.arguments).hold(request, file, &progress).await;
            let failure = match answer {
                Ok(message) => match take(message).await {
                    Ok(taken) => return Ok(taken),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            if is_last || failure.is_ours() {
                return Err(RegistryError { host: endpoint.host.clone(), mirrors, ..question.error(failure) });
            }
            mirrors.push((endpoint.host.clone(), failure));
        }
        Err(question.error(Failure::Request("there is no endpoint to ask".to_owned())))
    }

    /// A mirror is a short cut: it gets half of the time that is left, and a second attempt.
    fn limits_at(&self, is_last: bool, left: Duration) -> RegistryLimits {
        let limits = self.0.limits.clone();
        if is_last { RegistryLimits { time: left, ..limits } } else { RegistryLimits { time: left / 2, attempts: limits.attempts.min(2), ..limits } }
    }
}

const NO_TAG: &str = "it has to have a tag and no digest, since the tag is what is moved; write REGISTRY/REPOSITORY:TAG";

impl Question<'_> {
    /// The endpoints to ask: the registry itself if nothing else is said.
    fn endpoints(&self) -> Vec<Endpoint> {
        if self.access.endpoints.is_empty() { Access::of(self.reference).endpoints } else { self.access.endpoints.clone() }
    }

    fn request(&self, endpoint: &Endpoint, operation: Operation, limits: RegistryLimits) -> Request {
        Request {
            host: endpoint.host.clone(),
            plain_http: endpoint.plain_http,
            repository: endpoint.repository(self.reference),
            mirrored: endpoint.mirrored(self.reference),
            credentials: endpoint.credentials.clone(),
            certificate_authorities: self.access.certificate_authorities.clone(),
            limits,
            operation,
        }
    }

    fn error(&self, failure: Failure) -> RegistryError {
        RegistryError {
            doing: self.doing,
            reference: self.reference.to_string(),
            host: self.reference.registry().to_owned(),
            failure: Box::new(failure),
            mirrors: Vec::new(),
        }
    }
}

fn out_of_turn() -> Failure {
    Failure::Crashed("it gave the answer to another question".to_owned())
}

fn matches(actual: &Digest, expected: &Digest, what: &str) -> Result<(), Failure> {
    if actual == expected {
        return Ok(());
    }
    Err(Failure::WrongDigest { what: what.to_owned(), expected: expected.to_string(), actual: actual.to_string() })
}

/// The digest and size of what is in a file.
async fn measured(file: &File, limit: u64) -> Result<Layer, Failure> {
    let file = file.try_clone().map_err(|error| Failure::File(error.to_string()))?;
    let measuring = tokio::task::spawn_blocking(move || {
        let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 256 * 1024]);
        loop {
            let count = file.read_at(&mut buffer, size).map_err(|error| Failure::File(error.to_string()))?;
            if count == 0 {
                return Ok(Layer { digest: Digest::from_bytes(hash.finalize().into()), size });
            }
            size += count as u64;
            if size > limit {
                return Err(Failure::TooLarge { what: "component".to_owned(), size, limit });
            }
            hash.update(&buffer[..count]);
        }
    });
    measuring.await.map_err(|error| Failure::File(error.to_string()))?
}
