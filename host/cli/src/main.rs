//! The `podweave` binary: arguments, output, progress. The library crates do the work.

mod agent;
mod arguments;
mod bench;
mod change;
mod cluster;
mod diff;
mod doctor;
mod explain;
mod facts;
mod files;
mod guard;
mod history;
mod input;
mod messages;
mod plugin;
mod printed;
mod progress;
mod record;
mod render;
mod resolved;
mod root;
mod session;
mod shared_arguments;
mod status;
mod test;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, Command};

/// Done.
const EXIT_OK: u8 = 0;
/// A render or a test failed.
const EXIT_FAILED: u8 = 1;
/// The arguments are not valid; clap exits with the same code.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::CompileComponent {
        memory_bytes,
        seconds,
    } = arguments.command
    {
        return podweave_sandbox::compile::run_child(memory_bytes, seconds);
    }
    if matches!(arguments.command, Command::RegistryRequest) {
        return podweave_registry::run_child();
    }
    if let Command::Agent(arguments) = &arguments.command {
        return exit(agent::run(arguments));
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            messages::error(&format!("cannot start the async runtime: {error}"));
            return ExitCode::from(EXIT_FAILED);
        }
    };
    exit(runtime.block_on(run(arguments.command)))
}

fn exit(ended: anyhow::Result<u8>) -> ExitCode {
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::from(EXIT_OK),
        Err(error) => {
            messages::error(&format!("{error:#}"));
            ExitCode::from(if error.is::<Usage>() {
                EXIT_USAGE
            } else {
                EXIT_FAILED
            })
        }
    }
}

async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Render(arguments) => render::run(arguments).await,
        Command::Test(arguments) => test::run(arguments).await,
        Command::Explain(arguments) => explain::run(arguments).await,
        Command::Bench(arguments) => bench::run(arguments).await,
        Command::Plugin { command } => plugin::run(command).await,
        Command::Guard(arguments) => guard::run(arguments).await,
        Command::Status(arguments) => status::run(arguments).await,
        Command::History(arguments) => history::run(arguments).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut for_people(), "podweave", &mut script);
            messages::print_raw(&String::from_utf8_lossy(&script))?;
            Ok(EXIT_OK)
        }
        Command::Agent(_) | Command::CompileComponent { .. } | Command::RegistryRequest => {
            unreachable!("main runs these without a runtime")
        }
    }
}

/// Returns the command line without hidden commands, which the completion scripts of some shells would offer.
fn for_people() -> clap::Command {
    let all = Arguments::command();
    let shown = all
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned();
    clap::Command::new("podweave")
        .version(env!("CARGO_PKG_VERSION"))
        .args(all.get_arguments().cloned())
        .subcommands(shown)
}

/// Wrong usage that clap cannot detect.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Whether the reader of standard output has closed it, as in `podweave render ... | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
