//! `podweave agent`.

use anyhow::{Context as _, Result};
use podweave_agent::configuration::AgentConfiguration;
use podweave_agent::{agent, logging};

use crate::EXIT_OK;
use crate::arguments::AgentArguments;

/// Runs the agent. Blocks; the agent has its own threads.
pub fn run(arguments: &AgentArguments) -> Result<u8> {
    let configuration = AgentConfiguration::load(arguments.config.as_deref())?;
    logging::init(&configuration.log_level);
    agent::run(configuration, arguments.config.clone()).context("cannot run the agent")?;
    Ok(EXIT_OK)
}
