//! Measures from outside what the agent keeps for pods.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use podweave_cluster::{Load, Plugin, Podweave};

/// Longer than the agent needs to remove any number of pods, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stream of the agent's own watch of the node's pods.
const OWN_STREAMS: u64 = 1;

/// What the agent keeps at one moment.
#[derive(Debug, Clone)]
pub struct Footprint {
    /// Rendered files and their directories, and the bytes that the agent counts for them.
    files: usize,
    file_bytes: u64,
    records: usize,
    /// Mounts of rendered files in the agent's own namespace, which should have none.
    mounts: usize,
    /// Pods whose ConfigMaps are registered; those ConfigMaps, watched and not watched.
    registered: u64,
    watched: u64,
    unwatched: u64,
    config_map_bytes: u64,
    streams: u64,
    pub connections: u64,
    /// Containers whose creation was answered with a result, and with an error.
    pub rendered: u64,
    pub refused: u64,
    /// File descriptors of the process, and its memory.
    pub open_files: usize,
    pub resident_bytes: u64,
}

impl Footprint {
    pub async fn of(podweave: &Podweave) -> Result<Self> {
        let metrics = podweave.metrics().await?;
        let count = |metric| metrics.sum(metric, &[]) as u64;
        let creations =
            |outcome| metrics.sum("podweave_agent_creations_total", &[("outcome", outcome)]) as u64;
        let mounts =
            std::fs::read_to_string("/proc/self/mountinfo").context("cannot read the list of mounts")?;
        let volumes = podweave.volumes().to_str().context("a directory is not UTF-8")?;
        Ok(Self {
            // The agent's working directories stay.
            files: count_below(podweave.volumes())?.saturating_sub(count_of_hidden(podweave.volumes())?),
            file_bytes: count("podweave_volumes_bytes"),
            records: count_below(podweave.records())?,
            mounts: mounts.lines().filter(|line| line.contains(volumes)).count(),
            registered: count("podweave_config_maps_pods"),
            watched: count("podweave_config_maps_watches") + count("podweave_config_maps_watches_opening"),
            unwatched: count("podweave_config_maps_unwatched"),
            config_map_bytes: count("podweave_config_maps_bytes"),
            streams: count("podweave_api_server_streams"),
            connections: count("podweave_api_server_connections"),
            rendered: creations("rendered"),
            refused: creations("refused"),
            open_files: podweave.agent().open_files()?,
            resident_bytes: podweave.agent().resident_bytes()?,
        })
    }

    /// Fails with a description if the agent keeps anything for pods.
    pub fn is_of_no_pod(&self) -> Result<()> {
        let Self {
            files,
            file_bytes,
            records,
            mounts,
            registered,
            watched,
            unwatched,
            config_map_bytes,
            streams,
            ..
        } = self;
        let counts = [
            *files as u64,
            *file_bytes,
            *records as u64,
            *mounts as u64,
            *registered,
            *watched,
            *unwatched,
            *config_map_bytes,
        ];
        ensure!(
            counts.iter().all(|count| *count == 0) && *streams <= OWN_STREAMS,
            "the agent has {self:?}"
        );
        Ok(())
    }

    /// Fails if the agent does not keep exactly what all pods of a load need.
    pub fn is_of(&self, load: &Load) -> Result<()> {
        let with_files = (0..load.pods())
            .filter(|pod| load.plugin(*pod) == Plugin::Handlebars)
            .count();
        let is_so = self.registered == load.pods() as u64
            && self.watched + self.unwatched == load.config_maps() as u64
            && self.records == load.pods()
            // Three files, with their links and directories.
            && self.files >= 3 * with_files
            && self.rendered == load.pods() as u64
            && self.refused == 0;
        ensure!(
            is_so,
            "with {} pods, {with_files} of them with files, and {} ConfigMaps, the agent has {self:?}",
            load.pods(),
            load.config_maps()
        );
        Ok(())
    }

    /// Waits until the agent keeps nothing for any pod, and returns its footprint.
    pub async fn once_no_pod_is_there(podweave: &Podweave) -> Result<Self> {
        let began = Instant::now();
        loop {
            let footprint = Self::of(podweave).await?;
            match footprint.is_of_no_pod() {
                Ok(()) => return Ok(footprint),
                Err(error) if began.elapsed() > PATIENCE => return Err(error.context("all pods are gone")),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

/// Waits until the agent has logged a text this often.
pub async fn until_logged(podweave: &Podweave, text: &str, times: usize) -> Result<()> {
    let began = Instant::now();
    while podweave.agent().log().matches(text).count() < times {
        if began.elapsed() > PATIENCE {
            bail!(
                "the agent has not logged {text:?} {times} times; its log ends with:\n{}",
                podweave.agent().log_tail()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Returns everything below a directory.
fn count_below(directory: &Path) -> Result<usize> {
    let mut count = 0;
    for entry in
        std::fs::read_dir(directory).with_context(|| format!("{} cannot be read", directory.display()))?
    {
        let entry = entry?;
        count += 1;
        if entry.file_type()?.is_dir() {
            count += count_below(&entry.path())?;
        }
    }
    Ok(count)
}

/// Returns the direct entries of a directory whose names start with a dot.
fn count_of_hidden(directory: &Path) -> Result<usize> {
    let names = std::fs::read_dir(directory)?
        .flatten()
        .map(|entry| entry.file_name());
    Ok(names
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .count())
}
