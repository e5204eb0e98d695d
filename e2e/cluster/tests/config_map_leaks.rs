//! Pods that come and go leave nothing behind. Alone in its process, because it measures the memory.

mod support;

use anyhow::{Context as _, Result};
use podweave_cluster::shared;
use support::*;

const PODS: usize = 200;
const ROUNDS: usize = 30;

/// Resident memory of this process in KiB.
fn resident() -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn churning_pods_leave_no_watch_connection_or_memory() -> Result<()> {
    let cluster = shared().await?;
    let namespace = cluster.create_namespace("leaks").await?;
    let namespace = namespace.name();
    let names: Vec<String> = (0..PODS).map(|index| format!("web-{index}")).collect();
    // Large enough that one leaked value per round would be visible.
    put_all(cluster, namespace, names.iter().cloned(), &"x".repeat(10_000)).await?;
    let manager = Manager::new(cluster.admin_config().await?)?;
    let mut sizes = Vec::new();
    for _ in 0..ROUNDS {
        let pods: Vec<_> = names
            .iter()
            .map(|name| manager.pod(namespace, name, name))
            .collect();
        for (name, pod) in names.iter().zip(&pods) {
            value(pod, namespace, name).await?;
        }
        // Half of them are removed while their watches are still being opened.
        for name in &names {
            manager.config_maps.unregister(&identity(namespace, name));
        }
        until("all streams are closed", async || {
            manager.figure("podweave_api_server_streams") == 0.0
        })
        .await?;
        assert_eq!(manager.figure("podweave_config_maps_bytes"), 0.0);
        assert!(
            manager.connections() <= 8.0,
            "{} connections",
            manager.connections()
        );
        sizes.push(resident()?);
    }
    // The allocator and the connections' buffers settle first. Of 200 ConfigMaps of 10 kB, one leaked in
    // twenty would be 100 kB a round.
    let (warm, end) = (sizes[ROUNDS / 3], sizes[ROUNDS - 1]);
    assert!(
        end < warm + 1536,
        "grew from {warm} KiB to {end} KiB in {} rounds: {sizes:?}",
        ROUNDS - ROUNDS / 3
    );
    Ok(())
}
