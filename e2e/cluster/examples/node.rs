//! Starts a cluster with a node and runs a command in it, by default a shell:
//!
//!     tools/build --example node
//!     sudo tools/in-namespace target/release/examples/node [COMMAND [ARGUMENT...]]
//!
//! The command finds `KUBECONFIG`, `CONTAINERD_ADDRESS` and `CONTAINERD_NAMESPACE` (for `ctr`), `NRI_SOCKET`
//! and `NODE_NAME`.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use podweave_cluster::{Cluster, Credentials, Node, NodeOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let started = Instant::now();
    let cluster = Cluster::start().await?;
    let node = Node::start(&cluster, NodeOptions::default()).await?;
    eprintln!(
        "ready after {:.1} s, until the command ends",
        started.elapsed().as_secs_f32()
    );
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().unwrap_or_else(|| "sh".into());
    let status = Command::new(&program)
        .args(arguments)
        .env("KUBECONFIG", cluster.kubeconfig(Credentials::Admin)?)
        .env("CONTAINERD_ADDRESS", node.runtime_socket())
        .env("CONTAINERD_NAMESPACE", "k8s.io")
        .env("NRI_SOCKET", node.nri_socket())
        .env("NODE_NAME", node.name())
        .status()
        .with_context(|| format!("{} does not start", program.display()))?;
    eprintln!("the command ended with {status}");
    Ok(())
}
