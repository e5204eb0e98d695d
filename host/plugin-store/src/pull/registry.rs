//! The store's interface to registries, which tests can implement, too.

use std::fs::File;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_registry::{Access, Progress, Pulled, RegistryClient, RegistryError};
use podweave_signature::Artifact;

/// Access to registries.
pub trait Registry: Send + Sync + 'static {
    /// Resolves a tag, as [`RegistryClient::resolve`] does.
    fn resolve<'a>(
        &'a self,
        reference: &'a OciReference,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Digest, RegistryError>>;

    /// Pulls a component, as [`RegistryClient::pull`] does.
    fn pull<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
        into: &'a File,
        progress: Box<dyn Fn(Progress) + Send + Sync + 'a>,
    ) -> BoxFuture<'a, Result<Pulled, RegistryError>>;

    /// Reads signatures, as [`RegistryClient::signatures`] does.
    fn signatures<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Vec<Artifact>, RegistryError>>;
}

impl Registry for RegistryClient {
    fn resolve<'a>(
        &'a self,
        reference: &'a OciReference,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Digest, RegistryError>> {
        Self::resolve(self, reference, access).boxed()
    }

    fn pull<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
        into: &'a File,
        progress: Box<dyn Fn(Progress) + Send + Sync + 'a>,
    ) -> BoxFuture<'a, Result<Pulled, RegistryError>> {
        Self::pull(self, reference, manifest, access, into, progress).boxed()
    }

    fn signatures<'a>(
        &'a self,
        reference: &'a OciReference,
        manifest: &'a Digest,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<Vec<Artifact>, RegistryError>> {
        Self::signatures(self, reference, manifest, access).boxed()
    }
}
