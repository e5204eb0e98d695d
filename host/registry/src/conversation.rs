//! Runs one child process: sends it a request and reads its answer, within the limits.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use podweave_core::text::printable;
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use crate::artifact::MANIFEST_BYTES;
use crate::failure::Failure;
use crate::limits::RegistryLimits;
use crate::protocol::{Message, Operation, PROGRESS_BYTES, Progress, Request, SIGNATURE_BYTES, SIGNATURES};

/// The environment variables that a child inherits: proxies, and where the system's certificate authorities
/// are.
const INHERITED: [&str; 10] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The command of the child process.
pub struct Conversation<'a> {
    program: &'a Path,
    arguments: &'a [OsString],
}

impl<'a> Conversation<'a> {
    pub fn new(program: &'a Path, arguments: &'a [OsString]) -> Self {
        Self { program, arguments }
    }

    /// Sends a request to a new child and returns its final answer. The child does not outlive this call.
    pub async fn hold(
        &self,
        request: Request,
        file: Option<&File>,
        progress: &impl Fn(Progress),
    ) -> Result<Message, Failure> {
        let limits = request.limits.clone();
        let (mut child, stream) = self.start(file)?;
        let mut retried = None;
        let run = async {
            let answer = converse(stream, &request, progress, &mut retried).await;
            match answer {
                Some(answer) => answer,
                None => Err(post_mortem(&mut child, &limits).await),
            }
        };
        match tokio::time::timeout(limits.time, run).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::Time {
                limit: limits.time,
                last: retried.map(|failure: Failure| failure.to_string()),
            }),
        }
    }

    fn start(&self, file: Option<&File>) -> Result<(Child, UnixStream), Failure> {
        let failed = |error: std::io::Error| Failure::Spawn(format!("{}: {error}", self.program.display()));
        let (ours, theirs) = StdStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let stdout = match file {
            Some(file) => Stdio::from(
                file.try_clone()
                    .map_err(|error| Failure::File(error.to_string()))?,
            ),
            None => Stdio::null(),
        };
        let inherited = INHERITED
            .iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        let child = Command::new(self.program)
            .args(self.arguments)
            .env_clear()
            .envs(inherited)
            // Each of glibc's arenas takes 64 MiB of address space.
            .env("MALLOC_ARENA_MAX", "1")
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok((child, UnixStream::from_std(ours).map_err(failed)?))
    }
}

/// Sends the request and reads lines up to the final one; `None` if the child ended without one.
async fn converse(
    mut stream: UnixStream,
    request: &Request,
    progress: &impl Fn(Progress),
    retried: &mut Option<Failure>,
) -> Option<Result<Message, Failure>> {
    let mut line = serde_json::to_vec(request).ok()?;
    line.push(b'\n');
    // If the child is gone, its exit status says why.
    let _ = stream.write_all(&line).await;
    let _ = stream.shutdown().await;
    let mut answers = BufReader::new(stream.take(answer_bytes(request)));
    loop {
        let mut line = Vec::new();
        answers.read_until(b'\n', &mut line).await.ok()?;
        if line.last() != Some(&b'\n') {
            let cut_short = !line.is_empty();
            return cut_short.then(|| {
                Err(Failure::Crashed(
                    "its output was too long or ended within a line".to_owned(),
                ))
            });
        }
        match serde_json::from_slice(&line) {
            Ok(Message::Progress { done, total }) => progress(Progress { done, total }),
            Ok(Message::Retrying(failure)) => *retried = Some(failure),
            Ok(Message::Failed(failure)) => return Some(Err(failure)),
            Ok(message) => return Some(Ok(message)),
            Err(error) => return Some(Err(Failure::Crashed(format!("cannot parse its answer: {error}")))),
        }
    }
}

/// The most bytes that a child's answer can have.
fn answer_bytes(request: &Request) -> u64 {
    const LINE: u64 = 8 * 1024;
    let lines = request.limits.component_bytes / PROGRESS_BYTES + u64::from(request.limits.attempts) + 8;
    let result = match request.operation {
        // As base64 in JSON.
        Operation::Signatures { .. } => 2 * SIGNATURES as u64 * SIGNATURE_BYTES,
        _ => 2 * MANIFEST_BYTES,
    };
    lines * LINE + result
}

/// Why a child ended without an answer.
async fn post_mortem(child: &mut Child, limits: &RegistryLimits) -> Failure {
    let mut said = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = stderr.take(64 * 1024).read_to_end(&mut said).await;
    }
    let said = String::from_utf8_lossy(&said);
    match child.wait().await {
        Ok(status) => cause(status, &said, limits),
        Err(error) => Failure::Spawn(error.to_string()),
    }
}

fn cause(status: ExitStatus, said: &str, limits: &RegistryLimits) -> Failure {
    match status.signal() {
        Some(signal) if signal == Signal::XFSZ.as_raw() => {
            Failure::File("it exceeded the size limit of a component".to_owned())
        }
        Some(signal) if signal == Signal::XCPU.as_raw() || signal == Signal::KILL.as_raw() => Failure::Time {
            limit: limits.time,
            last: None,
        },
        // Rust's allocator prints this and aborts. A thread without memory for its stack panics.
        _ if said.contains("memory allocation of") || said.contains("Cannot allocate memory") => {
            Failure::Memory(limits.memory_bytes)
        }
        _ => Failure::Crashed(format!("{status}: {}", printable(said, 1500))),
    }
}
