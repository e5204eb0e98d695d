//! Finds and runs the tools of the languages.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::BuildError;

/// A program of a language's toolchain.
pub struct Tool {
    /// The names that the program can have, the preferred one first.
    pub names: &'static [&'static str],
    /// What the program does for the build, to follow "it".
    pub purpose: &'static str,
    /// How to install it, as a sentence.
    pub remedy: &'static str,
}

impl Tool {
    /// Finds the program: in these directories of the project, then on PATH.
    pub fn find(&self, of_project: &[PathBuf]) -> Result<PathBuf, BuildError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let directories: Vec<PathBuf> = of_project
            .iter()
            .cloned()
            .chain(env::split_paths(&path))
            .collect();
        // Try each name in all directories before the next name: a newer version on PATH is preferred to an
        // older one in the project.
        let mut candidates = self
            .names
            .iter()
            .flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
        candidates
            .find(|candidate| is_program(candidate))
            .ok_or_else(|| BuildError::MissingTool {
                program: self.names[0].to_owned(),
                purpose: self.purpose,
                remedy: self.remedy.to_owned(),
            })
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Runs a tool and waits for it. Its standard output goes to standard error, too, since it is for the author.
pub fn run(command: &mut Command) -> Result<(), BuildError> {
    let to_stderr = io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .map_or_else(|_| Stdio::null(), Stdio::from);
    to_its_end(command.stdout(to_stderr))
}

/// Runs a tool and waits for it. Its standard output is discarded: it repeats what podweave prints itself.
pub fn run_without_output(command: &mut Command) -> Result<(), BuildError> {
    to_its_end(command.stdout(Stdio::null()))
}

fn to_its_end(command: &mut Command) -> Result<(), BuildError> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|cause| cannot_start(command, cause))?;
    if status.success() {
        Ok(())
    } else {
        Err(BuildError::Tool {
            command: shown(command),
            status,
        })
    }
}

/// Runs a tool, waits for it, and returns its standard output.
pub fn output(command: &mut Command) -> Result<String, BuildError> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|cause| cannot_start(command, cause))?;
    if !output.status.success() {
        return Err(BuildError::Tool {
            command: shown(command),
            status: output.status,
        });
    }
    String::from_utf8(output.stdout).map_err(|_| BuildError::Answer {
        command: shown(command),
        reason: "it is not UTF-8".to_owned(),
    })
}

fn cannot_start(command: &Command, cause: io::Error) -> BuildError {
    BuildError::Start {
        program: PathBuf::from(command.get_program()),
        cause,
    }
}

/// The command as a user would type it, for messages.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words: Vec<_> = std::iter::once(name)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}
