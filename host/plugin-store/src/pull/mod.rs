//! Pulls a registry's plugins: resolves tags to manifests, and fetches components and signatures. What was
//! pulled is in the [`ArtifactStore`].

pub(crate) mod artifacts;
mod policy;
mod puller;
mod registry;
mod repository;

pub use artifacts::{ArtifactRecord, ArtifactStore, GrantedTo, TagRecord};
pub use policy::PullPolicy;
pub(crate) use puller::{PulledArtifact, Puller};
pub use registry::Registry;
pub(crate) use repository::Repository;
