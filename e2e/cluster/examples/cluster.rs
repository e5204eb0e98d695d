//! Starts a cluster, prints how to reach it, and keeps it until Ctrl-C.

use std::time::Instant;

use podweave_cluster::{Cluster, Credentials};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let started = Instant::now();
    let cluster = Cluster::start().await?;
    eprintln!(
        "ready after {:.1} s; press Ctrl-C to stop:",
        started.elapsed().as_secs_f32()
    );
    println!(
        "export KUBECONFIG={}",
        cluster.kubeconfig(Credentials::Admin)?.display()
    );
    std::future::pending().await
}
