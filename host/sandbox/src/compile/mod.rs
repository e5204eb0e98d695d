//! Compiles components in a child process. Cranelift has no limits of its own: a hostile component of 3 MB
//! took it over two minutes and 4.9 GB. So the kernel's limits must stop it, and they stop whole processes.
//! Cranelift also has bugs, and its input is hostile, so that process can only read its input, compute, and
//! write its output.
//!
//! - `child` is the code of the process, `confinement` drops its privileges before it reads anything;
//! - `container` finds out how much memory can be used.

mod child;
mod confinement;
mod container;

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use podweave_core::text::human_size;
use podweave_core::text::printable;
use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use child::{EXIT_INVALID, EXIT_LIMITS, EXIT_OUTPUT};

pub use child::{main_of_child, run_child};
pub use confinement::confine;
pub use container::memory as container_memory;

/// The limits of one compilation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileLimits {
    /// The largest component, in bytes.
    pub component_bytes: usize,
    /// Bytes of address space of the compiling process.
    pub memory_bytes: u64,
    /// Time from the start of the process to its end.
    pub time: Duration,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            component_bytes: 64 * 1024 * 1024,
            memory_bytes: 2 * 1024 * 1024 * 1024,
            time: Duration::from_secs(60),
        }
    }
}

/// With less memory hardly any plugin compiles. If the container has no more, the kernel kills what exceeds
/// it.
const LEAST_MEMORY_BYTES: u64 = 256 << 20;

impl CompileLimits {
    /// Returns the default limits, with as much memory as fits into this container: so many concurrent
    /// compilations share what it has beyond `reserved` bytes.
    #[must_use]
    pub fn in_container(container_bytes: Option<u64>, reserved: u64, compilations: usize) -> Self {
        let limits = Self::default();
        let share =
            container_bytes.map(|bytes| bytes.saturating_sub(reserved) / (compilations.max(1) as u64));
        let memory_bytes = share.map_or(limits.memory_bytes, |share| {
            share.clamp(LEAST_MEMORY_BYTES, limits.memory_bytes)
        });
        Self {
            memory_bytes,
            ..limits
        }
    }
}

/// Why there is no compiled code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The bytes are not a component.
    #[error("{0}")]
    NotAComponent(&'static str),
    /// The component is too large.
    #[error("the component has {}; at most {} are allowed", human_size(*.size), human_size(*.limit))]
    TooLarge {
        /// Bytes of the component.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// wasmtime refuses the component.
    #[error("the component is not valid: {reason}")]
    Invalid {
        /// What wasmtime says.
        reason: String,
    },
    /// It exceeds a limit of the table in `podweave_core::component_limits`.
    #[error("the component takes more than a plugin may: {reason} (docs/contract.md lists the limits)")]
    Limits {
        /// The exceeded limit.
        reason: String,
    },
    /// Compiling took too long.
    #[error("compiling the component took longer than {} s, the limit; it may be built to do that. Do not use it, or make it smaller", .limit.as_secs())]
    Time {
        /// The limit.
        limit: Duration,
    },
    /// Compiling took too much memory.
    #[error("compiling the component took more than {} of memory, the limit; it may be built to do that. Do not use it, or make it smaller", human_size(*.limit as usize))]
    Memory {
        /// The limit, in bytes.
        limit: u64,
    },
    /// Something else killed the process.
    #[error(
        "the compiling process was killed, most likely by the kernel because memory ran out (it may take {}); give the container or the machine more, or make the component smaller", human_size(*.limit as usize)
    )]
    Killed {
        /// The limit of its memory, in bytes.
        limit: u64,
    },
    /// The code could not be written.
    #[error("cannot write the compiled code: {reason}")]
    Output {
        /// The system's error.
        reason: String,
    },
    /// The compiling process failed for another reason.
    #[error("the compiling process failed: {reason}")]
    Crashed {
        /// How it ended and what it printed.
        reason: String,
    },
    /// The compiling process cannot be started.
    #[error("cannot run the compiling process {program}: {error}")]
    Spawn {
        /// The program.
        program: String,
        /// The system's error.
        error: std::io::Error,
    },
}

/// Starts the compiling process: a program that calls [`run_child`].
#[derive(Debug, Clone)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: CompileLimits,
}

/// Threads of the compiling process. Each takes address space, and more of them gain little.
const THREADS: &str = "4";

impl Compiler {
    /// Creates a compiler that starts `program` with `arguments`, to which it adds the limits.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>, limits: CompileLimits) -> Self {
        Self {
            program,
            arguments,
            limits,
        }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &CompileLimits {
        &self.limits
    }

    /// Refuses bytes that are not a component, or a too large one, before a process is started for them.
    ///
    /// # Errors
    /// What the bytes are instead, or how large the component may be.
    pub fn check(&self, component: &[u8]) -> Result<(), CompileError> {
        check(component, self.limits.component_bytes)
    }

    /// Compiles a component and writes the code to a file, which must be empty.
    ///
    /// # Errors
    /// What is wrong with the component, or which limit it exceeded. The file's contents are undefined in
    /// this case.
    pub async fn compile(&self, component: &[u8], code: File) -> Result<(), CompileError> {
        self.check(component)?;
        let spawn_error = |error| CompileError::Spawn {
            program: self.program.display().to_string(),
            error,
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(self.limits.memory_bytes.to_string())
            .arg(self.limits.time.as_secs().max(1).to_string())
            .env_clear()
            .env("RAYON_NUM_THREADS", THREADS)
            // Each arena of glibc takes 64 MiB of address space.
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
                    // A child that has ended does not read; its exit status says why.
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
            Err(_) => Err(CompileError::Time {
                limit: self.limits.time,
            }),
            Ok((_, Err(error))) => Err(spawn_error(error)),
            Ok((said, Ok(status))) => self.outcome(status, &String::from_utf8_lossy(&said)),
        }
    }

    fn outcome(&self, status: ExitStatus, said: &str) -> Result<(), CompileError> {
        let said_shown = printable(said, 2000);
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(code), _) if code == i32::from(EXIT_INVALID) => {
                Err(CompileError::Invalid { reason: said_shown })
            }
            (Some(code), _) if code == i32::from(EXIT_LIMITS) => {
                Err(CompileError::Limits { reason: said_shown })
            }
            (Some(code), _) if code == i32::from(EXIT_OUTPUT) => {
                Err(CompileError::Output { reason: said_shown })
            }
            // A limit on file sizes acts like a full disk.
            (_, Some(signal)) if signal == Signal::XFSZ.as_raw() => Err(CompileError::Output {
                reason: "it is larger than files may be (ulimit -f)".to_owned(),
            }),
            (_, Some(signal)) if signal == Signal::XCPU.as_raw() => Err(CompileError::Time {
                limit: self.limits.time,
            }),
            // The parent did not kill it: it watches the clock, and the time is not over.
            (_, Some(signal)) if signal == Signal::KILL.as_raw() => Err(CompileError::Killed {
                limit: self.limits.memory_bytes,
            }),
            // Rust's allocator reports this and aborts; a thread without room for its stack panics.
            _ if said.contains("memory allocation of") || said.contains("Cannot allocate memory") => {
                Err(CompileError::Memory {
                    limit: self.limits.memory_bytes,
                })
            }
            _ => Err(CompileError::Crashed {
                reason: printable(&format!("{status}: {said_shown}"), 2000),
            }),
        }
    }
}

fn check(component: &[u8], limit: usize) -> Result<(), CompileError> {
    if component.len() > limit {
        return Err(CompileError::TooLarge {
            size: component.len(),
            limit,
        });
    }
    match component.get(..8) {
        Some(b"\0asm\x0d\0\x01\0") => Ok(()),
        Some(b"\0asm\x01\0\0\0") => Err(CompileError::NotAComponent(
            "it is a core Wasm module, not a component; convert it: wasm-tools component new MODULE.wasm -o PLUGIN.wasm",
        )),
        Some(header) if header.starts_with(b"\0asm") => {
            Err(CompileError::NotAComponent("it is Wasm of an unknown version"))
        }
        _ => Err(CompileError::NotAComponent(
            "it is not Wasm: a component starts with \\0asm",
        )),
    }
}
