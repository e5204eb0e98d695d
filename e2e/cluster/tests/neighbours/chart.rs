//! Reads the limits of podweave's processes from the chart.

use anyhow::{Context, Result};
use podweave_core::yaml;

/// Returns the memory limits of agent and guard, in bytes.
pub fn memory() -> Result<(u64, u64)> {
    let values =
        yaml::document(include_str!("../../../../deploy/chart/values.yaml")).map_err(anyhow::Error::msg)?;
    let limit = |process: &str| {
        let limit = values[process]["resources"]["limits"]["memory"].as_str();
        let mebibytes = limit.and_then(|limit| limit.strip_suffix("Mi")?.parse::<u64>().ok());
        mebibytes
            .map(|mebibytes| mebibytes << 20)
            .with_context(|| format!("the chart's limit of {process} is not a number of Mi"))
    };
    Ok((limit("agent")?, limit("guard")?))
}
