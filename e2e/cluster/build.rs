//! Builds the plugins that a full node's pods name, beside those that are built in.

fn main() -> anyhow::Result<()> {
    podweave_component_build::build_all(&["podweave-attacker", "podweave-bench-plain"])?;
    Ok(())
}
