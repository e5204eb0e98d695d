//! The client: asks one endpoint after the other in child processes, and verifies what they return.

use std::ffi::OsString;
use std::fs::File;
use std::future::{Future, ready};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_signature::Artifact;
use tokio::time::Instant;

use crate::access::{Access, Endpoint};
use crate::artifact::{self, NewArtifact};
use crate::content::{matches, measured};
use crate::conversation::Conversation;
use crate::failure::{Failure, RegistryError};
use crate::limits::RegistryLimits;
use crate::protocol::{Message, Operation, Progress, Request, SIGNATURES};

/// A pulled component whose digest was verified against its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The manifest. Its digest is the requested one.
    pub manifest: Vec<u8>,
    /// The component's digest.
    pub component: Digest,
    /// The component's size in bytes.
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

/// A request, where to send it, and how an error names it.
struct Question<'a> {
    doing: &'static str,
    reference: &'a OciReference,
    access: &'a Access,
}

impl RegistryClient {
    /// A client whose children are `program` with `arguments`, which calls [`crate::run_child`].
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>, limits: RegistryLimits) -> Self {
        Self(Arc::new(Parts {
            program,
            arguments,
            limits,
        }))
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &RegistryLimits {
        &self.0.limits
    }

    /// Resolves a reference to the digest of its manifest. If the reference has a digest, that one is
    /// returned and no registry is asked.
    ///
    /// # Errors
    /// Why no endpoint resolved it.
    pub async fn resolve(&self, reference: &OciReference, access: &Access) -> Result<Digest, RegistryError> {
        let Some(tag) = reference.tag().filter(|_| reference.digest().is_none()) else {
            return reference.digest().ok_or_else(|| {
                Question {
                    doing: "resolving",
                    reference,
                    access,
                }
                .error(Failure::Request(NO_TAG.to_owned()))
            });
        };
        let operation = || Operation::Resolve { tag: tag.to_owned() };
        self.ask(
            &Question {
                doing: "resolving",
                reference,
                access,
            },
            operation,
            None,
            |_| (),
            |message| {
                ready(match message {
                    Message::Resolved { manifest } => Digest::parse(&manifest).ok_or_else(|| {
                        Failure::Unexpected("it returned no SHA-256 digest for the tag".to_owned())
                    }),
                    _ => Err(out_of_turn()),
                })
            },
        )
        .await
    }

    /// Pulls the component of a manifest into a file and replaces its content. If this fails, the content of
    /// the file is undefined.
    ///
    /// # Errors
    /// Why no endpoint delivered the component.
    pub async fn pull(
        &self,
        reference: &OciReference,
        manifest: &Digest,
        access: &Access,
        into: &File,
        progress: impl Fn(Progress),
    ) -> Result<Pulled, RegistryError> {
        let operation = || Operation::Pull {
            manifest: manifest.to_string(),
        };
        let (manifest, limit) = (*manifest, self.0.limits.component_bytes);
        self.ask(
            &Question {
                doing: "pulling",
                reference,
                access,
            },
            operation,
            Some(into),
            progress,
            move |message| async move {
                let Message::Pulled { manifest: bytes } = message else {
                    return Err(out_of_turn());
                };
                matches(&Digest::of(&bytes), &manifest, "manifest")?;
                let layer = artifact::component_layer(&bytes, limit)?;
                // The child is not trusted: verify the digest of the file itself.
                matches(&measured(into, limit).await?.digest, &layer.digest, "component")?;
                Ok(Pulled {
                    manifest: bytes,
                    component: layer.digest,
                    size: layer.size,
                })
            },
        )
        .await
    }

    /// Reads the signatures of a manifest without verifying them. Returns at most 32, of at most 1 MiB each.
    ///
    /// # Errors
    /// Why no endpoint delivered them. A manifest without signatures is not an error.
    pub async fn signatures(
        &self,
        reference: &OciReference,
        manifest: &Digest,
        access: &Access,
    ) -> Result<Vec<Artifact>, RegistryError> {
        let operation = || Operation::Signatures {
            manifest: manifest.to_string(),
        };
        self.ask(
            &Question {
                doing: "reading the signatures of",
                reference,
                access,
            },
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

    /// Lists the tags of a repository, in the registry's order; at most 1,000.
    ///
    /// # Errors
    /// Why no endpoint listed them.
    pub async fn tags(
        &self,
        reference: &OciReference,
        access: &Access,
    ) -> Result<Vec<String>, RegistryError> {
        let question = Question {
            doing: "listing the tags of",
            reference,
            access,
        };
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

    /// Pushes a component under the reference's tag, and returns the digest of its manifest. Only the last
    /// endpoint, the registry itself, is asked.
    ///
    /// # Errors
    /// Why the component was not pushed.
    pub async fn push(
        &self,
        reference: &OciReference,
        component: &File,
        artifact: &NewArtifact,
        access: &Access,
        progress: impl Fn(Progress),
    ) -> Result<Digest, RegistryError> {
        let itself = Access {
            endpoints: access.endpoints.last().cloned().into_iter().collect(),
            ..access.clone()
        };
        let question = Question {
            doing: "pushing",
            reference,
            access: &itself,
        };
        let Some(tag) = reference.tag().filter(|_| reference.digest().is_none()) else {
            return Err(question.error(Failure::Request(NO_TAG.to_owned())));
        };
        let layer = measured(component, self.0.limits.component_bytes)
            .await
            .map_err(|failure| question.error(failure))?;
        let digest = Digest::of(artifact.manifest(layer).0.as_bytes());
        let operation = || {
            let (manifest, blobs) = artifact.manifest(layer);
            Operation::Push {
                tag: tag.to_owned(),
                manifest,
                blobs,
                component: layer.digest.to_string(),
                size: layer.size,
            }
        };
        self.ask(&question, operation, Some(component), progress, |message| {
            ready(match message {
                Message::Pushed => Ok(digest),
                _ => Err(out_of_turn()),
            })
        })
        .await
    }

    /// Asks one endpoint after the other until `take` accepts an answer or the time is over.
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
            let answer = Conversation::new(&self.0.program, &self.0.arguments)
                .hold(request, file, &progress)
                .await;
            let failure = match answer {
                Ok(message) => match take(message).await {
                    Ok(taken) => return Ok(taken),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            if is_last || failure.is_ours() {
                return Err(RegistryError {
                    host: endpoint.host.clone(),
                    mirrors,
                    ..question.error(failure)
                });
            }
            mirrors.push((endpoint.host.clone(), failure));
        }
        Err(question.error(Failure::Request("there is no endpoint to ask".to_owned())))
    }

    /// A mirror gets half of the remaining time and at most two attempts, so that a bad mirror leaves time
    /// for the registry itself.
    fn limits_at(&self, is_last: bool, left: Duration) -> RegistryLimits {
        let limits = self.0.limits.clone();
        if is_last {
            RegistryLimits { time: left, ..limits }
        } else {
            RegistryLimits {
                time: left / 2,
                attempts: limits.attempts.min(2),
                ..limits
            }
        }
    }
}

const NO_TAG: &str = "the reference must have a tag and no digest, because the tag is what is moved; write REGISTRY/REPOSITORY:TAG";

impl Question<'_> {
    /// The endpoints to ask: the registry itself if none is configured.
    fn endpoints(&self) -> Vec<Endpoint> {
        if self.access.endpoints.is_empty() {
            Access::of(self.reference).endpoints
        } else {
            self.access.endpoints.clone()
        }
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
    Failure::Crashed("its answer does not match the request".to_owned())
}
