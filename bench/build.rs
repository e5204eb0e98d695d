//! Builds the plain plugin for the benchmarks.

fn main() -> anyhow::Result<()> {
    podweave_component_build::build("podweave-bench-plain")?;
    Ok(())
}
