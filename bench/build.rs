//! Builds the plain plugin that is measured.

fn main() -> anyhow::Result<()> {
    podweave_component_build::build("podweave-bench-plain")?;
    Ok(())
}
