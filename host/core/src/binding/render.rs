//! One render: what it runs, what it may read, and where its files appear.

use std::sync::Arc;

use crate::names::is_within;
use crate::reference::{ConfigMapReference, PluginReference};

/// The directory of rendered files, unless an annotation sets another.
pub const DEFAULT_FILES_DIRECTORY: &str = "/etc/podweave";

/// One run of a plugin for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Render {
    /// The plugin.
    pub plugin: PluginReference,
    /// The ConfigMaps that the plugin may read, in the annotation's order; aliases are unique.
    pub config_maps: Vec<ConfigMapReference>,
    /// The parameters for the plugin: a JSON object with sorted keys. The containers of a pod share them.
    pub params: Arc<str>,
    /// The absolute path of the directory for its files in the container.
    pub files_directory: String,
    /// Files that also appear at a fixed path.
    pub file_mounts: Vec<FileMount>,
}

/// A rendered file that also appears at a fixed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMount {
    /// The file, relative to the directory of the rendered files.
    pub rendered: String,
    /// The absolute path where it also appears.
    pub target: String,
}

/// What happens to a container whose render fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The container is not created; the kubelet tries again.
    #[default]
    Block,
    /// The container starts without the rendered configuration.
    Ignore,
}

impl Render {
    /// Refuses file mounts that are in the directory of the rendered files.
    pub(super) fn new(
        plugin: PluginReference,
        config_maps: Vec<ConfigMapReference>,
        params: Arc<str>,
        files_directory: String,
        file_mounts: Vec<FileMount>,
    ) -> Result<Self, String> {
        let inside = file_mounts
            .iter()
            .find(|mount| is_within(&mount.target, &files_directory));
        match inside {
            Some(mount) => Err(format!(
                "{} is inside {files_directory}, where the rendered files appear anyway",
                mount.target
            )),
            None => Ok(Self {
                plugin,
                config_maps,
                params,
                files_directory,
                file_mounts,
            }),
        }
    }
}
