//! The beginning of each file, and the page that documents the rest.

use std::fs;
use std::path::Path;

use podweave_agent::configuration::AgentConfiguration;

pub const HEAD: &str = "apiVersion: podweave.dev/v1alpha1\nkind: AgentConfiguration\n";

pub fn parse(rest: &str) -> Result<AgentConfiguration, String> {
    AgentConfiguration::parse(Path::new("agent.yaml"), &format!("{HEAD}{rest}"))
        .map_err(|error| error.to_string())
}

pub fn operations() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md")).unwrap()
}
