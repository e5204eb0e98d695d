//! One child process: it is given a request, and heard out within the limits.

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
use crate::client::Progress;
use crate::failure::Failure;
use crate::limits::RegistryLimits;
use crate::protocol::{Message, Operation, PROGRESS_BYTES, Request, SIGNATURE_BYTES, SIGNATURES};

/// What of this process's environment a child has: the proxies, and where the system's certificate authorities are.
const INHERITED: [&str; 10] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// How to start a child.
pub struct Conversation<'a> {
    program: &'a Path,
    arguments: &'a [OsString],
}

impl<'a> Conversation<'a> {
    pub fn new(program: &'a Path, arguments: &'a [OsString]) -> Self {
        Self { program, arguments }
    }

    /// Lets a child do what is requested, and gives its last word. The child does not outlive this.
    pub async fn hold(&self, request: Request, file: Option<&File>, progress: &impl Fn(Progress)) -> Result<Message, Failure> {
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
            Err(_) => Err(Failure::Time { limit: limits.time, last: retried.map(|failure: Failure| failure.to_string()) }),
        }
    }

    fn start(&self, file: Option<&File>) -> Result<(Child, UnixStream), Failure> {
        let failed = |error: std::io::Error| Failure::Spawn(format!("{}: {error}", self.program.display()));
        let (ours, theirs) = StdStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let stdout = match file {
            Some(file) => Stdio::from(file.try_clone().map_err(|error| Failure::File(error.to_string()))?),
            None => Stdio::null(),
        };
        let inherited = INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
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

/// Sends the request and reads lines to the last; `None` if there is no last one.
async fn converse(mut stream: UnixStream, request: &Request, progress: &impl Fn(Progress), retried: &mut Option<Failure>) -> Option<Result<Message, Failure>> {
    let mut line = serde_json::to_vec(request).ok()?;
    line.push(b'\n');
    // A child that is gone does not read; its exit status says why.
    let _ = stream.write_all(&line).await;
    let _ = stream.shutdown().await;
    let mut answers = BufReader::new(stream.take(answer_bytes(request)));
    loop {
        let mut line = Vec::new();
        answers.read_until(b'\n', &mut line).await.ok()?;
        if line.last() != Some(&b'\n') {
            let cut_short = !line.is_empty();
            return cut_short.then(|| Err(Failure::Crashed("it said too much, or stopped within a line".to_owned())));
        }
        match serde_json::from_slice(&line) {
            Ok(Message::Progress { done, total }) => progress(Progress { done, total }),
            Ok(Message::Retrying(failure)) => *retried = Some(failure),
            Ok(Message::Failed(failure)) => return Some(Err(failure)),
            Ok(message) => return Some(Ok(message)),
            Err(error) => return Some(Err(Failure::Crashed(format!("its answer cannot be read: {error}")))),
        }
    }
}

/// How much a child can have to say.
fn answer_bytes(request: &Request) -> u64 {
    const LINE: u64 = 8 * 1024;
    let lines = request.limits.component_bytes / PROGRESS_BYTES + u64::from(request.limits.attempts) + 8;
    let result = match request.operation {
        // In base64, and what stands around it.
        Operation::Signatures { .. } => 2 * SIGNATURES as u64 * SIGNATURE_BYTES,
        _ => 2 * MANIFEST_BYTES,
    };
    lines * LINE + result
}

/// Why a child is gone that has not said how it went.
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
        Some(signal) if signal == Signal::XFSZ.as_raw() => Failure::File("it became larger than a component may be".to_owned()),
        Some(signal) if signal == Signal::XCPU.as_raw() || signal == Signal::KILL.as_raw() => Failure::Time { limit: limits.time, last: None },
        // Rust's allocator says so and aborts; a thread that finds no room for its stack panics.
        _ if said.contains("memory allocation of") || said.contains("Cannot allocate memory") => Failure::Memory(limits.memory_bytes),
        _ => Failure::Crashed(format!("{status}: {}", printable(said, 1500))),
    }
}
