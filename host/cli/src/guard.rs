//! `podweave guard`.

use anyhow::{Context as _, Result};
use podweave_agent::{guard, logging, signals};

use crate::EXIT_OK;
use crate::arguments::GuardArguments;

pub async fn run(arguments: GuardArguments) -> Result<u8> {
    logging::init(logging::LevelFilter::INFO);
    let stop = signals::termination().context("signals cannot be caught")?;
    guard::run(arguments.socket, stop).await.context("the guard cannot run")?;
    Ok(EXIT_OK)
}
