//! Merges the outputs of all renders of a container into one result.

mod error;
mod rendered;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::binding::Render;
use crate::digest::{Digest, DigestBuilder};
use crate::expansion;
use crate::limits::Limits;
use crate::names::is_within;
use crate::outline::Outline;
use crate::outputs::{Args, EnvValue, File, Outputs, colliding_path};
use crate::reads::Reads;
use crate::text::{self, human_size};
pub use error::MergeError;
pub use rendered::{MountedFile, PluginUse, Rendered};

/// The result of one render of a container.
#[derive(Debug, Clone)]
pub struct RenderResult<'a> {
    /// The render that the annotations ask for.
    pub render: &'a Render,
    /// The plugin that ran.
    pub plugin: Digest,
    /// What the plugin set.
    pub outputs: Outputs,
    /// What the plugin read.
    pub reads: Reads,
}

/// Merges the renders of a container, in order: a later one overrides the variables of an earlier one.
///
/// # Errors
/// Two renders set the arguments or the same file, a file mount has no file, or the sum exceeds a limit.
pub fn merge(results: Vec<RenderResult<'_>>, limits: &Limits) -> Result<Rendered, MergeError> {
    let mut merged = Merged::default();
    let mut inputs = DigestBuilder::new("podweave renders 1");
    let mut plugins = Vec::with_capacity(results.len());
    let mut reads = Vec::with_capacity(results.len());
    for result in results {
        inputs.push(
            result
                .reads
                .inputs_digest(result.plugin, &result.render.params)
                .as_bytes(),
        );
        merged.add(result.render, result.outputs)?;
        plugins.push(PluginUse {
            reference: result.render.plugin.clone(),
            digest: result.plugin,
        });
        reads.push(result.reads);
    }
    merged.check(limits)?;
    let output_digest = merged.digest();
    let outline = Arc::new(merged.outline());
    let Merged {
        env,
        args,
        directories,
        file_mounts,
        ..
    } = merged;
    Ok(Rendered {
        env,
        args,
        directories,
        file_mounts,
        plugins,
        reads,
        inputs_digest: inputs.finish(),
        output_digest,
        outline,
    })
}

#[derive(Default)]
struct Merged {
    env: BTreeMap<String, EnvValue>,
    args: Args,
    args_from: String,
    directories: BTreeMap<String, BTreeMap<String, File>>,
    file_mounts: BTreeMap<String, MountedFile>,
}

impl Merged {
    fn add(&mut self, render: &Render, outputs: Outputs) -> Result<(), MergeError> {
        let (env, args, files) = outputs.into_parts();
        for mount in &render.file_mounts {
            if !files.contains_key(&mount.rendered) {
                return Err(MergeError::MountOfNothing {
                    rendered: mount.rendered.clone(),
                    target: mount.target.clone(),
                    plugin: render.plugin.to_string(),
                    made: text::list(files.keys().map(String::as_str)),
                });
            }
            let mounted = MountedFile {
                directory: render.files_directory.clone(),
                path: mount.rendered.clone(),
            };
            if self.file_mounts.insert(mount.target.clone(), mounted).is_some() {
                return Err(MergeError::MountTwice {
                    target: mount.target.clone(),
                });
            }
        }
        if self.env.is_empty() {
            self.env = env;
        } else {
            self.env.extend(env);
        }
        if args != Args::Unchanged {
            if self.args != Args::Unchanged {
                return Err(MergeError::Args {
                    first: self.args_from.clone(),
                    second: render.plugin.to_string(),
                });
            }
            self.args = args;
            self.args_from = render.plugin.to_string();
        }
        if !files.is_empty() {
            self.add_files(render, files)?;
        }
        Ok(())
    }

    fn add_files(&mut self, render: &Render, files: BTreeMap<String, File>) -> Result<(), MergeError> {
        let directory = &render.files_directory;
        let Some(there) = self.directories.get_mut(directory) else {
            for other in self.directories.keys() {
                let (inner, outer) = if other.len() > directory.len() {
                    (other, directory)
                } else {
                    (directory, other)
                };
                if is_within(inner, outer) {
                    return Err(MergeError::Directory {
                        inner: inner.clone(),
                        outer: outer.clone(),
                    });
                }
            }
            self.directories.insert(directory.clone(), files);
            return Ok(());
        };
        for (path, file) in files {
            let taken = if there.contains_key(&path) {
                Some(path.clone())
            } else {
                colliding_path(
                    &path,
                    |prefix| there.contains_key(prefix),
                    there.range(path.clone()..).map(|(path, _)| path.as_str()),
                )
            };
            if let Some(other) = taken {
                return Err(MergeError::File {
                    path: format!("{directory}/{path}"),
                    plugin: render.plugin.to_string(),
                    other: format!("{directory}/{other}"),
                });
            }
            there.insert(path, file);
        }
        Ok(())
    }

    fn check(&self, limits: &Limits) -> Result<(), MergeError> {
        for target in self.file_mounts.keys() {
            // Nothing can be mounted inside a directory of rendered files: it is read-only. And a file cannot
            // be where another path has a directory.
            let directory = self
                .directories
                .keys()
                .map(String::as_str)
                .find(|directory| is_within(target, directory) || is_within(directory, target));
            let parents = || target.match_indices('/').map(|(end, _)| &target[..end]);
            if let Some(other) =
                directory.or_else(|| parents().find(|parent| self.file_mounts.contains_key(*parent)))
            {
                return Err(MergeError::MountCollides {
                    target: target.clone(),
                    other: other.to_owned(),
                });
            }
        }
        let completed = self.env.iter().filter(|(_, value)| value.expand);
        for (name, value) in completed {
            let chained =
                |other: &&str| other != name && self.env.get(*other).is_some_and(|other| other.expand);
            if let Some(other) = expansion::references(&value.text).find(chained) {
                return Err(MergeError::Chain {
                    name: name.clone(),
                    other: other.to_owned(),
                });
            }
        }
        let env: usize = self
            .env
            .iter()
            .map(|(name, value)| name.len() + value.text.len() + 2 + 8)
            .sum();
        let args: usize = self.args_list().iter().map(|arg| arg.len() + 1 + 8).sum();
        if env + args > limits.environment_bytes {
            return Err(MergeError::Limit {
                limit: human_size(limits.environment_bytes),
            });
        }
        if self.env.len() + self.args_list().len() > limits.environment_strings {
            return Err(MergeError::Limit {
                limit: format!("{} variables and arguments", limits.environment_strings),
            });
        }
        Ok(())
    }

    fn args_list(&self) -> &[String] {
        match &self.args {
            Args::Unchanged => &[],
            Args::Append(args) | Args::Replace(args) => args,
        }
    }

    fn outline(&self) -> Outline {
        let mut outline = Outline::default();
        for (name, value) in &self.env {
            outline.add_variable(name, value);
        }
        outline.set_args(&self.args);
        for (directory, files) in &self.directories {
            outline.add_directory(directory, files);
        }
        for (target, mounted) in &self.file_mounts {
            outline.add_mount(target, &mounted.directory, &mounted.path);
        }
        outline
    }

    /// Computes the digest of the result. It contains no Secret: texts are hashed before they are completed.
    fn digest(&self) -> Digest {
        let mut digest = DigestBuilder::new("podweave output 1");
        let push_count =
            |digest: &mut DigestBuilder, count: usize| digest.push(&(count as u64).to_be_bytes());
        push_count(&mut digest, self.env.len());
        for (name, value) in &self.env {
            digest.push(name.as_bytes());
            digest.push(value.text.as_bytes());
            digest.push(&[u8::from(value.expand)]);
        }
        digest.push(match &self.args {
            Args::Unchanged => b"unchanged",
            Args::Append(_) => b"append",
            Args::Replace(_) => b"replace",
        });
        push_count(&mut digest, self.args_list().len());
        for arg in self.args_list() {
            digest.push(arg.as_bytes());
        }
        push_count(&mut digest, self.directories.len());
        for (directory, files) in &self.directories {
            digest.push(directory.as_bytes());
            push_count(&mut digest, files.len());
            for (path, file) in files {
                digest.push(path.as_bytes());
                digest.push(&file.mode.to_be_bytes());
                digest.push(&file.contents);
            }
        }
        push_count(&mut digest, self.file_mounts.len());
        for (target, mounted) in &self.file_mounts {
            digest.push(target.as_bytes());
            digest.push(mounted.directory.as_bytes());
            digest.push(mounted.path.as_bytes());
        }
        digest.finish()
    }
}
