//! What all renders of a container set together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::digest::Digest;
use crate::outline::Outline;
use crate::outputs::{Args, EnvValue, File};
use crate::reads::Reads;
use crate::reference::PluginReference;

/// What a container gets, before `$(NAME)` is replaced.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Variables, which override the container's own.
    pub env: BTreeMap<String, EnvValue>,
    /// What changes in its arguments.
    pub args: Args,
    /// Files, by their directory in the container and their path in that directory.
    pub directories: BTreeMap<String, BTreeMap<String, File>>,
    /// Files that also appear at a fixed path, by that path.
    pub file_mounts: BTreeMap<String, MountedFile>,
    /// The plugins that ran, in order.
    pub plugins: Vec<PluginUse>,
    /// What each render read, in order. They are kept apart since an alias can mean a different ConfigMap in
    /// each.
    pub reads: Vec<Reads>,
    /// The digest of everything that the result depends on.
    pub inputs_digest: Digest,
    /// The digest of the result.
    pub output_digest: Digest,
    /// What the result sets, without its values: shared by those who compare it later.
    pub outline: Arc<Outline>,
}

/// A rendered file that appears at a fixed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedFile {
    /// The directory of the rendered file.
    pub directory: String,
    /// The file's path in that directory.
    pub path: String,
}

/// A plugin that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginUse {
    /// As the annotation names it.
    pub reference: PluginReference,
    /// The digest of its component.
    pub digest: Digest,
}

impl Rendered {
    /// The memory that the result takes, roughly: its texts and files, and the overhead of each of them and
    /// of each read.
    #[must_use]
    pub fn bytes(&self) -> usize {
        const PART: usize = 128;
        let env = self
            .env
            .iter()
            .map(|(name, value)| PART + name.len() + value.text.len());
        let args = match &self.args {
            Args::Unchanged => &[][..],
            Args::Append(args) | Args::Replace(args) => args,
        };
        let args = args.iter().map(|arg| PART + arg.len());
        let files = self
            .directories
            .values()
            .flatten()
            .map(|(path, file)| PART + path.len() + file.contents.len());
        let reads = self.reads.iter().map(|reads| {
            let existing = reads.existing().unwrap_or_default();
            2 * PART * reads.iter().len() + existing.iter().map(|alias| PART + alias.len()).sum::<usize>()
        });
        let parts: usize = env.chain(args).chain(files).chain(reads).sum();
        parts + self.outline.bytes()
    }

    /// Returns all files as the container sees them, sorted by absolute path, including those at fixed paths.
    #[must_use]
    pub fn files(&self) -> Vec<(String, &File)> {
        let in_directories = self.directories.iter().flat_map(|(directory, files)| {
            files
                .iter()
                .map(move |(path, file)| (format!("{directory}/{path}"), file))
        });
        let at_fixed_paths = self.file_mounts.iter().filter_map(|(target, mounted)| {
            Some((
                target.clone(),
                self.directories.get(&mounted.directory)?.get(&mounted.path)?,
            ))
        });
        let mut files: Vec<_> = in_directories.chain(at_fixed_paths).collect();
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files
    }
}
