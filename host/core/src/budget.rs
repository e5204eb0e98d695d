//! Limits what the annotations of one pod expand to, for all its containers together.
//!
//! Everyone who can create pods writes annotations, and a node's agent binds those of all its pods. So each
//! limit applies to the expanded size, and is checked before anything of that size is built: a text of 60 KB
//! can expand to hundreds of megabytes, by aliases, by escapes, or because each of a thousand containers
//! repeats it. The limits are far above what an ordinary pod needs.

use std::time::Duration;

/// The most bytes of a pod's podweave annotations, keys included. The API server has the same limit for all
/// annotations of an object.
pub const ANNOTATION_BYTES: usize = 256 * 1024;

/// The most containers of a pod that has opted in, of all kinds. Looking up a container by its name is
/// linear.
pub const CONTAINERS: usize = 512;

/// The most bytes that an annotation with the parameters of one render can have, as written.
pub const PARAMS_BYTES: usize = 64 * 1024;

/// The most bytes of one render's parameters, as the JSON that the plugin gets.
pub const PARAMS_JSON_BYTES: usize = 128 * 1024;

/// The same for all parameters of a pod. Parameters that several containers share count once.
pub const POD_PARAMS_JSON_BYTES: usize = 256 * 1024;

/// The most renders that one container can have.
pub const RENDERS: usize = 32;

/// The same for all containers of a pod.
pub const POD_RENDERS: usize = 1024;

/// The most ConfigMaps that one render can read.
pub const CONFIG_MAPS: usize = 128;

/// The same for all renders of all containers of a pod, each mention counted.
pub const POD_CONFIG_MAPS: usize = 4096;

/// The most files that one render can mount at fixed paths.
pub const FILE_MOUNTS: usize = 128;

/// The same for all renders of all containers of a pod.
pub const POD_FILE_MOUNTS: usize = 1024;

/// The longest time over which pods take a change one after the other.
pub const SPREAD: Duration = Duration::from_secs(3600);

/// What a pod has used of its limits.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    params: usize,
    renders: usize,
    config_maps: usize,
    file_mounts: usize,
}

impl Budget {
    /// Counts the parameters of one render, as JSON.
    pub(crate) fn spend_params(&mut self, params: &str) -> Result<(), String> {
        take(
            &mut self.params,
            params.len(),
            POD_PARAMS_JSON_BYTES,
            "bytes of params; keep large data in a ConfigMap",
        )
    }

    /// Counts one render of a container, by the ConfigMaps and file mounts that it names.
    pub(crate) fn spend_render(&mut self, config_maps: usize, file_mounts: usize) -> Result<(), String> {
        take(
            &mut self.renders,
            1,
            POD_RENDERS,
            "renders, each counted for each container; split the pod",
        )?;
        take(
            &mut self.config_maps,
            config_maps,
            POD_CONFIG_MAPS,
            "mentions of ConfigMaps, each counted for each render and container; name fewer",
        )?;
        take(
            &mut self.file_mounts,
            file_mounts,
            POD_FILE_MOUNTS,
            "file mounts, each counted for each container; put files into a directory instead",
        )
    }
}

fn take(spent: &mut usize, more: usize, most: usize, what: &str) -> Result<(), String> {
    *spent = spent.saturating_add(more);
    if *spent > most {
        Err(format!("the pod has more than {most} {what}"))
    } else {
        Ok(())
    }
}
