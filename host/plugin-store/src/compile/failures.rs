//! Remembers on disk which components could not be compiled. A component whose compilation kills the process
//! would otherwise do so again after each restart.
//!
//! Each failure has a file, for a component, an engine and limits: another version of podweave or more memory
//! allows a new attempt. The file is written before compiling and removed when there is code. If a process
//! died in between, the file counts as a failure, too.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use podweave_sandbox::compile::{CompileError, CompileLimits};
use podweave_sandbox::compiled::CodeKey;
use serde::{Deserialize, Serialize};

use crate::disk_cache::DiskCache;

/// The limit on the bytes of all files: some hundred of the longest.
const BYTES: u64 = 1 << 20;

/// The longest file.
const MAX_FILE_BYTES: u64 = 16 << 10;

/// The pause after the first failure. It doubles with each further one.
const FIRST: Duration = Duration::from_secs(10);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(3600);

/// The reason for a compilation whose end was not recorded.
const NO_END: &str = "podweave ended while it was compiling the component, which may have been the cause";

/// A directory of failures. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct CompileFailures(DiskCache);

/// Why a component must not be compiled now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// The failure.
    pub reason: String,
    /// The rest of the pause.
    pub left: Duration,
    /// The file to remove for a new attempt at once.
    pub file: PathBuf,
}

/// A running compilation. If it is dropped, it was cancelled, which says nothing about the component.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    files: &'a DiskCache,
    name: String,
    failure: Failure,
    is_noted: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Failure {
    limits: String,
    /// The number of attempts, including this one.
    attempts: u32,
    /// The time of the last attempt.
    tried: SystemTime,
    /// The failure; `None` during the compilation.
    reason: Option<String>,
}

impl CompileFailures {
    pub(crate) fn beside(code: &Path) -> Self {
        Self(DiskCache::new(code.join("failures"), BYTES))
    }

    /// Returns the failure of a component if it must not be compiled now.
    pub(crate) fn find(&self, key: &CodeKey, limits: &CompileLimits) -> Option<Remembered> {
        let name = name(key);
        let failure = self.read(&name, limits)?;
        // If the clock was set back, do not wait for longer.
        let since = SystemTime::now().duration_since(failure.tried).ok()?;
        let left = failure
            .pause()
            .checked_sub(since)
            .filter(|left| !left.is_zero())?;
        Some(Remembered {
            reason: failure.reason.unwrap_or_else(|| NO_END.to_owned()),
            left,
            file: self.0.directory().join(name),
        })
    }

    /// Records that a component is being compiled.
    pub(crate) fn begin(&self, key: &CodeKey, limits: &CompileLimits) -> Attempt<'_> {
        let name = name(key);
        let attempts = self
            .read(&name, limits)
            .map_or(0, |failure| failure.attempts)
            .saturating_add(1);
        let failure = Failure {
            limits: described(limits),
            attempts,
            tried: SystemTime::now(),
            reason: None,
        };
        let attempt = Attempt {
            files: &self.0,
            name,
            failure,
            is_noted: false,
        };
        attempt.write();
        attempt
    }

    fn read(&self, name: &str, limits: &CompileLimits) -> Option<Failure> {
        let lease = self.0.take(name).ok()??;
        let text = podweave_bounded_read::whole(lease.file(), MAX_FILE_BYTES).ok()?;
        // Ignore a damaged file, or one for other limits.
        serde_json::from_slice::<Failure>(&text)
            .ok()
            .filter(|failure| failure.limits == described(limits))
    }
}

impl Attempt<'_> {
    /// Records how the compilation ended.
    pub(crate) fn end(mut self, error: Option<&CompileError>) {
        if let Some(error) = error.filter(|error| is_of_the_component(error)) {
            self.failure.reason = Some(error.to_string());
            self.failure.tried = SystemTime::now();
            self.write();
            self.is_noted = true;
        }
    }

    fn write(&self) {
        // If it cannot be written, the failure is not remembered. Serializing text and numbers cannot fail.
        let _ = self
            .files
            .write(&self.name, &serde_json::to_vec(&self.failure).unwrap_or_default());
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_noted {
            self.files.discard(&self.name);
        }
    }
}

impl Failure {
    fn pause(&self) -> Duration {
        let doublings = self.attempts.saturating_sub(1).min(16);
        FIRST.saturating_mul(1 << doublings).min(LONGEST)
    }
}

fn name(key: &CodeKey) -> String {
    format!("{}.{}.json", key.component.hex(), key.engine)
}

fn described(limits: &CompileLimits) -> String {
    format!("{} bytes, {} s", limits.memory_bytes, limits.time.as_secs())
}

/// Whether the component, or the memory limit for it, caused the error, and not the place for its code or the
/// compiling program.
fn is_of_the_component(error: &CompileError) -> bool {
    match error {
        CompileError::Invalid { .. }
        | CompileError::Limits { .. }
        | CompileError::Time { .. }
        | CompileError::Memory { .. }
        | CompileError::Killed { .. }
        | CompileError::Crashed { .. } => true,
        CompileError::NotAComponent(_)
        | CompileError::TooLarge { .. }
        | CompileError::Output { .. }
        | CompileError::Spawn { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use podweave_core::digest::Digest;

    use super::*;

    fn key() -> CodeKey {
        CodeKey {
            component: Digest::of(b"component"),
            engine: "engine".to_owned(),
        }
    }

    fn invalid() -> CompileError {
        CompileError::Invalid {
            reason: "it is odd".to_owned(),
        }
    }

    #[test]
    fn pauses_grow_with_each_failure_up_to_an_hour() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (
            CompileFailures::beside(directory.path()),
            CompileLimits::default(),
        );
        let mut before = Duration::ZERO;
        for _ in 0..12 {
            failures.begin(&key(), &limits).end(Some(&invalid()));
            let found = failures.find(&key(), &limits).unwrap();
            assert!(found.reason.contains("it is odd"), "{}", found.reason);
            assert!(
                found.left > before || found.left > LONGEST - FIRST,
                "{:?} after {before:?}",
                found.left
            );
            before = found.left;
        }
        assert!(before <= LONGEST);
    }

    #[test]
    fn a_pause_ends_after_its_time() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (
            CompileFailures::beside(directory.path()),
            CompileLimits::default(),
        );
        for age in [FIRST, LONGEST] {
            let failure = Failure {
                limits: described(&limits),
                attempts: 1,
                tried: SystemTime::now() - age,
                reason: None,
            };
            failures
                .0
                .write(&name(&key()), &serde_json::to_vec(&failure).unwrap())
                .unwrap();
            assert_eq!(failures.find(&key(), &limits), None);
        }
    }

    #[test]
    fn a_failure_is_for_one_component_engine_and_limits() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (
            CompileFailures::beside(directory.path()),
            CompileLimits::default(),
        );
        failures.begin(&key(), &limits).end(Some(&invalid()));
        assert!(failures.find(&key(), &limits).is_some());
        assert!(
            failures
                .find(
                    &CodeKey {
                        component: Digest::of(b"other"),
                        ..key()
                    },
                    &limits
                )
                .is_none()
        );
        assert!(
            failures
                .find(
                    &CodeKey {
                        engine: "newer".to_owned(),
                        ..key()
                    },
                    &limits
                )
                .is_none()
        );
        assert!(
            failures
                .find(
                    &key(),
                    &CompileLimits {
                        memory_bytes: 1 << 32,
                        ..limits
                    }
                )
                .is_none()
        );
    }

    #[test]
    fn success_cancellation_and_other_errors_are_not_remembered() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (
            CompileFailures::beside(directory.path()),
            CompileLimits::default(),
        );
        for error in [
            None,
            Some(CompileError::Output {
                reason: "the disk is full".to_owned(),
            }),
        ] {
            failures.begin(&key(), &limits).end(error.as_ref());
            assert_eq!(failures.find(&key(), &limits), None);
        }
        drop(failures.begin(&key(), &limits));
        assert!(failures.0.files().is_empty());
    }

    #[test]
    fn a_compilation_of_a_dead_process_counts_as_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (
            CompileFailures::beside(directory.path()),
            CompileLimits::default(),
        );
        // A process that dies does not run destructors.
        std::mem::forget(failures.begin(&key(), &limits));
        assert_eq!(failures.find(&key(), &limits).unwrap().reason, NO_END);
    }

    #[test]
    fn the_bytes_of_failures_are_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let (failures, limits) = (
            CompileFailures::beside(directory.path()),
            CompileLimits::default(),
        );
        for number in 0..300u32 {
            let key = CodeKey {
                component: Digest::of(&number.to_be_bytes()),
                ..key()
            };
            failures.begin(&key, &limits).end(Some(&CompileError::Invalid {
                reason: "r".repeat(8000),
            }));
        }
        let total: u64 = failures.0.files().iter().map(|file| file.size).sum();
        assert!(total <= BYTES, "{total}");
    }
}
