//! `podweave guard`.

use anyhow::{Context as _, Result};
use podweave_agent::{guard, logging, signals};

use crate::EXIT_OK;
use crate::arguments::GuardArguments;

pub async fn run(arguments: GuardArguments) -> Result<u8> {
    logging::init(&logging::LogFilter::default());
    let stop = signals::termination().context("cannot install the signal handlers")?;
    guard::run(arguments.socket, stop)
        .await
        .context("cannot run the guard")?;
    Ok(EXIT_OK)
}
