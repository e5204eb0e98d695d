//! Builds the plugins that the pods of a full node use in addition to the built-in ones.

fn main() -> anyhow::Result<()> {
    podweave_component_build::build_all(&["podweave-attacker", "podweave-bench-plain"])?;
    Ok(())
}
