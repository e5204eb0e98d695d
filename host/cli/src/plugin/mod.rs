//! `podweave plugin`.

pub mod arguments;
mod build;
mod inspect;
mod list;
mod new;
mod pull;
mod push;
mod registry;
mod verify;

use anyhow::Result;

use crate::arguments::PluginCommand;

pub async fn run(command: PluginCommand) -> Result<u8> {
    match command {
        PluginCommand::New(arguments) => new::run(&arguments),
        PluginCommand::Build(arguments) => build::run(&arguments),
        PluginCommand::Inspect(arguments) => inspect::run(arguments).await,
        PluginCommand::Push(arguments) => push::run(arguments).await,
        PluginCommand::Pull(arguments) => pull::run(arguments).await,
        PluginCommand::Verify(arguments) => verify::run(arguments).await,
        PluginCommand::List(arguments) => list::run(arguments).await,
    }
}
