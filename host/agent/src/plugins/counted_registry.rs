//! Counts what registries answer.

use std::fs::File;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_plugin_store::Registry;
use podweave_registry::{Access, Progress, Pulled, RegistryClient, RegistryError};
use podweave_signature::Artifact;

use super::metrics::{Asked, PluginMetrics};

/// The registry client, with metrics.
pub(super) struct CountedRegistry {
    pub client: RegistryClient,
    pub metrics: PluginMetrics,
}

impl Registry for CountedRegistry {
    fn resolve<'a>(
        &'a self,
        reference: &'a OciReference,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Digest, RegistryError>> {
        let answer = self.client.resolve(reference, access);
        answer
            .inspect(|answer| self.metrics.count_answer(Asked::Tag, answer))
            .boxed()
    }

    fn pull<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
        into: &'a File,
        progress: Box<dyn Fn(Progress) + Send + Sync + 'a>,
    ) -> BoxFuture<'a, Result<Pulled, RegistryError>> {
        let answer = self.client.pull(reference, manifest, access, into, progress);
        answer
            .inspect(|answer| self.metrics.count_answer(Asked::Component, answer))
            .boxed()
    }

    fn signatures<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Vec<Artifact>, RegistryError>> {
        let answer = self.client.signatures(reference, manifest, access);
        answer
            .inspect(|answer| self.metrics.count_answer(Asked::Signatures, answer))
            .boxed()
    }
}
