//! Delivers a rendered result to a container: completes it with the container's own environment and writes
//! its files.

use std::path::Path;

use podweave_core::completion::{Completed, Environment, complete};
use podweave_core::digest::Digest;
use podweave_core::limits::Limits;
use podweave_core::merge::Rendered;
use podweave_core::names::is_within;
use podweave_core::outline::Part;
use podweave_core::own_environment::OwnEnvironment;
use podweave_core::pod::Pod;
use podweave_nri::api::{Container, Mount};

use super::argv;
use crate::directory::Owner;
use crate::follow::owner_of_files;
use crate::renders::{Attempt, Refusal};
use crate::volumes::{NewFiles, Volumes};

/// The options that the kubelet uses for its mounts, plus the last two: no device and no set-user-ID program
/// comes from a plugin.
const MOUNT_OPTIONS: [&str; 5] = ["rbind", "ro", "rprivate", "nosuid", "nodev"];

/// What a container is given. Its files are written.
pub struct Delivered {
    /// Its variables and what was expanded of its command line.
    pub completed: Completed,
    /// Its command line; `None` if it stays as the runtime has it.
    pub argv: Option<Vec<String>>,
    /// How it sees the files.
    pub mounts: Vec<Mount>,
    /// The digest of the result.
    pub digest: Digest,
    /// The digest of the part of it that the container has from its start.
    pub fixed: Part,
}

/// Completes a result and writes its files where the container can mount them.
///
/// The files go to a tmpfs, so writing them takes microseconds: it is done on the thread that answers the
/// runtime.
///
/// # Errors
/// The result cannot be completed, or its files cannot be written.
pub fn deliver(
    pod: &Pod,
    attempt: &Attempt,
    rendered: &Rendered,
    container: &Container,
    limits: &Limits,
    volumes: &Volumes,
    uid: &str,
) -> Result<Delivered, Refusal> {
    let delivery = |reason: String| Refusal::Delivery {
        pod: pod.identity(),
        container: container.name.clone(),
        reason,
    };
    let spec = pod
        .container(&container.name)
        .ok_or_else(|| Refusal::UnknownContainer {
            pod: pod.identity(),
            container: container.name.clone(),
        })?;
    let own = environment(&container.env);
    let completed = complete(spec, rendered, OwnEnvironment::OfProcess(&own), limits).map_err(|error| {
        Refusal::Completion {
            pod: pod.identity(),
            container: container.name.clone(),
            error,
        }
    })?;
    let argv =
        argv::rendered(spec, &completed, &container.args).map_err(|error| delivery(error.to_string()))?;
    let mounts = mounts(rendered, container, volumes, uid, attempt.number).map_err(delivery)?;
    Ok(Delivered {
        completed,
        argv,
        mounts,
        digest: rendered.output_digest,
        fixed: attempt.fixed,
    })
}

/// Returns the container's own environment. The image's variables come first and the pod's after them: the
/// later one counts.
fn environment(env: &[String]) -> Environment {
    env.iter()
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Writes the files, and returns the mounts by which the container sees them.
fn mounts(
    rendered: &Rendered,
    container: &Container,
    volumes: &Volumes,
    uid: &str,
    sequence: u64,
) -> Result<Vec<Mount>, String> {
    if rendered.directories.is_empty() {
        // Files of an earlier container of this name are not used any more.
        return volumes
            .remove_container(uid, &container.name)
            .and_then(|()| volumes.add_without_files(uid, &container.name))
            .map(|()| Vec::new())
            .map_err(|error| error.to_string());
    }
    let ours = || rendered.directories.keys().chain(rendered.file_mounts.keys());
    if let Some(taken) = container
        .mounts
        .iter()
        .find(|mount| ours().any(|ours| is_within(&mount.destination, ours)))
    {
        return Err(format!(
            "the pod's own mount at {} would hide rendered files; choose another path for one of them (podweave.dev/files, podweave.dev/file-mounts)",
            taken.destination
        ));
    }
    let written = volumes
        .write(
            uid,
            &container.name,
            &NewFiles {
                directories: &rendered.directories,
                owner: owner_of_files(rendered, user(container)),
                sequence,
            },
        )
        .map_err(|error| error.to_string())?;
    let mut mounts: Vec<Mount> = written
        .directories()
        .map(|(directory, source)| mount(directory, source))
        .collect();
    for (target, mounted) in &rendered.file_mounts {
        let source = written.file(&mounted.directory, &mounted.path);
        mounts.push(mount(
            target,
            &source.ok_or_else(|| {
                format!("{target} was not written; this is a bug in podweave, please report it")
            })?,
        ));
    }
    Ok(mounts)
}

/// The user and group of a container's process, if the runtime says it.
pub fn user(container: &Container) -> Owner {
    container.user.as_ref().map(|user| (user.uid, user.gid))
}

fn mount(destination: &str, source: &Path) -> Mount {
    Mount {
        destination: destination.to_owned(),
        r#type: "bind".to_owned(),
        source: source.display().to_string(),
        options: MOUNT_OPTIONS.map(str::to_owned).to_vec(),
    }
}
