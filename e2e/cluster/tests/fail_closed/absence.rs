//! Both processes are away, or the runtime is.

use anyhow::Result;

use super::scene::{PATIENCE, Scene};

/// The message of the runtime's own validator while the guard is away.
const ABSENT: &str = r#"required plugin "podweave-guard" not present"#;

#[tokio::test]
async fn without_agent_and_guard_nothing_starts_or_restarts() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    let before = scene.run_until_told("before").await?;
    scene.until_started("before", 1).await?;
    scene.kill_podweave().await?;
    let during = scene.run("during").await?;
    scene.evidence.end("before", 1)?;
    scene.until_refused(&during, ABSENT).await?;
    scene.until_refused(&before, ABSENT).await?;
    scene.start_podweave().await?;
    scene.until_ready(&during).await?;
    scene.until_started("before", 2).await?;
    println!("both dead: {}", scene.check()?);
    Ok(())
}

#[tokio::test]
async fn a_restarted_runtime_waits_for_the_plugins() -> Result<()> {
    let Some(scene) = Scene::start().await? else {
        return Ok(());
    };
    let before = scene.run_until_told("before").await?;
    scene.until_started("before", 1).await?;
    let (agents, guards) = (
        scene.agent.calls("Synchronize").completed,
        scene.guard.calls("Synchronize").completed,
    );
    scene.agent.refuse();
    scene.guard.refuse();
    scene.node.containerd().restart().await?;
    let during = scene.run("during").await?;
    scene.evidence.end("before", 1)?;
    scene.until_refused(&during, ABSENT).await?;
    scene.until_refused(&before, ABSENT).await?;
    scene.agent.restore();
    scene.guard.restore();
    scene.agent.synchronized_since(agents, PATIENCE).await?;
    scene.guard.synchronized_since(guards, PATIENCE).await?;
    scene.until_ready(&during).await?;
    scene.until_started("before", 2).await?;
    println!("the runtime restarted: {}", scene.check()?);
    Ok(())
}
