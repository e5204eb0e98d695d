//! Compilation in a child process. Cranelift has no limits of its own: a hostile component of 3 MB took it over two
//! minutes and 4.9 GB, so the kernel's limits have to stop it, and they stop whole processes.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use podweave_core::limits::human_size;
use podweave_core::text::printable;
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::engine::settings;

/// What one compilation may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileLimits {
    /// Bytes of a component.
    pub component_bytes: usize,
    /// Bytes of address space of the compiling process.
    pub memory_bytes: u64,
    /// From its start to its end.
    pub time: Duration,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { component_bytes: 64 * 1024 * 1024, memory_bytes: 2 * 1024 * 1024 * 1024, time: Duration::from_secs(60) }
    }
}

/// Why there is no compiled code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The bytes are no component.
    #[error("{0}")]
    NotAComponent(&'static str),
    /// There are too many of them.
    #[error("the component has {}; at most {} are allowed", human_size(*.size), human_size(*.limit))]
    TooLarge {
        /// Bytes of the component.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// wasmtime refuses them.
    #[error("the component is not valid: {reason}")]
    Invalid {
        /// What wasmtime says.
        reason: String,
    },
    /// It takes too long.
    #[error("compiling the component took longer than {} s, the limit; it may be built to do that. Do not use it, or make it smaller", .limit.as_secs())]
    Time {
        /// The limit.
        limit: Duration,
    },
    /// It takes too much memory.
    #[error("compiling the component took more than {} of memory, the limit; it may be built to do that. Do not use it, or make it smaller", human_size(*.limit as usize))]
    Memory {
        /// In bytes.
        limit: u64,
    },
    /// The code could not be written.
    #[error("the code could not be written: {reason}")]
    Output {
        /// The system's error.
        reason: String,
    },
    /// The compiling process died of something else.
    #[error("the compiling process failed: {reason}")]
    Crashed {
        /// How it ended and what it said.
        reason: String,
    },
    /// The compiling process could not be run.
    #[error("the compiling process {program} could not be run: {error}")]
    Spawn {
        /// The program.
        program: String,
        /// The system's error.
        error: std::io::Error,
    },
}

/// How to start the compiling process: a program that calls [`run_child`].
#[derive(Debug, Clone)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: CompileLimits,
}

/// What the child's exit codes mean; others are crashes.
const EXIT_INVALID: u8 = 65;
const EXIT_OUTPUT: u8 = 74;

/// Threads of the compiling process: each takes address space, and more of them gain little.
const THREADS: &str = "4";

impl Compiler {
    /// A compiler that starts `program` with `arguments`, to which it adds the limits.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>, limits: CompileLimits) -> Self {
        Self { program, arguments, limits }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &CompileLimits {
        &self.limits
    }

    /// Tells what is no component, or too large a one, before a process is started for it.
    ///
    /// # Errors
    /// What the bytes are instead.
    pub fn check(&self, component: &[u8]) -> Result<(), CompileError> {
        check(component, self.limits.component_bytes)
    }

    /// Compiles a component and writes the code to a file, which must be empty.
    ///
    /// # Errors
    /// What is wrong with the component, or which limit it passed. The file's contents are undefined then.
    pub async fn compile(&self, component: &[u8], code: File) -> Result<(), CompileError> {
        self.check(component)?;
        let spawn_error = |error| CompileError::Spawn { program: self.program.display().to_string(), error };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(self.limits.memory_bytes.to_string())
            .arg(self.limits.time.as_secs().max(1).to_string())
            .env_clear()
            .env("RAYON_NUM_THREADS", THREADS)
            // Each of glibc's arenas takes 64 MiB of address space.
            .env("MALLOC_ARENA_MAX", "2")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(code)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(spawn_error)?;
        let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
        let run = async {
            let feed = async {
                if let Some(mut stdin) = stdin {
                    // A child that is gone does not read; its exit status says why.
                    let _ = stdin.write_all(component).await;
                }
            };
            let listen = async {
                let mut said: Vec<u8> = Vec::new();
                if let Some(stderr) = stderr {
                    let _ = stderr.take(64 * 1024).read_to_end(&mut said).await;
                }
                said
            };
            let (said, (), status) = tokio::join!(listen, feed, child.wait());
            (said, status)
        };
        match tokio::time::timeout(self.limits.time, run).await {
            Err(_) => Err(CompileError::Time { limit: self.limits.time }),
            Ok((_, Err(error))) => Err(spawn_error(error)),
            Ok((said, Ok(status))) => self.outcome(status, &String::from_utf8_lossy(&said)),
        }
    }

    fn outcome(&self, status: ExitStatus, said: &str) -> Result<(), CompileError> {
        let said_shown = printable(said, 2000);
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(code), _) if code == i32::from(EXIT_INVALID) => Err(CompileError::Invalid { reason: said_shown }),
            (Some(code), _) if code == i32::from(EXIT_OUTPUT) => Err(CompileError::Output { reason: said_shown }),
            // The limit on the size of files is a full disk by another name.
            (_, Some(signal)) if signal == Signal::XFSZ.as_raw() => {
                Err(CompileError::Output { reason: "it is larger than files may be (ulimit -f)".to_owned() })
            }
            (_, Some(signal)) if signal == Signal::XCPU.as_raw() || signal == Signal::KILL.as_raw() => Err(CompileError::Time { limit: self.limits.time }),
            // Rust's allocator says so and aborts; a thread that finds no room for its stack panics.
            _ if said.contains("memory allocation of") || said.contains("Cannot allocate memory") => {
                Err(CompileError::Memory { limit: self.limits.memory_bytes })
            }
            _ => Err(CompileError::Crashed { reason: printable(&format!("{status}: {said_shown}"), 2000) }),
        }
    }
}

fn check(component: &[u8], limit: usize) -> Result<(), CompileError> {
    if component.len() > limit {
        return Err(CompileError::TooLarge { size: component.len(), limit });
    }
    match component.get(..8) {
        Some(b"\0asm\x0d\0\x01\0") => Ok(()),
        Some(b"\0asm\x01\0\0\0") => {
            Err(CompileError::NotAComponent("it is a core Wasm module, not a component; make one of it: wasm-tools component new MODULE.wasm -o PLUGIN.wasm"))
        }
        Some(header) if header.starts_with(b"\0asm") => Err(CompileError::NotAComponent("it is Wasm of a version that is not known here")),
        _ => Err(CompileError::NotAComponent("it is not Wasm: a component starts with \\0asm")),
    }
}

/// The compiling process: reads a component from standard input, writes its code to standard output. Its arguments are
/// the limits that [`Compiler`] has added: bytes of memory, seconds.
#[must_use]
pub fn run_child(memory_bytes: u64, seconds: u64) -> ExitCode {
    let fail = |code: u8, text: String| {
        eprintln!("{text}");
        ExitCode::from(code)
    };
    if let Err(error) = limit_this_process(memory_bytes, seconds) {
        return fail(1, format!("cannot set limits: {error}"));
    }
    let mut component = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut component) {
        return fail(1, format!("cannot read the component: {error}"));
    }
    let code = wasmtime::Engine::new(&settings()).and_then(|engine| engine.precompile_component(&component));
    match code {
        Err(error) => fail(EXIT_INVALID, format!("{error:#}")),
        Ok(code) => match std::io::stdout().lock().write_all(&code) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(EXIT_OUTPUT, error.to_string()),
        },
    }
}

/// [`run_child`] as the whole of a program, for tests and benchmarks of the library crates; `podweave` has a command.
#[must_use]
pub fn main_of_child() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(memory_bytes)), Some(Ok(seconds))) => run_child(memory_bytes, seconds),
        _ => {
            eprintln!("usage: MEMORY_BYTES SECONDS < COMPONENT > CODE");
            ExitCode::from(2)
        }
    }
}

fn limit_this_process(memory_bytes: u64, seconds: u64) -> rustix::io::Result<()> {
    // Its parent starts it through a link of the kernel, after which `ps` would call it "exe".
    rustix::thread::set_name(c"podweave")?;
    let limit = |value: u64| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::As, limit(memory_bytes))?;
    // All threads count, and the parent watches the clock; this stands in where the parent is gone.
    setrlimit(Resource::Cpu, limit(seconds.saturating_mul(4)))?;
    setrlimit(Resource::Core, limit(0))?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
}
