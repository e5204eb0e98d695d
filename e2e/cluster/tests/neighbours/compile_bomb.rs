//! A plugin that takes gigabytes to compile fails alone, and other pods go on.

use std::time::Duration;

use anyhow::{Context, Result};
use podweave_cluster::{Load, Node, Podweave};
use serde_json::json;

use super::attacks::{container, pod};

/// The plugin's name on the node.
const NAME: &str = "bomb";

/// Runs a pod with such a plugin beside ordinary ones, and returns its refusal.
pub async fn run(
    node: &Node<'_>,
    podweave: &Podweave,
    namespace: &str,
    ordinary: impl AsyncFn() -> Result<Vec<Duration>>,
) -> Result<String> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("bomb.wasm");
    std::fs::write(&file, explosive(2000, 350)?)?;
    let mut configuration = Load::configuration();
    let plugins = configuration
        .get_mut("plugins")
        .and_then(|plugins| plugins.as_array_mut())
        .context("the load has plugins")?;
    plugins.push(json!({ "name": NAME, "file": file }));
    podweave.reconfigure(configuration)?;
    let mut manifest = pod(&[("podweave.dev/plugin", NAME)], vec![container("web")]);
    manifest["metadata"]["name"] = NAME.into();
    let bomb = node.run(namespace, manifest).await?;
    let (refusal, _) = tokio::try_join!(
        bomb.until_waiting("web", "compiling the component took more than"),
        ordinary()
    )?;
    bomb.delete().await?;
    Ok(refusal)
}

/// Builds a valid component with two functions of many loops, each of which carries many locals: what the
/// compiler needs for a function grows with their product, and it compiles both at once. (A function may have
/// 7 MB.)
fn explosive(locals: usize, loops: usize) -> Result<Vec<u8>> {
    let changes: String = (0..locals)
        .map(|local| {
            format!(
                "(local.set {local} (i64.add (local.get {local}) (local.get {})))",
                (local + 1) % locals
            )
        })
        .collect();
    let turns = format!("(loop {changes} (br_if 0 (i64.eqz (local.get 0))))").repeat(loops);
    let function = format!("{} {turns}", "(local i64)".repeat(locals));
    let text = format!(
        "(component (core module (func (export \"f\") {function}) (func (export \"g\") {function})))"
    );
    wat::parse_str(text).context("cannot parse the text of a component")
}
