//! Defines the error of a render. Its text is the same on the command line, in the log and in the Event.

use std::fmt;
use std::sync::Arc;

use podweave_core::annotations::AnnotationError;
use podweave_core::binding::{Binding, Render};
use podweave_core::merge::MergeError;
use podweave_core::pod::Pod;
use podweave_plugin_store::StoreError;
use podweave_sandbox::RenderError;

use crate::source::SourceError;

/// Why a container has no result: for which container, and what to do.
#[derive(Debug)]
pub struct Error {
    /// `namespace/name` of the pod.
    pub pod: String,
    /// The container; `None` if the error is about the whole pod.
    pub container: Option<String>,
    /// The plugin, if the error is about one.
    pub plugin: Option<String>,
    /// What went wrong.
    pub cause: Box<Cause>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The pod's annotations are wrong.
    #[error(transparent)]
    Annotation(#[from] AnnotationError),
    /// There is no such plugin, or it cannot be prepared.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
    /// A ConfigMap does not exist, or its owner has not shared it. Both have the same text, so that it does
    /// not reveal what another namespace contains.
    #[error(
        "ConfigMap {identity} ({alias:?}) does not exist{}{hint}; create it, or bind it as optional with a '?'",
        if *.foreign { format!(", or its owner has not shared it with namespace {namespace} (podweave.dev/share-with)") } else { String::new() }
    )]
    NoConfigMap {
        /// `namespace/name`.
        identity: String,
        /// The alias.
        alias: String,
        /// The pod's namespace.
        namespace: String,
        /// Whether the ConfigMap is in another namespace than the pod.
        foreign: bool,
        /// Similar ConfigMaps that the source knows.
        hint: String,
    },
    /// The source of ConfigMaps did not answer.
    #[error("ConfigMap {identity} cannot be read: {error}")]
    Source {
        /// `namespace/name`.
        identity: String,
        /// Why.
        error: SourceError,
    },
    /// The plugin failed.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Several renders of the container conflict.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

impl Error {
    /// Creates an error about one render of a container.
    pub(crate) fn of_render(pod: &Pod, binding: &Binding, render: &Render, cause: Cause) -> Self {
        Self {
            pod: pod.identity(),
            container: Some(binding.container.clone()),
            plugin: Some(render.plugin.to_string()),
            cause: Box::new(cause),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pod {}", self.pod)?;
        if let Some(container) = &self.container {
            write!(formatter, ", container {container}")?;
        }
        if let Some(plugin) = &self.plugin {
            write!(formatter, ", plugin {plugin}")?;
        }
        write!(formatter, ": {}", self.cause)
    }
}

impl std::error::Error for Error {}
