//! Defines the document that the command line prints and that golden cases hold: a `RenderList`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::api::API_VERSION;
use crate::completion::Completed;
use crate::digest::Digest;
use crate::merge::Rendered;
use crate::pod::{Container, Pod};
use crate::reads::{self, Read};

/// All renders of one command.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenderList {
    /// [`API_VERSION`].
    pub api_version: &'static str,
    /// `RenderList`.
    pub kind: &'static str,
    /// One for each container that was rendered for, in the order of the manifests.
    pub items: Vec<Item>,
}

/// What one container gets.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name, or its workload's.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The plugins that ran, in order.
    pub plugins: Vec<Plugin>,
    /// Variables that podweave adds or overrides, sorted by name.
    pub env: Vec<Variable>,
    /// The container's command after rendering; null: unchanged.
    pub command: Option<Vec<String>>,
    /// The container's arguments after rendering; null: unchanged.
    pub args: Option<Vec<String>>,
    /// Arguments to append to those of the image; set only if the spec has neither command nor args.
    pub append_args: Option<Vec<String>>,
    /// Files by absolute path in the container, sorted.
    pub files: Vec<File>,
    /// What the result depends on; golden cases leave it out.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// A plugin that ran.
#[derive(Debug, Clone, Serialize)]
pub struct Plugin {
    /// As the annotation names it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The digest of its component; golden cases leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// A variable.
#[derive(Debug, Clone, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value. `$(NAME)` stays if only the node knows the value.
    pub value: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// The absolute path in the container.
    pub path: String,
    /// Four octal digits: `"0444"`.
    pub mode: String,
    /// Its contents, if they are text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contents: Option<String>,
    /// Its contents, if they are not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contents_base64: Option<String>,
}

/// What a result depends on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Everything that was read, sorted.
    pub reads: Vec<Read>,
    /// The digest of everything that the result depends on.
    pub inputs_digest: Digest,
    /// The digest of the result.
    pub output_digest: Digest,
}

impl RenderList {
    /// Creates a list of items.
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "RenderList",
            items,
        }
    }

    /// Returns the list without digests and reads, as golden cases hold it.
    #[must_use]
    pub fn without_provenance(mut self) -> Self {
        for item in &mut self.items {
            item.provenance = None;
            for plugin in &mut item.plugins {
                plugin.digest = None;
            }
        }
        self
    }
}

impl Item {
    /// Creates the item of a container.
    #[must_use]
    pub fn new(pod: &Pod, container: &Container, rendered: &Rendered, completed: Completed) -> Self {
        Self {
            namespace: pod.namespace.clone(),
            pod: pod.manifest_name.clone(),
            container: container.name.clone(),
            plugins: rendered
                .plugins
                .iter()
                .map(|plugin| Plugin {
                    reference: plugin.reference.to_string(),
                    digest: Some(plugin.digest),
                })
                .collect(),
            env: completed
                .env
                .into_iter()
                .map(|(name, value)| Variable { name, value })
                .collect(),
            command: completed.command,
            args: completed.args,
            append_args: completed.append_args,
            files: rendered
                .files()
                .into_iter()
                .map(|(path, file)| File::new(path, file.mode, &file.contents))
                .collect(),
            provenance: Some(Provenance {
                reads: reads::report(&rendered.reads),
                inputs_digest: rendered.inputs_digest,
                output_digest: rendered.output_digest,
            }),
        }
    }
}

impl File {
    /// Returns the contents.
    ///
    /// # Errors
    /// The base64 is invalid, so this crate did not write it.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, base64::DecodeError> {
        match (&self.contents, &self.contents_base64) {
            (Some(text), _) => Ok(Cow::Borrowed(text.as_bytes())),
            (None, Some(encoded)) => STANDARD.decode(encoded).map(Cow::Owned),
            (None, None) => Ok(Cow::Borrowed(&[])),
        }
    }

    fn new(path: String, mode: u32, contents: &[u8]) -> Self {
        let text = std::str::from_utf8(contents).ok();
        Self {
            path,
            mode: format!("{mode:04o}"),
            contents: text.map(str::to_owned),
            contents_base64: text.is_none().then(|| STANDARD.encode(contents)),
        }
    }
}
