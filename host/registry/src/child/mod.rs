//! The child process: performs one operation at one endpoint, within limits that the kernel enforces.

mod authentication;
mod connection;
mod connector;
mod pull;
mod push;
mod retry;
mod signatures;
mod verdict;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use crate::failure::Failure;
use crate::limits::RegistryLimits;
use crate::protocol::{Message, Operation, REQUEST_BYTES, Request};
use retry::Patience;

/// Runs the child process. Standard input is a socket, from which it reads a request and to which it writes
/// its answer. Standard output is the component's file.
#[must_use]
pub fn run_child() -> ExitCode {
    match begin() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}; this command is internal, podweave runs it itself");
            ExitCode::from(2)
        }
    }
}

fn begin() -> Result<(), String> {
    let socket = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map_err(|error| format!("standard input: {error}"))?;
    let speaker = Speaker(Arc::new(UnixStream::from(socket)));
    let mut line = String::new();
    let mut reader = BufReader::new(&*speaker.0).take(REQUEST_BYTES);
    reader
        .read_line(&mut line)
        .map_err(|error| format!("standard input must be a socket: {error}"))?;
    let request: Request =
        serde_json::from_str(&line).map_err(|_| "no valid request on standard input".to_owned())?;
    let result = limit_this_process(&request.limits)
        .map_err(|error| Failure::Spawn(format!("cannot set its limits: {error}")));
    let result = result.and_then(|()| answer(&request, &speaker));
    speaker.say(&match result {
        Ok(message) => message,
        Err(failure) => Message::Failed(failure),
    });
    Ok(())
}

/// Sends messages to the parent.
#[derive(Clone)]
struct Speaker(Arc<UnixStream>);

impl Speaker {
    fn say(&self, message: &Message) {
        if let Ok(mut line) = serde_json::to_vec(message) {
            line.push(b'\n');
            // If the parent is gone, nothing waits for this message.
            let _ = (&*self.0).write_all(&line);
        }
    }
}

fn limit_this_process(limits: &RegistryLimits) -> rustix::io::Result<()> {
    // The parent starts it through /proc/self/exe, so `ps` would show it as "exe".
    rustix::thread::set_name(c"podweave")?;
    let limit = |value: u64| Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    setrlimit(Resource::As, limit(limits.memory_bytes))?;
    setrlimit(Resource::Fsize, limit(limits.component_bytes))?;
    // The parent enforces the time limit. This one is for a child whose parent is gone.
    setrlimit(Resource::Cpu, limit(limits.time.as_secs().saturating_add(1)))?;
    setrlimit(Resource::Core, limit(0))?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
}

fn answer(request: &Request, speaker: &Speaker) -> Result<Message, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Spawn(error.to_string()))?;
    let answer = runtime.block_on(async {
        let connector = connector::Connector::new(request)?;
        let mut patience = Patience::new(&request.limits, |failure| {
            speaker.say(&Message::Retrying(failure.clone()))
        });
        match &request.operation {
            Operation::Resolve { tag } => {
                patience
                    .with(async || connector.connect(false).await?.resolve(tag).await)
                    .await
            }
            Operation::Pull { manifest } => {
                pull::pull(&connector, manifest, &component_file()?, &mut patience, speaker).await
            }
            Operation::Signatures { manifest } => {
                patience
                    .with(async || signatures::read(&connector.connect(false).await?, manifest).await)
                    .await
            }
            Operation::Tags => {
                patience
                    .with(async || connector.connect(false).await?.tags().await)
                    .await
            }
            Operation::Push { .. } => {
                push::push(&connector, &component_file()?, &mut patience, speaker).await
            }
        }
    });
    // Do not wait for a DNS lookup that hangs.
    runtime.shutdown_timeout(Duration::ZERO);
    answer
}

fn component_file() -> Result<File, Failure> {
    std::io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .map(File::from)
        .map_err(|error| Failure::File(error.to_string()))
}
